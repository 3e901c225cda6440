// What git would commit of a file, held against what was written. Filters, attributes, marks in the index and settings
// can all make the two differ; none of them is believed, and none has to be known: the names of the blobs are compared.

import { createHash } from "node:crypto"
import { lstatSync, readFileSync, readlinkSync } from "node:fs"
import { fromNul } from "./git.ts"
import type { Checkout } from "./git.ts"

/** An entry of the index. `tag` is the letter of `git ls-files -v`; `isConflict` when a merge has left several. */
export interface Entry {
    readonly mode: string
    readonly id: string
    readonly tag: string
    readonly isConflict: boolean
}

/**
 * Every path that differs between HEAD and the index, relative to the repository: what the index has of it, undefined
 * where it has been removed.
 */
export async function stagedChanges(git: Checkout): Promise<ReadonlyMap<string, Entry | undefined>> {
    const raw = ["--raw", "--no-abbrev", "--no-renames", "--ignore-submodules", "-z"]
    const tokens = fromNul(await git.run(["diff", "--cached", ...raw]))
    const changes = new Map<string, Entry | undefined>()
    for (let index = 0; index + 1 < tokens.length; index += 2) {
        const [, mode = "", , id = "", status = ""] = (tokens[index] ?? "").split(" ")
        const isConflict = status === "U"
        changes.set(tokens[index + 1] ?? "", status === "D" ? undefined : { mode, id, tag: "H", isConflict })
    }
    return changes
}

/** The whole index below `sops/` and `vars/`, by paths relative to the flake. */
export async function indexEntries(git: Checkout): Promise<ReadonlyMap<string, Entry>> {
    const lines = fromNul(await git.run(["ls-files", "--stage", "-v", "-z", "--", "sops", "vars"]))
    return new Map(
        lines.map((line) => {
            const [tag = "", mode = "", id = "", stage = ""] = line.slice(0, line.indexOf("\t")).split(" ")
            return [line.slice(line.indexOf("\t") + 1), { mode, id, tag, isConflict: stage !== "0" }]
        }),
    )
}

/** Whether an entry of the index is what lies in the tree at this path; `undefined` means that there is nothing. */
export function isAsWritten(
    { flake, objectFormat }: Checkout,
    path: string,
    entry: Entry | undefined,
): boolean {
    const at = `${flake}/${path}`
    const status = lstatSync(at, { throwIfNoEntry: false })
    if (entry === undefined || status === undefined) return entry === undefined && status === undefined
    if (entry.isConflict) return false
    const link = status.isSymbolicLink()
    if (!entry.mode.startsWith(link ? "120" : "100")) return false
    const bytes = link ? readlinkSync(at, { encoding: "buffer" }) : readFileSync(at)
    // A file that git has written with the line ends of another system is stored with ours.
    return (
        blobId(objectFormat, bytes) === entry.id ||
        (!link && bytes.includes("\r\n") && blobId(objectFormat, withoutReturns(bytes)) === entry.id)
    )
}

function blobId(algorithm: string, bytes: Buffer): string {
    return createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest("hex")
}

function withoutReturns(bytes: Buffer): Buffer {
    return Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1")
}
