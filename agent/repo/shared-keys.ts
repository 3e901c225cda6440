// Two names with one key are one reader: to take access from one of them takes nothing from who has the key.

import { readersOf } from "./access.ts"
import { readerName } from "./difference.ts"
import type { Edit } from "./difference.ts"
import { grantsOf } from "./edits.ts"
import { ownersOf, recipientOf, recipientsOf } from "./recipients.ts"
import type { Repo } from "./repo.ts"

/** Those who have a key in common after a change and had not before: `user "alice"`, `machine "web01"`. */
export function newlyShared(before: Repo, after: Repo): readonly (readonly string[])[] {
    const known = ownersOf(before)
    return [...ownersOf(after)]
        .filter(([key, owners]) => owners.length > 1 && owners.some((one) => !known.get(key)?.includes(one)))
        .map(([, owners]) => owners)
}

/** Somebody who is taken from secrets, whose key another reader brings to them all the same. */
export interface Kept {
    readonly reader: string
    readonly by: string
    readonly secrets: readonly string[]
}

/** Who keeps what through a key that others have too. Quick where no two readers have one key. */
export function keptByOthers(before: Repo, { repo: after, moved = new Map() }: Edit): readonly Kept[] {
    const shared = new Set(
        [...ownersOf(before)].filter(([, owners]) => owners.length > 1).map(([key]) => key),
    )
    if (shared.size === 0) return []
    const owners = ownersOf(after)
    const kept: Kept[] = []
    for (const path of after.secrets.keys()) {
        const old = before.secrets.get(moved.get(path) ?? path)
        if (old === undefined) continue
        const still = new Set(readersOf(after, grantsOf(after, path)).map(readerName))
        const recipients = new Set(recipientsOf(after, grantsOf(after, path)))
        for (const { kind, name } of readersOf(before, old)) {
            if (still.has(readerName({ kind, name }))) continue
            const keys = before[kind === "user" ? "users" : "machines"].get(name) ?? []
            const key = keys.map(recipientOf).find((each) => shared.has(each) && recipients.has(each))
            const others = owners.get(key ?? "")?.filter((one) => one !== `${kind} "${name}"`) ?? []
            if (key === undefined || others.length === 0) continue
            const [reader, by] = [`${kind} "${name}"`, others.join(" and ")]
            const same = kept.findIndex((each) => each.reader === reader && each.by === by)
            if (same < 0) kept.push({ reader, by, secrets: [path] })
            else kept[same] = { reader, by, secrets: [...(kept[same]?.secrets ?? []), path] }
        }
    }
    return kept
}
