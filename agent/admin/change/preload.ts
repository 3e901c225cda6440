// Gives git many objects at once. `git update-index` and `git commit` write one file for each object that they do not
// find, which takes longer than encrypting what is in it. `git fast-import` writes one pack for all of them, trees
// included; the two then find everything there. The pack is only a store: what is committed they decide as always.

import { PassThrough } from "node:stream"
import { note } from "../context.ts"
import type { Context } from "../context.ts"
import type { Checkout } from "../git/git.ts"
import type { Write } from "./staging.ts"

/** Fewer objects are written singly by fast-import too (fastimport.unpackLimit). */
const many = 100
const reference = "refs/hostseal/preload"
const nothing = "0".repeat(40)
/** What a pipe holds. Git is woken for so much at a time, and not for each file: it takes a processor from those who seal. */
const atOnce = 64 * 1024

/** Takes what is going to be written, in any order that makes sense by itself: a move before what is put there. */
export interface Preload {
    add(write: Write): void
    /** Waits until git has everything. Whether it ever becomes part of a commit is not decided by that. */
    end(): Promise<void>
}

/** Lets git have the contents of a change of `count` writes early. It is never an error when it cannot be done. */
export function beginPreload(git: Checkout | undefined, count: number, context: Context): Preload {
    if (git === undefined || context.flags.noCommit || count < many || git.objectFormat !== "sha1")
        return { add: () => undefined, end: () => Promise.resolve() }
    const stream = new PassThrough()
    const from = git.head === undefined ? "" : `from ${git.head}\n`
    let gathered: Buffer[] = [
        Buffer.from(`commit ${reference}\ncommitter hostseal <> 0 +0000\ndata 0\n${from}`),
    ]
    let size = 0
    const flush = (): void => {
        stream.write(Buffer.concat(gathered))
        gathered = []
        size = 0
    }
    const importing = ["-c", "pack.compression=1", "fast-import", "--quiet", "--done", "--depth=0"]
    const done = git.run(importing, stream).catch(() => {
        stream.resume()
        if (context.flags.verbose > 1) note(context, "git fast-import failed; it goes on without")
    })
    return {
        add(write) {
            const command = commandFor(git.prefix, write)
            gathered.push(command)
            size += command.length
            if (size >= atOnce) flush()
        },
        async end() {
            if (!stream.writableEnded) {
                flush()
                stream.end(`reset ${reference}\nfrom ${nothing}\n\ndone\n`)
            }
            await done
        },
    }
}

/** One change for fast-import; nothing for what it is easier to leave to the others. */
function commandFor(prefix: string, write: Write): Buffer {
    const path = prefix + write.path
    if (/^"|\n/u.test(path)) return Buffer.alloc(0)
    if (write.kind === "unlink" || write.kind === "drop") return Buffer.from(`D ${path}\n`)
    if (write.kind === "move") return Buffer.from(`R ${prefix}${write.from} ${path}\n`)
    const { mode, bytes } = linkOrBytes(write)
    const head = Buffer.from(`M ${mode} inline ${path}\ndata ${bytes.length}\n`)
    return Buffer.concat([head, bytes, Buffer.from("\n")])
}

/** What git stores of something that is written, and as what. */
function linkOrBytes(write: Exclude<Write, { readonly kind: "unlink" | "drop" | "move" }>): {
    readonly mode: "100644" | "120000"
    readonly bytes: Buffer
} {
    if (write.kind === "link") return { mode: "120000", bytes: Buffer.from(write.target) }
    return { mode: "100644", bytes: write.kind === "text" ? Buffer.from(write.text) : write.bytes }
}
