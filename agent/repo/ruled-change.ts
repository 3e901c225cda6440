// Which files of a repository with a `.sops.yaml` can be written for those whom their rules name.

import type { RuledFile } from "./verify-ruled.ts"

/**
 * Why a file cannot be brought to its rule here; undefined when it can. `groups` are those of its rule, undefined
 * without one: then it stays for those for whom it is. Keys in a cloud stay where they are, so a rule must not name
 * others, and nobody can be taken out of a file that keeps one. A rule that names none takes them out.
 */
export function whyLeftOut(
    file: RuledFile,
    groups: readonly (readonly string[])[] | undefined,
    spelled: (recipient: string) => string,
): string | undefined {
    if (file.kind === "unreadable") return "cannot be read as what sops wrote"
    const [wanted = [], ...others] = groups ?? file.groups
    const [actual = [], ...more] = file.groups
    if (others.length + more.length > 0) return "has several key groups, which sops updatekeys changes"
    if (wanted.length === 0) return "has a rule that names no key, or that sops refuses"
    if (!wanted.some(isCloud)) return undefined
    const clouds = actual.filter(isCloud)
    const asWanted =
        clouds.every((each) => wanted.some((other) => isSameCloud(each, other))) &&
        wanted.filter(isCloud).every((each) => clouds.some((other) => isSameCloud(other, each)))
    const names = new Set(wanted.map(spelled))
    const isLoss = actual.some((each) => !isCloud(each) && !names.has(spelled(each)))
    if (asWanted && !isLoss) return undefined
    return "has, or is to have, keys in a cloud, which sops alone can encrypt to"
}

/** Whether a file has keys in a cloud, and a rule that names none. */
export function dropsClouds(file: RuledFile, groups: readonly (readonly string[])[] | undefined): boolean {
    if (file.kind === "unreadable" || groups === undefined || groups.flat().length === 0) return false
    return file.groups.flat().some(isCloud) && !groups.flat().some(isCloud)
}

/** What is in nobody's hand: `kms:…`, `hc_vault:…`. */
function isCloud(recipient: string): boolean {
    return /^[a-z_]+:/u.test(recipient) && !recipient.startsWith("pgp:")
}

/** Rules may write such a key as a mapping, of which only the kind is known. */
function isSameCloud(inFile: string, inRule: string): boolean {
    return inRule.endsWith(":") ? inFile.startsWith(inRule) : inFile === inRule
}
