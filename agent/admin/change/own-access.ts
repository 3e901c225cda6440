// A new secret can be read by the one who makes it: through a link of their own, unless a group gives access already
// (docs/clan-contract.md#the-caller links the caller always).

import { readersOf } from "../../repo/access.ts"
import { grantEach } from "../../repo/edits.ts"
import type { Grants, Repo } from "../../repo/repo.ts"
import { note } from "../context.ts"
import type { Context } from "../context.ts"
import { findIdentities } from "../keys/find.ts"
import { notAUser, ownKeys, whoAmI } from "../keys/owner.ts"
import type { OwnKey } from "../keys/owner.ts"

const nobody: Grants = { users: new Set(), machines: new Set(), groups: new Set() }

/**
 * The repository with these new secrets readable by the caller too. A caller who is no user of it may make secrets for
 * users that they name, and is told; a secret that no user could read is refused.
 */
export async function withCaller(repo: Repo, paths: readonly string[], context: Context): Promise<Repo> {
    const identities = await findIdentities(context)
    const owner = await whoAmI(identities, repo.users, context.env)
    if (owner === undefined) {
        if (paths.every((path) => usersOf(repo, path).length > 0)) {
            note(
                context,
                "you will not be able to read it: none of your keys belongs to a user of this repository",
            )
            return repo
        }
        const keys: OwnKey[] = []
        for await (const key of ownKeys(identities, context.env)) keys.push(key)
        throw notAUser(keys, identities)
    }
    const closed = paths.filter((path) => !usersOf(repo, path).includes(owner.user))
    return grantEach(repo, new Map(closed.map((path) => [path, { users: [owner.user] }])))
}

function usersOf(repo: Repo, path: string): readonly string[] {
    return readersOf(repo, repo.secrets.get(path) ?? nobody)
        .filter(({ kind }) => kind === "user")
        .map(({ name }) => name)
}
