import { visible } from "../../error.ts"
import { type Access, readersOf, type Reader, type Route, secretsOf } from "../../repo/access.ts"
import { everHeld, type Holding } from "../../repo/audit.ts"
import { grantsOf, secretName, secretPath } from "../../repo/edits.ts"
import { type Context, note, printJson } from "../context.ts"
import { repoAt, versionsTo } from "../revision.ts"

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
            readers.map((reader) => `${reader.kind} ${visible(reader.name)}: ${through(reader)}\n`).join(""),
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

async function auditReader(reader: Reader, { at, ever }: ReaderInput, context: Context): Promise<void> {
    if (ever) {
        const holdings = everHeld(await versionsTo(at ?? "HEAD", context), reader)
        if (context.flags.json) printJson(context, { reader, ever: holdings })
        else context.out(holdings.map(holding).join(""))
        note(
            context,
            `${reader.kind} ${visible(reader.name)} could read ${holdings.length} secrets at some time`,
        )
        return
    }
    const secrets = secretsOf(await repoAt(at, context), reader)
    const rows = [...secrets].map(([path, routes]) => ({ secret: path, routes }))
    if (context.flags.json) printJson(context, { reader, secrets: rows })
    else
        context.out(
            rows
                .map(({ secret, routes }) => `${visible(secretName(secret))}: ${through({ routes })}\n`)
                .join(""),
        )
}

function through({ routes }: Pick<Access, "routes">): string {
    const word = (route: Route): string =>
        route.kind === "direct" ? "a link of its own" : `group ${visible(route.group)}`
    return routes.map(word).join(", ")
}

function holding({ secret, since, until, still, shownBy }: Holding): string {
    const end = still ? "still" : `${until.date.slice(0, 10)} (${until.commit.slice(0, 12)})`
    const witness = shownBy.length === 2 ? "" : `, shown by ${shownBy.join()} only`
    return `${visible(secretName(secret))}: ${since.date.slice(0, 10)} (${since.commit.slice(0, 12)}) to ${end}${witness}\n`
}
