import { existsSync } from "node:fs"
import { join } from "node:path"
import { visibleName } from "../../error.ts"
import { overlapsIn } from "../../repo/generators/previous.ts"
import { daysOpen } from "../../repo/debt.ts"
import { secretName } from "../../repo/edits.ts"
import type { Repo } from "../../repo/repo.ts"
import { openDebts } from "../change/debts.ts"
import { painted } from "../color.ts"
import { type Context, printJson } from "../context.ts"
import { quantity } from "../quantity.ts"
import { flakeDirectory } from "../flake.ts"
import { findGit } from "../git/git.ts"
import { shortened } from "../keys/recipient-name.ts"
import { configName, layoutOf } from "../repository/layout.ts"
import { numberOfDays } from "../days.ts"
import { type Caller, callerIn, keyTodos } from "./caller.ts"
import type { Todo } from "./todo.ts"
import { interruptedTodos, uncommittedTodos } from "./tree.ts"
import { textWidth, wrapped } from "../terminal/width.ts"
import { judgeTree } from "../commands/verify/verify.ts"

const somethingToDo = 5
/** Of one kind: a screen holds them all, and another command has the rest. */
const shown = 5

/** Shows where the caller stands and what is to be done; the exit code is 5 when that is something. */
export async function status(
    {
        manifest,
        maxDays: days,
    }: { readonly manifest: string | undefined; readonly maxDays: string | undefined },
    context: Context,
): Promise<number> {
    const maxDays = numberOfDays(days)
    const flake = flakeDirectory(context)
    const layout = layoutOf(flake, context)
    const git = await findGit(flake, context.env)
    const { repo, problems } = await judgeTree(flake, {
        ...context,
        flags: { ...context.flags, quiet: true },
    })
    const caller = await callerIn(repo, context)
    const isOurs =
        layout === "clan" ? () => true : (path: string) => path === configName || repo.secrets.has(path)
    const todos: readonly Todo[] = [
        ...keyTodos(caller, layout),
        ...interruptedTodos(flake, git),
        ...problems
            .filter(({ code, path }) => code !== "not-read" || path !== ".")
            .map(({ path, message, hint = null }): Todo => ({
                kind: "disagrees",
                path,
                message,
                next: hint?.replace(/^run: /u, "") ?? null,
            })),
        ...(layout === "clan" ? owed(flake, repo, context) : []),
        ...(layout === "clan" || manifest !== undefined
            ? await generated(flake, repo, { manifest, maxDays }, context)
            : []),
        ...(git === undefined
            ? []
            : await uncommittedTodos(git, layout === "clan" ? ["sops", "vars"] : undefined, isOurs)),
    ]
    if (context.flags.json) printJson(context, record(caller, repo, todos))
    else print(caller, repo, todos, context)
    return todos.length === 0 ? 0 : somethingToDo
}

/** Values that somebody knows who may not, the oldest first. */
function owed(flake: string, repo: Repo, context: Context): readonly Todo[] {
    const now = context.now()
    return [...repo.secrets.keys()]
        .flatMap((path) => {
            const debts = openDebts(flake, path)
            const days = Math.max(0, ...debts.map((debt) => daysOpen(debt, now)))
            const names = debts.map(({ lost }) => lost.replace(":", " "))
            return debts.length === 0 ? [] : [{ path, days, names }]
        })
        .toSorted((a, b) => b.days - a.days || (a.path < b.path ? -1 : 1))
        .map(({ path, days, names }) => ({
            kind: "owed",
            path,
            message: `${names.join(", ")} could read its value until ${quantity(days, "day")} ago`,
            next: path.startsWith("sops/secrets/")
                ? `hostseal set ${secretName(path)}`
                : "hostseal rotate --debt",
        }))
}

