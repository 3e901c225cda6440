// What the binding of a usual file claims, at a tenth of the price of taking the file apart. Nothing in it is proved.

import { createHash } from "node:crypto"
import { boundId } from "../binding.ts"
import type { KeyEntry } from "../key-entry.ts"

/** What a binding says of the file that it stands in, to somebody without a key. */
export interface Claim {
    /** The place that it was sealed for; empty for a binding that makes no sense. */
    readonly place: string
    /** How the file agrees with it. */
    readonly kind: "bound" | "readers" | "entries" | "malformed"
}

/** The claim of a binding as our programs write it into JSON; "unusual" for any other, and no claim where there is none. */
export function quickClaim(
    binding: unknown,
    entries: readonly Pick<KeyEntry, "id" | "enc">[],
): Claim | "unusual" | undefined {
    if (binding === undefined) return undefined
    if (typeof binding !== "object" || binding === null) return "unusual"
    const fields = new Map(Object.entries(binding))
    const [place, readers, tag] = ["place", "readers", "tag"].map((name) => fields.get(name))
    if (fields.size !== 4 || fields.get("version") !== "1" || typeof place !== "string") return "unusual"
    if (typeof tag !== "string" || !/^[A-Za-z0-9+/]{43}=$/u.test(tag) || !Array.isArray(readers))
        return "unusual"
    const bound = readers.filter((each): each is string => typeof each === "string" && usualReader.test(each))
    if (bound.length !== readers.length) return "unusual"
    const there = entries.map(({ id, enc }) => `${printOf(enc)} ${boundId(id)}`)
    if (isSame(bound, there)) return { place, kind: "bound" }
    return { place, kind: isSame(bound.map(idOf), there.map(idOf)) ? "entries" : "readers" }
}

const usualReader = /^[A-Za-z0-9+/]{22}== ./u

/** As `readersOf` has it. */
function printOf(enc: string): string {
    return createHash("sha256").update(enc.trim()).digest().subarray(0, 16).toString("base64")
}

function idOf(reader: string): string {
    return reader.slice(reader.indexOf(" ") + 1)
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
    return some.length === others.length && some.toSorted().join("\n") === others.toSorted().join("\n")
}
