// What somebody new can read from the first moment: what somebody else can, or secrets that the command names.

import type { Accepted } from "../../../repo/consent/accepted.ts"
import type { Edit, Named } from "../../../repo/difference.ts"
import { addToGroup, grantEach, keysOf, plural, secretName } from "../../../repo/edits.ts"
import type { Grantees, ReaderKind } from "../../../repo/edits.ts"
import type { Repo } from "../../../repo/repo.ts"
import type { Context } from "../../context.ts"
import { flakeDirectory } from "../../flake.ts"
import { expand, isPattern } from "../../repository/pattern.ts"
import { pathOfSecret } from "../../repository/secret-file.ts"

/** Somebody new. */
interface Newcomer {
    readonly kind: ReaderKind
    readonly name: string
}

/** The groups and the own links of somebody, as far as this clone has agreed to them. */
export function likeSomebody(
    repo: Repo,
    { kind, name }: Newcomer,
    like: string,
    { users, machines, groups, secrets }: Accepted,
): Edit {
    keysOf(repo, kind, like)
    const kinds = plural(kind)
    const theirs = (kind === "user" ? users : machines).get(like) ?? []
    const joined = [...repo.groups]
        .filter(([group, members]) => members[kinds].has(like) && groups.get(group)?.[kinds].includes(like))
        .map(([group]) => group)
    // What was made for one machine is not another's.
    const own = `vars/per-machine/${like}/`
    const linked = [...repo.secrets]
        .filter(([path, grants]) => grants[kinds].has(like) && !path.startsWith(own))
        .filter(([path]) => secrets.get(path)?.recipients.some((each) => theirs.includes(each)) === true)
        .map(([path]) => path)
    const withGroups = joined.reduce((next, group) => addToGroup(next, group, kind, name), repo)
    const members = new Map(joined.map((group) => [group, { [kinds]: [name] }]))
    const { repo: next, named } = granted(withGroups, { kind, name }, linked)
    return { repo: next, named: { ...named, members } }
}

/** Links to secrets that the command names, or that its patterns match. */
export function namedSecrets(
    repo: Repo,
    newcomer: Newcomer,
    words: readonly string[],
    context: Context,
): { readonly repo: Repo; readonly named: Named } {
    const flake = flakeDirectory(context)
    const known = words.some(isPattern) ? [...repo.secrets.keys()].map(secretName) : []
    const paths = expand("secret", words, known).map((word) => pathOfSecret(word, flake, context))
    return granted(repo, newcomer, [...new Set(paths)])
}

function granted(
    repo: Repo,
    { kind, name }: Newcomer,
    paths: readonly string[],
): { readonly repo: Repo; readonly named: Named } {
    const wanted = new Map<string, Grantees>(paths.map((path) => [path, { [plural(kind)]: [name] }]))
    return { repo: grantEach(repo, wanted), named: { grants: wanted } }
}