/** Values of generators that are missing, or not what they would be now. Loaded where there may be any. */
async function generated(
    flake: string,
    repo: Repo,
    measure: { readonly manifest: string | undefined; readonly maxDays: number | undefined },
    context: Context,
): Promise<readonly Todo[]> {
    if (measure.manifest === undefined && !existsSync(join(flake, "vars"))) return []
    const { judgeGenerators } = await import("../generate/judge.ts")
    const found = await judgeGenerators(flake, repo, measure, context)
    return [
        ...found.map(({ code, path, message, hint }): Todo => ({ kind: code, path, message, next: hint })),
        ...overlapsIn(repo).map(({ previous, current }): Todo => ({
            kind: "previous",
            path: previous,
            message: `the value before of ${current} is still there`,
            next: "hostseal rotate --finish",
        })),
    ]
}

function record({ keys, locked, readers, opens }: Caller, repo: Repo, todos: readonly Todo[]) {
    return {
        ok: todos.length === 0,
        caller: { readers, keys, locked, opens: opens.size },
        users: repo.users.size,
        machines: repo.machines.size,
        groups: repo.groups.size,
        secrets: repo.secrets.size,
        todo: todos,
    }
}

function print(caller: Caller, repo: Repo, todos: readonly Todo[], context: Context): void {
    const lines = [
        ...who(caller, repo),
        [
            quantity(repo.users.size, "user"),
            quantity(repo.machines.size, "machine"),
            quantity(repo.groups.size, "group"),
            quantity(repo.secrets.size, "secret"),
        ].join(", "),
        ...(todos.length === 0 ? ["nothing to do"] : ["", ...todoLines(todos, context)]),
    ]
    const columns = context.columns?.("stdout")
    // What can be copied is not broken.
    const fitted = (line: string): string =>
        columns === undefined || line.startsWith("    ") ? line : wrapped(line, textWidth(columns))
    context.out(lines.map((line) => `${fitted(line)}\n`).join(""))
}

function who({ keys, locked, readers, opens }: Caller, repo: Repo): readonly string[] {
    const [first] = keys
    const key = first === undefined ? "" : ` (${shortened(first.recipient)}, ${visibleName(first.source)})`
    const names = readers.map(({ kind, name }) => `${kind} ${visibleName(name)}`)
    const several = keys.length > 1 ? `, with ${quantity(keys.length, "key")}` : ""
    return [
        ...(readers.length === 0
            ? []
            : [
                  `you are ${names.join(" and ")}${key}${several}: opens ${opens.size} of ${repo.secrets.size}`,
              ]),
        ...locked.map((source) => `${visibleName(source)} is locked: whose it is shows when it is opened`),
    ]
}

const rest: Readonly<Partial<Record<Todo["kind"], string>>> = {
    disagrees: "hostseal verify",
    owed: "hostseal debt",
    conflict: "git status",
    missing: "hostseal generate --dry-run",
    outdated: "hostseal generate --dry-run",
    due: "hostseal rotate --due --dry-run",
    orphaned: "hostseal generate --prune --dry-run",
    "no-access": "hostseal vars check",
    previous: "hostseal rotate --finish --dry-run",
}

/** What is wrong, and below it what to type; of many of one kind the first ones. */
function todoLines(todos: readonly Todo[], { flags }: Context): readonly string[] {
    const kinds = [...new Set(todos.map(({ kind }) => kind))]
    return kinds.flatMap((kind) => {
        const all = todos.filter((todo) => todo.kind === kind)
        const more = all.length - shown
        return [
            ...all.slice(0, shown).flatMap(({ path, message, next }) => {
                const place = path === null ? "" : `${placeName(visibleName(path))}: `
                return [
                    `${painted(place, "warning", flags.color.stdout && place !== "")}${visibleName(message)}`,
                    ...(next === null ? [] : [`    ${visibleName(next)}`]),
                ]
            }),
            ...(more > 0 ? [`and ${more} more: ${rest[kind] ?? "git status"}`] : []),
        ]
    })
}

/** A secret by its name, and what lies below it by its path. */
function placeName(path: string): string {
    const name = secretName(path)
    return name.includes("/") ? path : name
}
