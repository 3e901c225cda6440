// What a reader could ever open. Two witnesses are heard for each version of a secret: the links that addressed it,
// and the recipients in the file itself. A right that either of them shows was a right (clan-secrets D4, D5: the two
// have disagreed in repositories of the past).

import { type Reader, secretsOf } from "./access.ts"
import { recipientOf } from "./recipients.ts"
import type { Repo } from "./repo.ts"

/** One commit of the repository's past, parents before children. */
export interface Version {
    readonly commit: string
    /** RFC 3339, the committer's clock. */
    readonly date: string
    readonly repo: Repo
    /** The recipients in each secret's file, as far as it could be read. */
    readonly recipients: ReadonlyMap<string, readonly string[]>
}

/** A secret that a reader could open, from the first commit that shows it to the last. */
export interface Holding {
    readonly secret: string
    readonly since: { readonly commit: string; readonly date: string }
    readonly until: { readonly commit: string; readonly date: string }
    /** Whether the newest version still gives access. */
    readonly still: boolean
    /** `links` and `file`, whichever showed the access in any version. */
    readonly shownBy: readonly ("links" | "file")[]
}

/**
 * Everything that `reader` could open in any of these versions, by path. The keys that count are all that the reader
 * ever had: a lost key still opens what was sealed to it.
 */
export function everHeld(versions: Iterable<Version>, reader: Reader): readonly Holding[] {
    const all = [...versions]
    const plural = reader.kind === "user" ? "users" : "machines"
    const keys = new Set(all.flatMap(({ repo }) => (repo[plural].get(reader.name) ?? []).map(recipientOf)))
    const held = new Map<string, Holding>()
    for (const { commit, date, repo, recipients } of all) {
        const note = (secret: string, witness: "links" | "file"): void => {
            const known = held.get(secret)
            held.set(secret, {
                secret,
                since: known?.since ?? { commit, date },
                until: { commit, date },
                still: false,
                shownBy: [...new Set([...(known?.shownBy ?? []), witness])].toSorted(),
            })
        }
        for (const secret of secretsOf(repo, reader).keys()) note(secret, "links")
        for (const [secret, texts] of recipients) {
            if (texts.some((text) => keys.has(text))) note(secret, "file")
        }
    }
    const newest = all.at(-1)?.commit
    return [...held.values()]
        .map((holding) => ({ ...holding, still: holding.until.commit === newest }))
        .toSorted((a, b) => (a.secret < b.secret ? -1 : 1))
}
