// What a mutation says: in the commit, to the person, and to programs. Names and recipients, never a value.

import { visible, visibleName } from "../../error.ts"
import { keptAccess } from "../../repo/access.ts"
import type { Reader, Route } from "../../repo/access.ts"
import { readerName } from "../../repo/difference.ts"
import { secretName } from "../../repo/edits.ts"
import { pairName } from "../../repo/consent/request.ts"
import { ownersOf } from "../../repo/recipients.ts"
import type { Made } from "./make.ts"
import { note, printJson, warn } from "../context.ts"
import { isInFolder } from "../repository/secret-file.ts"
import { quantity } from "../quantity.ts"
import type { Context } from "../context.ts"
import { fileOf } from "../repository/secret-file.ts"
import type { AccessDrift } from "./drift.ts"
import type { Plan } from "./plan.ts"
import { inWords, summed } from "./words.ts"
import type { Task } from "./sealing/seal.ts"

/** Lines about readers: the message of a commit is an argument, which must not be too long. */
const longest = 100

/** The commit's message: clan's line, and who gains or loses what. */
export function commitMessage({ message, shifts }: Plan): string {
    const body = [
        ...sentences(shifts, "gained", "can now read"),
        ...rekeyings(shifts, "can also read"),
        ...sentences(shifts, "lost", "can no longer read"),
    ]
    return body.length === 0 ? message : `${message}\n\n${body.join("\n")}\n`
}

/** The plan, for `--dry-run`. */
export function printPlan(plan: Plan, context: Context): void {
    if (context.flags.json) return printJson(context, { dryRun: true, ...record(plan) })
    const { message, changes, tasks } = plan
    if (changes.length === 0 && tasks.length === 0) return context.out("nothing to do\n")
    const lines = [
        message,
        ...sentences(plan.shifts, "gained", "could now read"),
        ...sentences(plan.shifts, "lost", "could no longer read"),
        ...sentences(plan.shifts, "unheld", "has no entry in the file of"),
        ...rekeyings(plan.shifts, "could also read"),
        ...stillReading(plan, "could still read"),
        ...tasks.map((task) => `${described(task)} ${secretName(task.path)}`),
        ...changes.map((change) =>
            change.kind === "move"
                ? `move ${change.from} to ${change.path}`
                : `${verbs[change.kind]} ${change.path}`,
        ),
    ]
    context.out(lines.map((line) => `${visibleName(line)}\n`).join(""))
    note(context, summed(plan))
}

/** What was done. */
export function printResult(plan: Plan, made: Made, context: Context): void {
    warnOfStrangers(plan, context)
    warnOfUnobeyed(plan, context)
    if (context.flags.json) {
        const { paths, committed } = made
        return printJson(context, {
            dryRun: false,
            ...record(plan),
            paths,
            committed: committed !== undefined,
        })
    }
    if (plan.strict !== undefined)
        note(context, `what is not bound is ${plan.strict ? "refused" : "taken"} in this clone from now on`)
    else if (made.paths.length === 0) return note(context, "nothing to do: already up to date")
    const { shifts, tasks, edit, says } = plan
    if (says !== undefined) note(context, says)
    for (const line of inWords(plan)) note(context, line)
    for (const line of sentences(shifts, "gained", "can now read")) note(context, line)
    for (const line of sentences(shifts, "lost", "can no longer read")) note(context, line)
    for (const line of sentences(shifts, "unheld", "had no entry in the file of")) note(context, line)
    for (const line of rekeyings(shifts, "can also read")) note(context, line)
    for (const line of stillReading(plan, "can still read")) note(context, line)
    const rotated = tasks.filter(({ how }) => how === "rotate").map(({ path }) => secretName(path))
    if (rotated.length > 0) {
        const what = rotated.length === 1 ? "its value" : "their values"
        note(
            context,
            `${listed(rotated)}: change ${what} at the origin too, for who could read may have kept a copy ("hostseal debt")`,
        )
    }
    const sealed = tasks.filter(({ value, how }) => value === undefined && how !== "bind").length
    const bound = made.paths.filter((path) =>
        tasks.some((task) => task.how === "bind" && path === fileOf(task.path)),
    )
    if (bound.length > 0) note(context, `bound ${quantity(bound.length, "secret")} to place and readers`)
    if (sealed > 0) note(context, `re-encrypted ${sealed} of ${edit.repo.secrets.size} secrets`)
    if (made.committed !== undefined && made.committed.length > 0)
        note(context, committedLine(made.committed))
}

const verbs = { text: "write", bytes: "write", link: "link", unlink: "remove", drop: "remove" } as const

function described({ how }: Task): string {
    return {
        new: "encrypt",
        value: "encrypt the new value of",
        rewrap: "re-encrypt",
        rotate: "re-encrypt, with a new data key,",
        bind: "bind",
    }[how]
}

