// Where the list of what this clone agreed to lies, and how it comes there. With git that is the directory that belongs
// to the clone and that nobody pushes to; without git it is a folder of the user's own, outside the tree.

import { createHash } from "node:crypto"
import { accessSync, constants, existsSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, isAbsolute, join } from "node:path"
import { UserError } from "../../error.ts"
import { learned, namesBefore, nothingAccepted, onTrust } from "../../repo/consent/accepted.ts"
import type { Accepted, Held, Lesson } from "../../repo/consent/accepted.ts"
import { parseAccepted, printAccepted, readLesson } from "../../repo/consent/accepted-file.ts"
import type { WrittenLesson } from "../../repo/consent/accepted-file.ts"
import { makeFolders } from "../../os/folders.ts"
import { readBounded } from "../../os/regular-file.ts"
import type { Context } from "../context.ts"
import { note, warn } from "../context.ts"
import { quantity } from "../quantity.ts"
import type { Checkout } from "../git/git.ts"
import { snapshotAt } from "../git/history.ts"
import { formatAt, readSecret } from "../repository/secret-file.ts"
import type { WorkingTree } from "../repository/working-tree.ts"
import { heldIn } from "./held.ts"

/** Of thousands of secrets, each with its readers. */
const largest = 256 * 1024 * 1024

/**
 * The list of this clone. The first time, and when it was lost, it is made from the commit that is checked out, on
 * trust; without git, from the tree. That is said, and written down at once, unless nothing is to be written.
 */
export async function recall(
    flake: string,
    git: Checkout | undefined,
    tree: Tree,
    context: Context,
): Promise<Accepted> {
    const file = listFile(flake, git, context)
    const bytes = file === undefined ? undefined : readBounded(file, largest)
    const accepted = bytes && parseAccepted(bytes.toString("utf8"))
    if (accepted !== undefined) return accepted
    if (bytes !== undefined)
        warn(context, `${file} is not what hostseal wrote: what was agreed to here is lost, and made again`)
    const made = await first(flake, git, tree)
    if (context.flags.dryRun) return made
    if (file !== undefined) writeOwn(file, printAccepted(made))
    const { secrets, users, machines, trusted } = made
    const readers = users.size + machines.size
    if (secrets.size + readers > 0)
        note(
            context,
            `taken on trust at ${trusted?.slice(0, 7) ?? "this moment"}: ` +
                `${quantity(secrets.size, "secret")}, ${quantity(readers, "reader")}`,
        )
    return made
}

type Tree = Pick<WorkingTree, "repo" | "sealed" | "ruled">

/**
 * Adds to the list what a change has taught. The result is what it said of those names before. Throws when it cannot be
 * written.
 */
export function remember(
    flake: string,
    git: Checkout | undefined,
    lesson: WrittenLesson,
    context: Context,
): Lesson | undefined {
    const file = listFile(flake, git, context)
    // Read again: another working tree of the clone may have taught it something meanwhile. One that was lost since is
    // made again by the next command, from what is then committed.
    const text = file && readBounded(file, largest)?.toString("utf8")
    const accepted = text === undefined ? undefined : parseAccepted(text)
    if (file === undefined || accepted === undefined) return undefined
    const taught = readLesson(lesson)
    const next = printAccepted(learned(accepted, taught))
    if (text !== next) writeOwn(file, next)
    return namesBefore(accepted, taught)
}

/** Throws when what a change teaches could not be written down after it is made. */
export function mustBeWritable(flake: string, git: Checkout | undefined, context: Context): void {
    const file = listFile(flake, git, context)
    if (file === undefined || !existsSync(file)) return
    try {
        accessSync(dirname(file), constants.W_OK)
    } catch (error) {
        throw new UserError(
            `nothing was changed: what this clone agrees to cannot be written down in ${dirname(file)}`,
            { cause: error },
        )
    }
}

/** Writes a file of the clone's own, whole or not at all. */
export function writeOwn(file: string, text: string): void {
    makeFolders(dirname(file), 0o700)
    const aside = `${file}.new`
    rmSync(aside, { force: true })
    writeFileSync(aside, text, { flag: "wx", mode: 0o600, flush: true })
    renameSync(aside, file)
}

/** The list as it is, for the flake that lies at `prefix` in the repository; undefined when there is none. */
export function recallOf(git: Checkout, prefix: string): Accepted | undefined {
    const text = readBounded(inGit(git, prefix), largest)?.toString("utf8")
    return text === undefined ? undefined : parseAccepted(text)
}

function inGit({ common }: Checkout, prefix: string): string {
    return join(common, "hostseal", prefix, "accepted.json")
}

/** Where the list lies; undefined where there is no place for it. */
function listFile(flake: string, git: Checkout | undefined, context: Context): string | undefined {
    const folder = cloneFolder(flake, git, context)
    return folder === undefined ? undefined : join(folder, "accepted.json")
}

/** Where this clone keeps what is its own and in no commit; undefined where there is no place for it. */
export function cloneFolder(flake: string, git: Checkout | undefined, { env }: Context): string | undefined {
    if (git !== undefined) return dirname(inGit(git, git.prefix))
    const [state, home] = [env["XDG_STATE_HOME"] ?? "", env["HOME"] ?? ""]
    const folder = isAbsolute(state) ? state : isAbsolute(home) ? join(home, ".local/state") : undefined
    if (folder === undefined) return undefined
    const name = createHash("sha256").update(realpathSync(flake)).digest("hex").slice(0, 32)
    return join(folder, "hostseal", name)
}

async function first(
    flake: string,
    git: Checkout | undefined,
    { repo, sealed, ruled }: Tree,
): Promise<Accepted> {
    // A commit of the flake has nothing of what is in a repository inside of it: the tree is all there is.
    const isOne = git?.inner === undefined
    if (isOne && git?.head !== undefined && ruled !== undefined) {
        const { ruledAt } = await import("../git/ruled-at.ts")
        const found = await ruledAt(git, git.head, ruled)
        return onTrust(found.repo, found.held, git.head)
    }
    if (isOne && git?.head !== undefined) {
        const looks: Promise<Held | undefined>[] = []
        const look = (file: Buffer, blob: string): number => looks.push(heldIn(file, blob)) - 1
        const snapshot = await snapshotAt(git.run, git.head, git.prefix, look)
        const found = await Promise.all(looks)
        const files = new Map([...snapshot.files].map(([path, index]) => [path, found[index]]))
        return onTrust(snapshot.repo, files, git.head)
    }
    if (isOne && git !== undefined) return nothingAccepted
    const files = new Map<string, Held | undefined>()
    for (const path of sealed) {
        const file = readSecret(flake, path)
        files.set(path, file && (await heldIn(file, undefined, formatAt(path))))
    }
    return onTrust(repo, files, undefined)
}
