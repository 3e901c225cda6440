// The readers of a `.sops.yaml` as users and machines of clan's layout: by their keys, if somebody there has them, else by
// a name that can be one there.

import { readerName } from "../../repo/difference.ts"
import { plural, withKeys } from "../../repo/edits.ts"
import type { ReaderKind } from "../../repo/edits.ts"
import type { Reader } from "../../repo/access.ts"
import { problemOfName } from "../../repo/names.ts"
import type { Key, Repo } from "../../repo/repo.ts"
import { recipientOf } from "../../repo/recipients.ts"
import { visibleName } from "../../error.ts"
import { Failure } from "../failure.ts"
import { holdersOf } from "./rules.ts"

/** A repository with more readers, and who each of them is there. */
export interface Settled {
    readonly repo: Repo
    /** Readers by what the source calls them, as `readerName` has it. */
    readonly names: ReadonlyMap<string, Reader>
    /** Those who are new. */
    readonly fresh: readonly (Reader & { readonly keys: readonly Key[] })[]
}

/** Settles all readers of a source. Throws `Failure` for keys that no key file can hold. */
export function settled(target: Repo, source: Pick<Repo, "users" | "machines">): Settled {
    const holders = holdersOf(target)
    const names = new Map<string, Reader>()
    const fresh: (Reader & { readonly keys: readonly Key[] })[] = []
    let repo = target
    for (const kind of ["user", "machine"] as const) {
        for (const [name, keys] of source[plural(kind)]) {
            const known = keys.flatMap((key) => holders.get(recipientOf(key)) ?? [])[0]
            if (known !== undefined) {
                names.set(readerName({ kind, name }), known)
                continue
            }
            const short = keys.find(({ type, publickey }) => type === "pgp" && publickey.length < 40)
            if (short !== undefined)
                throw new Failure(
                    "refused",
                    `the PGP key of ${visibleName(name)} is named by its last digits: ${short.publickey}`,
                    { hint: "write its whole fingerprint in the .sops.yaml" },
                )
            const reader = { kind, name: freeName(repo, kind, name) }
            names.set(readerName({ kind, name }), reader)
            fresh.push({ ...reader, keys })
            repo = withKeys(repo, kind, reader.name, keys)
        }
    }
    return { repo, names, fresh }
}

/** The name, or what is nearest to it of those that can be one and that nobody has, not even in another case. */
function freeName(repo: Repo, kind: ReaderKind, name: string): string {
    const fitting =
        kind === "user"
            ? name
                  .toLowerCase()
                  .replaceAll(/[^a-z0-9_-]/gu, "-")
                  .replace(/^(?=[^a-z_])/u, "_")
                  .slice(0, 28)
            : name
                  .replaceAll(/[^a-zA-Z0-9_-]/gu, "-")
                  .slice(0, 58)
                  .replaceAll(/^[_-]+|[_-]+$/gu, "")
    const base = fitting === "" ? kind : fitting
    const taken = new Set([...repo[plural(kind)].keys()].map((each) => each.toLowerCase()))
    for (let number = 1; ; number++) {
        const wanted = number === 1 ? base : `${base}-${number}`
        if (!taken.has(wanted.toLowerCase()) && problemOfName(kind, wanted) === undefined) return wanted
    }
}
