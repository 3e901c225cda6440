// The packets of an OpenPGP message (RFC 4880 and 9580), as far as they say for how many keys it is and that it is whole.
// The key that a packet names is a subkey, of which a fingerprint says nothing: only a keyring knows whose it is.

import { UserError } from "../../error.ts"
import { armorLines, dearmor, packets } from "./packets.ts"

/** Packet types: a session key for a public key, and data under a session key (old, with a MAC, with an AEAD). */
const sessionKey = 1
const encryptedData = new Set([9, 18, 20])

/** What is wrong with an armoured message to one key; `undefined` when its packets are those of one. */
export function pgpProblem(armor: string): string | undefined {
    // Who opens a message finds it among other text as well; sops writes none around it.
    const text = armor.trim()
    const [first, last] = armorLines
    if (!text.startsWith(first) || text.indexOf(last) !== text.length - last.length)
        return "is no PGP message"
    const types = typesIn(text)
    const keys = types?.filter((type) => type === sessionKey).length
    if (types === undefined || !encryptedData.has(types.at(-1) ?? 0) || types.length !== (keys ?? 0) + 1)
        return "is no PGP message: its packets are damaged"
    return keys === 1 ? undefined : `is a PGP message to ${keys} keys where one fingerprint is named`
}

/** The types of the packets, in order; `undefined` when the armour or the lengths do not fit. */
function typesIn(armor: string): readonly number[] | undefined {
    try {
        return [...packets(dearmor(armor))].map(({ tag }) => tag)
    } catch (error) {
        if (error instanceof UserError) return undefined
        throw error
    }
}
