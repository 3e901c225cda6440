// Gives git many objects at once. `git update-index` and `git commit` write one file for each object that they do not
// find, which takes longer than encrypting what is in it. `git fast-import` writes one pack for all of them, trees
// included; the two then find everything there. The pack is only a store: what is committed they decide as always.

import { note } from "./context.ts"
import type { Context } from "./context.ts"
import type { Git } from "./git.ts"
import type { Write } from "./staging.ts"

/** Fewer objects are written singly by fast-import too (fastimport.unpackLimit). */
const many = 100
const reference = "refs/hostseal/preload"
const nothing = "0".repeat(40)

/** Lets git have the contents of a large change early. It is never an error when it cannot be done. */
export async function preload(git: Git, writes: readonly Write[], context: Context): Promise<void> {
    if (writes.length < many || git.objectFormat !== "sha1") return
    const commands = writes.map((write) => command(git.prefix, write))
    if (commands.includes(undefined)) return
    const head = git.head === undefined ? [] : [`from ${git.head}\n`]
    const stream = [
        `commit ${reference}\ncommitter hostseal <> 0 +0000\ndata 0\n`,
        ...head,
        ...commands.flatMap((parts) => parts ?? []),
        `reset ${reference}\nfrom ${nothing}\n\ndone\n`,
    ]
    try {
        const input = Buffer.concat(stream.map((part) => Buffer.from(part)))
        await git.run(["-c", "pack.compression=1", "fast-import", "--quiet", "--done", "--depth=0"], input)
    } catch {
        if (context.flags.verbose > 1) note(context, "git fast-import failed; it goes on without")
    }
}

/** One change for fast-import; `undefined` for what it is easier to leave to the others. */
function command(prefix: string, write: Write): readonly (string | Buffer)[] | undefined {
    const path = prefix + write.path
    if (/^"|\n/u.test(path)) return undefined
    if (write.kind === "unlink" || write.kind === "drop") return [`D ${path}\n`]
    if (write.kind === "move") return [`R ${prefix}${write.from} ${path}\n`]
    const { mode, bytes } = linkOrBytes(write)
    return [`M ${mode} inline ${path}\ndata ${bytes.length}\n`, bytes, "\n"]
}

/** What git stores of something that is written, and as what. */
function linkOrBytes(write: Exclude<Write, { readonly kind: "unlink" | "drop" | "move" }>): {
    readonly mode: "100644" | "120000"
    readonly bytes: Buffer
} {
    if (write.kind === "link") return { mode: "120000", bytes: Buffer.from(write.target) }
    return { mode: "100644", bytes: write.kind === "text" ? Buffer.from(write.text) : write.bytes }
}
