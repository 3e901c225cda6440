import { visibleName } from "../../error.ts"
import { readersOf, type Reader, secretsOf } from "../../repo/access.ts"
import { everHeld, type Holding, keysEver, type Version } from "../../repo/audit.ts"
import { grantsOf, plural, secretName, secretPath } from "../../repo/edits.ts"
import { Refusal, unknown } from "../../repo/refusal.ts"
import type { Repo } from "../../repo/repo.ts"
import { type Context, note, printJson } from "../context.ts"
import { quantity } from "../quantity.ts"
import { type Progress, progress } from "../terminal/progress.ts"
import { through } from "../change/report.ts"
import { flakeDirectory } from "../flake.ts"
import { layoutOf } from "../repository/layout.ts"
import { repoAt, versionsTo } from "../git/revision.ts"

interface ReaderInput {
    readonly at: string | undefined
    readonly ever: boolean
}

/** Prints who can read a secret, or could at some commit. */
export async function auditSecret(
    { secret, at }: { secret: string; at: string | undefined },
    context: Context,
): Promise<void> {
    const repo = await repoAt(at, context)
    const path = repo.secrets.has(secret) ? secret : secretPath(secret)
    const readers = readersOf(repo, grantsOf(repo, path))
    if (context.flags.json) printJson(context, { secret: path, readers })
    else
        context.out(
            readers
                .map(
                    (reader) =>
                        `${reader.kind} ${visibleName(reader.name)}: ${through(reader.routes, path)}\n`,
                )
                .join(""),
        )
}

/** Prints what a user can read, could at some commit, or could ever. */
export async function auditUser(
    { user, ...input }: ReaderInput & { user: string },
    context: Context,
): Promise<void> {
    await auditReader({ kind: "user", name: user }, input, context)
}

/** Prints what a machine can read, could at some commit, or could ever. */
export async function auditMachine(
    { machine, ...input }: ReaderInput & { machine: string },
    context: Context,
): Promise<void> {
    await auditReader({ kind: "machine", name: machine }, input, context)
}

/** Prints who is in a group, and what its members can read through it. */
export async function auditGroup(
    { group, at }: { group: string; at: string | undefined },
    context: Context,
): Promise<void> {
    const repo = await repoAt(at, context)
    const members = repo.groups.get(group)
    if (members === undefined) throw unknown("group", group, repo.groups.keys())
    const [users, machines] = [[...members.users].toSorted(), [...members.machines].toSorted()]
    const secrets = [...repo.secrets]
        .filter(([, grants]) => grants.groups.has(group))
        .map(([path]) => path)
        .toSorted()
    if (context.flags.json) return printJson(context, { group, users, machines, secrets })
    const lines = [
        ...users.map((name) => `user ${visibleName(name)}`),
        ...machines.map((name) => `machine ${visibleName(name)}`),
        ...secrets.map((path) => `reads ${visibleName(secretName(path))}`),
    ]
    context.out(lines.map((line) => `${line}\n`).join(""))
    const count = users.length + machines.length
    note(
        context,
        `group ${visibleName(group)}: ${quantity(count, "member")}, ${quantity(secrets.length, "secret")}`,
    )
}

async function auditReader(reader: Reader, { at, ever }: ReaderInput, context: Context): Promise<void> {
    const label = `${reader.kind} ${visibleName(reader.name)}`
    if (ever) {
        const past = await versionsTo(at ?? "HEAD", context)
        const step = progress("going through the past", 2 * past.count, context)
        const holdings = heldIn(past, reader, step)
        if (context.flags.json) printJson(context, { reader, ever: holdings })
        else context.out(holdings.map((each) => holding(each, isRuled(context))).join(""))
        note(context, `${label} could read ${quantity(holdings.length, "secret")} at some time`)
        return
    }
    const repo = await repoAt(at, context)
    mustBe(reader, repo)
    const secrets = secretsOf(repo, reader)
    const rows = [...secrets].map(([path, routes]) => ({ secret: path, routes }))
    if (context.flags.json) printJson(context, { reader, secrets: rows })
    else
        context.out(
            rows
                .map(
                    ({ secret, routes }) =>
                        `${visibleName(secretName(secret))}: ${through(routes, secret)}\n`,
                )
                .join(""),
        )
    if (rows.length === 0) note(context, `${label} can read no secret`)
}

/** That somebody can read nothing is no answer about somebody else, whose name was mistyped. */
function mustBe(reader: Reader, repo: Repo): void {
    const names = [...repo[plural(reader.kind)].keys()]
    if (names.includes(reader.name)) return
    const { message, hint = "" } = unknown(reader.kind, reader.name, names)
    throw new Refusal("not-found", message, { hint: `${hint}; --ever looks at the past too` })
}

function heldIn(past: Iterable<Version>, reader: Reader, step: Progress): readonly Holding[] {
    try {
        const keys = keysEver(watched(past, step), reader.kind)
        return everHeld(watched(past, step), reader, keysOf(reader, keys))
    } finally {
        step.end()
    }
}

function keysOf({ kind, name }: Reader, ever: ReturnType<typeof keysEver>): ReadonlySet<string> {
    const keys = ever.get(name)
    if (keys === undefined) throw unknown(kind, name, ever.keys())
    return keys
}

/** Whether rules say what links say elsewhere. */
function isRuled(context: Context): boolean {
    return layoutOf(flakeDirectory(context), context) === "sops"
}

function* watched(versions: Iterable<Version>, step: Progress): Generator<Version> {
    for (const version of versions) {
        step()
        yield version
    }
}

function holding({ secret, since, until, still, shownBy }: Holding, ruled: boolean): string {
    const end = still ? ", still" : ` to ${until.date.slice(0, 10)} (${until.commit.slice(0, 12)})`
    const witness =
        shownBy.length === 2
            ? ""
            : `, shown by ${ruled && shownBy[0] === "links" ? "its rule" : shownBy.join()} only`
    return `${visibleName(secretName(secret))}: ${since.date.slice(0, 10)} (${since.commit.slice(0, 12)})${end}${witness}\n`
}