function record({ message, shifts, tasks, changes }: Plan) {
    const names = (readers: readonly Reader[]): readonly string[] => readers.map(readerName)
    return {
        message,
        access: shifts.map(({ path, gained, lost }) => ({
            secret: path,
            gained: names(gained),
            lost: names(lost),
        })),
        sealed: tasks.map(({ path, how, extra }) => ({ secret: path, how, removedRecipients: extra })),
        changes: changes.map(({ kind, path }) => ({ kind, path })),
    }
}

/** `user bob can now read vpn, wifi`, one line for each who does. */
function sentences(
    shifts: readonly AccessDrift[],
    side: "gained" | "lost" | "unheld",
    does: string,
): readonly string[] {
    const secrets = new Map<string, string[]>()
    for (const shift of shifts) {
        for (const { kind, name } of shift[side] ?? []) {
            const reader = `${kind} ${name}`
            const known = secrets.get(reader)
            if (known === undefined) secrets.set(reader, [secretName(shift.path)])
            else known.push(secretName(shift.path))
        }
    }
    const lines = [...secrets].map(([reader, names]) => `${reader} ${does} ${listed(names)}`)
    return shortened(lines)
}

/** `user bob can also read wifi with age1…`: who could read it gets one more key for it. */
function rekeyings(shifts: readonly AccessDrift[], does: string): readonly string[] {
    const pairs = shifts.flatMap(({ path, rekeyed = [] }) => rekeyed.map((pair) => ({ path, pair })))
    const lines = [...Map.groupBy(pairs, ({ pair }) => pairName(pair)).values()].flatMap((all) => {
        const [{ pair } = { pair: undefined }] = all
        if (pair === undefined) return []
        const { reader, recipient } = pair
        const names = listed(all.map(({ path }) => secretName(path)))
        return [`${reader.kind} ${reader.name} ${does} ${names} with ${recipient}`]
    })
    return shortened(lines)
}

/**
 * Whose link was taken away, and who reads the same by another one: `user bob can still read wifi (group admins)`. Who
 * takes a link away means to take access away.
 */
function stillReading({ before, edit, changes }: Plan, does: string): readonly string[] {
    const readers = new Map<string, Reader>()
    for (const { kind, path } of changes) {
        const [, kinds, name] = (kind === "unlink" && /\/(users|machines)\/([^/]+)$/u.exec(path)) || []
        if (kinds === undefined || name === undefined) continue
        const reader: Reader = { kind: kinds === "users" ? "user" : "machine", name }
        readers.set(readerName(reader), reader)
    }
    const lines = [...readers.values()].flatMap((reader) => {
        const secrets = Map.groupBy(keptAccess(before, edit.repo, reader), ([path, routes]) =>
            through(routes, path),
        )
        return [...secrets].map(
            ([ways, found]) =>
                `${reader.kind} ${reader.name} ${does} ${listed(found.map(([path]) => secretName(path)))} (${ways})`,
        )
    })
    return shortened(lines)
}

/** The ways that somebody has to the secret at a path: `a link of its own, group admins`, or the rule for a file. */
export function through(routes: readonly Route[], path: string): string {
    const own = isInFolder(path) ? "a link of its own" : "the rule for it"
    const ways = routes.map((route) => (route.kind === "direct" ? own : `group ${visibleName(route.group)}`))
    return ways.join(", ")
}

function shortened(lines: readonly string[]): readonly string[] {
    if (lines.length <= longest) return lines
    return [...lines.slice(0, longest), `and ${lines.length - longest} more`]
}

/** Names from the repository as they may be shown: folders of vars can be called anything. */
function listed(names: readonly string[]): string {
    const shown = names
        .slice(0, names.length > 12 ? 10 : 12)
        .map((name) => visible(name).replaceAll("\n", "\\n"))
    const more = names.length - shown.length
    return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`
}

/** As clan says it: `Committed 2 files to git: a, b`. */
function committedLine(paths: readonly string[]): string {
    if (paths.length === 1) return `Committed ${listed(paths)} to git`
    return `Committed ${paths.length} files to git: ${listed(paths)}`
}

/** Links that somebody else has made and no file obeys: they are left so, and that is said once. */
function warnOfUnobeyed({ unobeyed = [] }: Plan, context: Context): void {
    if (unobeyed.length === 0) return
    const names = unobeyed.map(({ path, pair }) => `${pair.reader.name} to ${secretName(path)}`)
    const all = [...new Set(names)]
    const shown = all.slice(0, 5).map((name) => visible(name).replaceAll("\n", "\\n"))
    const more = all.length > shown.length ? ` and ${all.length - shown.length} more` : ""
    warn(
        context,
        `links that no file obeys, and that this command did not ask for, stay so: ${shown.join(", ")}${more} ` +
            `("hostseal key update" asks about them)`,
    )
}

/** Recipients that a file had and nobody here is known by: the ledger cannot name them, so the person must know. */
function warnOfStrangers({ tasks, before }: Plan, context: Context): void {
    const owners = ownersOf(before)
    for (const { path, extra } of tasks) {
        for (const recipient of extra.filter((each) => !owners.has(each))) {
            warn(
                context,
                `${listed([secretName(path)])} was encrypted for ${recipient} too, which belongs to nobody here`,
            )
        }
    }
}
