// What lies in the tree and is in no commit: work of somebody's hands, and of commands that were killed.

import { explain } from "../../error.ts"
import { readJournal } from "../change/journal.ts"
import { isUnfinished } from "../change/make.ts"
import { stagingFolder } from "../change/staging.ts"
import { quantity } from "../quantity.ts"
import { fromNul } from "../git/git.ts"
import type { Checkout } from "../git/git.ts"
import type { Todo } from "./todo.ts"

/** What a command has begun here and not finished. It may be at work this very moment. */
export function interruptedTodos(flake: string, git: Checkout | undefined): readonly Todo[] {
    const next = "hostseal key update (as every command that changes something, it first finishes this)"
    const one = (message: string, how = next): readonly Todo[] => [
        { kind: "interrupted", path: stagingFolder, message, next: how },
    ]
    try {
        const journal = readJournal(flake, git)?.journal
        if (journal !== undefined)
            return one(`a command was interrupted, or is at work: ${journal.message.split("\n", 1).join("")}`)
    } catch (error) {
        return one(
            explain(error)
                .join("; ")
                .replace(/^error: /u, ""),
            `look at "git status"`,
        )
    }
    return isUnfinished(flake)
        ? one("a command was interrupted before it changed anything, or is at work")
        : []
}

/** Both sides of a merge, and theirs or ours alone. */
const conflicts = new Set(["DD", "AU", "UD", "UA", "DU", "AA", "UU"])
/** More paths than these make no command that can be copied. */
const few = 3

/**
 * Changes that no commit has, of the paths that `isOurs` knows, relative to the flake. `folders` are what git is to look
 * at, undefined for everything.
 */
export async function uncommittedTodos(
    git: Checkout,
    folders: readonly string[] | undefined,
    isOurs: (path: string) => boolean,
): Promise<readonly Todo[]> {
    const how = ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all"]
    const output = await git.run([
        "--no-optional-locks",
        "--literal-pathspecs",
        ...how,
        "--",
        ...(folders ?? ["."]),
    ])
    const changed = fromNul(output)
        .map((line) => ({ state: line.slice(0, 2), path: line.slice(3 + git.prefix.length) }))
        .filter(({ path }) => isOurs(path) && !path.startsWith(`${stagingFolder}/`))
    const unmerged = changed.filter(({ state }) => conflicts.has(state))
    const open = changed.filter(({ state }) => !conflicts.has(state)).map(({ path }) => path)
    const [first = ""] = open
    const paths = folders === undefined ? open : [...new Set(open.map((path) => path.split("/", 1).join("")))]
    const where = paths.map((path) => (/^[\w./@-]+$/u.test(path) ? path : `'${path}'`)).join(" ")
    return [
        ...unmerged.map(({ path }): Todo => ({
            kind: "conflict",
            path,
            message: "is in conflict",
            next: `git mergetool ${path}`,
        })),
        ...(open.length === 0
            ? []
            : [
                  {
                      kind: "uncommitted" as const,
                      path: first,
                      message: `${open.length === 1 ? "is" : `and ${quantity(open.length - 1, "more file")} are`} not committed`,
                      next: paths.length > few ? "git status" : `git add ${where} && git commit ${where}`,
                  },
              ]),
    ]
}
