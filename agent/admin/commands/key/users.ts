import { UserError } from "../../../error.ts"
import type { Key } from "../../../repo/repo.ts"
import type { Context } from "../../context.ts"
import { flakeDirectory } from "../../flake.ts"
import { loadWorktree } from "../../repository/worktree.ts"

/** The users of the repository, if there is one here: commands about one's own keys work anywhere. */
export function usersAround(context: Context): ReadonlyMap<string, readonly Key[]> {
    try {
        return loadWorktree(flakeDirectory(context)).repo.users
    } catch (error) {
        if (error instanceof UserError && context.flags.flake === undefined) return new Map()
        throw error
    }
}
