import { candidates, type Candidates } from "../cli/complete.ts"
import { completionScripts, shells } from "../cli/completion-scripts.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { groupNames, readerNames, secretNames, varsOnDisk } from "../repository/names-on-disk.ts"
import type { Table } from "../cli/command.ts"

/** Prints a shell's script, or, for `words`, what may come next: a line each, or `:files`, `:directories`. */
export async function complete(
    { shell, word }: { shell: string; word: readonly string[] },
    context: Context,
    { commands, nouns }: Table,
): Promise<void> {
    const known = shells.find((each) => each === shell)
    if (known !== undefined) context.out(completionScripts[known])
    else if (shell === "words") context.out(lines(candidates(word, commands, nouns, names(context, word))))
    else throw new Failure("usage", `there is a completion for ${shells.join(", ")}, not for "${shell}"`)
}

function lines(found: Candidates): string {
    return typeof found === "string"
        ? `:${found}\n`
        : found.map(({ text, summary }) => `${text}\t${summary}\n`).join("")
}

/** Vars are many, and have long paths: only for who begins to type one. */
function varsBegunBy(typed = "", directory: string): readonly string[] {
    const isBegun = typed !== "" && ("vars/".startsWith(typed) || typed.startsWith("vars/"))
    return isBegun ? varsOnDisk(directory).map(({ path }) => path) : []
}

/** The names in the repository that the line is about. Where there is none, there is nothing to complete. */
function names(
    context: Context,
    words: readonly string[],
): (kind: "user" | "machine" | "group" | "secret") => readonly string[] {
    return (kind) => {
        const at = words.indexOf("--flake")
        const inline = words.find((word) => word.startsWith("--flake="))?.slice("--flake=".length)
        const flake = at < 0 ? (inline ?? context.flags.flake) : words[at + 1]
        try {
            const directory = flakeDirectory({ ...context, flags: { ...context.flags, flake } })
            if (kind === "secret") return [...secretNames(directory), ...varsBegunBy(words.at(-1), directory)]
            return kind === "group" ? groupNames(directory) : readerNames(directory, kind)
        } catch {
            return []
        }
    }
}
