// The rules, after those of `guix git authenticate`: a commit is good when it is signed by somebody whom all of its
// parents let sign, and its parents are good. So nobody can let themselves in, and who is taken out is out with the
// next commit, whatever date a commit claims. The first commit is good because it was introduced.

import { attestedSince } from "./commit.ts"
import type { Commit } from "./commit.ts"
import type { Past } from "./past.ts"

/** What has to be asked of programs. */
export interface Questions {
    /** The fingerprint of the key that has signed a commit, if it is one of those that this other commit lets sign. */
    readonly signer: (commit: Commit, namedIn: string) => Promise<string | undefined>
    readonly mergedTree: (one: string, other: string) => Promise<string | undefined>
}

export interface Verdict {
    /** Good commits by their ids, with the fingerprint of their signer; "" for a merge that needs none. */
    readonly good: ReadonlyMap<string, string>
    /** Commits that are not good by themselves and that nobody vouches for, parents before children. */
    readonly bad: ReadonlyMap<string, string>
}

/** Judges every commit of a past. `introduced` is the fingerprint of the key that the first one must be signed with. */
export async function judge({ commits }: Past, introduced: string, ask: Questions): Promise<Verdict> {
    const known = new Map(commits.map((commit) => [commit.id, commit]))
    const good = new Map<string, string>()
    const bad = new Map<string, string>()
    for (const [index, commit] of commits.entries()) {
        const reason =
            index === 0
                ? await introduces(commit, introduced, ask, good)
                : ((await vouches(commit, known, good, bad, ask)) ?? (await stands(commit, known, good, ask)))
        if (reason !== undefined) bad.set(commit.id, reason)
    }
    return { good, bad }
}

async function introduces(
    commit: Commit,
    introduced: string,
    { signer }: Questions,
    good: Map<string, string>,
): Promise<string | undefined> {
    const id = await signer(commit, commit.id)
    if (id !== introduced) return `is the introduction, and not signed with ${introduced}`
    good.set(commit.id, id)
    return undefined
}

/** Why a commit is not good by itself; undefined when it is, or when only its parents are not. */
async function stands(
    commit: Commit,
    known: ReadonlyMap<string, Commit>,
    good: Map<string, string>,
    ask: Questions,
): Promise<string | undefined> {
    const { id, parents, signature } = commit
    if (parents.length === 0 || parents.some((parent) => !known.has(parent)))
        return "does not descend from the introduction"
    if (signature === undefined) {
        const problem = await unsignedMerge(commit, known, good, ask)
        if (problem !== undefined) return problem
        if (parents.every((parent) => good.has(parent))) good.set(id, "")
        return undefined
    }
    const signers = new Set<string | undefined>()
    for (const parent of parents) signers.add(await ask.signer(commit, parent))
    const [signer] = signers
    if (signer === undefined || signers.size !== 1)
        return "is not signed with a key that all of its parents let sign"
    if (parents.every((parent) => good.has(parent))) good.set(id, signer)
    return undefined
}

/**
 * A merge needs no signature where it decides nothing: git makes the same of its parents, and everybody who has signed
 * on one side may sign on the other one too. Else somebody who was taken out could go on from before that.
 */
async function unsignedMerge(
    { tree, parents }: Commit,
    known: ReadonlyMap<string, Commit>,
    good: ReadonlyMap<string, string>,
    ask: Questions,
): Promise<string | undefined> {
    const [one, other, more] = parents
    if (one === undefined || other === undefined || more !== undefined) return "is not signed"
    if ((await ask.mergedTree(one, other)) !== tree)
        return "is a merge that changes something, and not signed"
    for (const [side, opposite] of [
        [one, other],
        [other, one],
    ] as const) {
        const before = ancestors(opposite, known)
        for (const id of ancestors(side, known)) {
            const commit = known.get(id)
            if (before.has(id) || commit === undefined || good.get(id) === "") continue
            if ((await ask.signer(commit, opposite)) === undefined)
                return "is a merge of what somebody signed who may not sign on both sides, and not signed itself"
        }
    }
    return undefined
}

/** Makes good what a commit vouches for, and the commit. True to its name it says nothing: `undefined` goes on. */
async function vouches(
    commit: Commit,
    known: ReadonlyMap<string, Commit>,
    good: Map<string, string>,
    bad: Map<string, string>,
    { signer }: Questions,
): Promise<undefined> {
    const since = attestedSince(commit)
    const [parent, other] = commit.parents
    if (since === undefined || parent === undefined || other !== undefined || !good.has(since)) return
    if (known.get(parent)?.tree !== commit.tree || !ancestors(parent, known).has(since)) return
    const id = await signer(commit, since)
    if (id === undefined) return
    const before = ancestors(since, known)
    for (const each of ancestors(commit.id, known)) {
        if (before.has(each)) continue
        good.set(each, good.get(each) ?? id)
        bad.delete(each)
    }
}

/** A commit and all that it descends from, as far as they are known. */
function ancestors(id: string, known: ReadonlyMap<string, Commit>): ReadonlySet<string> {
    const found = new Set<string>()
    const open = [id]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (found.has(next) || !known.has(next)) continue
        found.add(next)
        open.push(...(known.get(next)?.parents ?? []))
    }
    return found
}
