// Editing a plaintext: it lies in memory, in a directory of its own, for as long as the editor runs and no longer.

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { chosenEnvironment, findProgram, handOver } from "../../os/children.ts"
import type { Environment } from "../../os/children.ts"
import { UserError } from "../../error.ts"
import { NotRegular, readRegular } from "../../os/regular-file.ts"
import { guard, Interrupted } from "./interruption.ts"
import { memoryPlace } from "./memory.ts"
import { splitWords } from "../../os/shell-words.ts"

/** A program to edit with, found and ready to run. */
export interface Editor {
    readonly program: string
    readonly args: readonly string[]
    /** Who chose it: a variable, or "default". */
    readonly source: string
}

/** What an edit came to. `unchanged` says whether the editor looked as if it had not waited for anybody. */
export type Edited =
    | { readonly kind: "changed"; readonly content: Buffer }
    | { readonly kind: "unchanged"; readonly atOnce: boolean }

const variables = ["SOPS_EDITOR", "VISUAL", "EDITOR"] as const
/** What sops tries when no variable is set, in its order. */
const defaults = ["vim", "nano", "vi"] as const
const largest = 16 * 1024 * 1024
/** An editor that is done sooner than this was not used by a person. */
const instant = 500

/**
 * The user's editor: `$SOPS_EDITOR`, `$VISUAL`, `$EDITOR`, or what sops falls back to. A name is looked up in the
 * absolute entries of PATH only. Throws when the one that was chosen is not there.
 */
export function findEditor(env: Environment): Editor {
    for (const source of variables) {
        const [name, ...args] = splitWords(env[source] ?? "", source)
        if (name === undefined) continue
        const program = findProgram(name, env["PATH"])
        if (program !== undefined) return { program, args: [...discretion(program), ...args], source }
        throw new UserError(`the editor "${name}" of $${source} was not found in an absolute entry of PATH`)
    }
    for (const name of defaults) {
        const program = findProgram(name, env["PATH"])
        if (program !== undefined) return { program, args: discretion(program), source: "default" }
    }
    throw new UserError("no editor was found", { hint: "set EDITOR to the editor you use" })
}

/**
 * Lets the user edit `content` in a file called `name`. The file is gone when this returns, throws, or the program
 * is ended by SIGTERM or SIGHUP; the editor is ended with it. Ctrl-C is the editor's: if it dies of it, this throws
 * `Interrupted`. An editor that ends with an error has changed nothing.
 */
export async function edit(content: Buffer, name: string, env: Environment): Promise<Edited> {
    const editor = findEditor(env)
    const directory = privateDirectory(env)
    const remove = (): void => rmSync(directory, { recursive: true, force: true })
    let stop = (): void => undefined
    const undo = (): void => {
        stop()
        remove()
    }
    const release = guard(undo, ["SIGHUP", "SIGTERM"])
    process.on("SIGINT", leaveToEditor)
    try {
        const file = put(content, directory, name)
        const begin = performance.now()
        const running = handOver({
            program: editor.program,
            args: [...editor.args, file],
            env: chosenEnvironment(env),
            deadline: undefined,
        })
        stop = running.stop
        const end = await running.ended
        if (end.kind === "signal" && end.signal === "SIGINT") throw new Interrupted()
        if (end.kind !== "exit" || end.code !== 0) {
            const how =
                end.kind === "exit"
                    ? `with status ${end.code}`
                    : `by ${"signal" in end ? end.signal : end.kind}`
            throw new UserError(`the editor ${editor.program} ended ${how}; nothing was changed`)
        }
        const after = readBack(file)
        if (!after.equals(content)) return { kind: "changed", content: after }
        return { kind: "unchanged", atOnce: performance.now() - begin < instant }
    } finally {
        process.off("SIGINT", leaveToEditor)
        release()
        remove()
    }
}

/** Leaves a text that could not be saved for its user, where it was edited. Returns the path of the file. */
export function keepInMemory(content: Buffer, name: string, env: Environment): string {
    return put(content, privateDirectory(env), name)
}

function privateDirectory(env: Environment): string {
    return mkdtempSync(join(memoryPlace([env["XDG_RUNTIME_DIR"], "/dev/shm"]), "hostseal-edit-"))
}

function put(content: Buffer, directory: string, name: string): string {
    const file = join(directory, basename(name))
    writeFileSync(file, content, { flag: "wx", mode: 0o600 })
    return file
}

/** Options that keep vim from writing swap, undo and history files elsewhere. */
function discretion(program: string): string[] {
    if (!/^n?vim(?:$|\.)/u.test(basename(realpathSync(program)))) return []
    return ["-n", "-i", "NONE", "-c", "set noundofile nobackup nowritebackup"]
}

function leaveToEditor(): void {
    // The terminal sends Ctrl-C to the editor as well, which knows better what it means.
}

/** What the editor left under the name, also when it replaced the file by another one. */
function readBack(file: string): Buffer {
    try {
        return readRegular(file, {
            links: "refuse",
            check({ size }) {
                if (size > largest) throw new UserError("the edited value is larger than 16 MiB")
            },
        }).content
    } catch (error) {
        if (error instanceof NotRegular) throw new UserError("the editor left something that is not a file")
        throw error
    }
}
