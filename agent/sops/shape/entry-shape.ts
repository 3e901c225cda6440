// Whether an entry of the metadata can be what its label says, as far as that can be seen without a key. Whoever writes
// to a repository can label anything with any name, and the next command that wraps anew makes it true.

import { readHeader } from "../../age/file.ts"
import { misfit } from "../../age/outline.ts"
import { isUsual } from "../../age/usual-file.ts"
import type { KeyEntry } from "../key-entry.ts"
import { pgpProblem } from "../pgp/problem.ts"

/** Bytes of a payload around what is in it: its nonce and the tag of its only chunk. */
const around = 16 + 16
/** A data key, or a share of one, which has a coordinate more. */
const [whole, share] = [32, 33]

/** What is wrong with an entry; `undefined` for one that whoever it names may well open. */
export function entryProblem(
    { type, id, enc }: Pick<KeyEntry, "type" | "id" | "enc">,
    groups: number,
): string | undefined {
    const problem =
        type === "age" ? ageProblem(id, enc, groups) : type === "pgp" ? pgpProblem(enc) : cloudProblem(enc)
    return problem === undefined ? undefined : `the entry for ${shortened(id)} ${problem}`
}

function ageProblem(id: string, enc: string, groups: number): string | undefined {
    if (groups === 1 && isUsual(enc, id)) return undefined
    try {
        const header = readHeader(Buffer.from(enc))
        const length = header.payload.length - around
        return (
            misfit(header, id) ??
            (length === (groups === 1 ? whole : share) ? undefined : "does not hold a data key")
        )
    } catch (error) {
        return `is no age file: ${error instanceof Error ? error.message : "it cannot be read"}`
    }
}

/** Clouds and vaults have their own texts: only that it is one line of such a text can be said. */
function cloudProblem(enc: string): string | undefined {
    return /^[\w+/=:.-]+$/u.test(enc) ? undefined : "holds no wrapped key"
}

/** Post-quantum recipients have two thousand characters. */
function shortened(id: string): string {
    return id.length > 100 ? `${id.slice(0, 64)}…` : id
}
