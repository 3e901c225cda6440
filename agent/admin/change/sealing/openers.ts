// How secrets are opened that are to be sealed anew: with the keys that ask nobody first, and with those that do once for all.

import type { Document } from "../../../sops/document.ts"
import { NoIdentityMatch } from "../../../sops/error.ts"
import { unlock, unlockAll } from "../../../sops/unlock.ts"
import type { Identities } from "../../keys/find.ts"

/** Gives the data key of a document. */
export type Open = (document: Document) => Promise<Buffer>

/** A document that only keys with a price may open. */
export class Locked extends Error {}

/** Opens with the keys that ask nobody. Throws `Locked` where others may do. */
export function withoutCost(identities: Identities | undefined): Open {
    const keyring = identities?.keyring ?? { identities: [] }
    const cheap = keyring.identities.filter((identity) => identity.unwrapAll === undefined)
    if (cheap.length === keyring.identities.length) return async (document) => unlock(document, keyring)
    return async (document) => {
        try {
            return await unlock(document, { identities: cheap })
        } catch (error) {
            if (error instanceof NoIdentityMatch) throw new Locked()
            throw error
        }
    }
}

/** Opens with all keys, and waits until this many documents are there, so that each key is asked once for all. */
export function allTogether(count: number, { keyring }: Identities): Open {
    const documents: Document[] = []
    const { promise, resolve, reject } = Promise.withResolvers<readonly (Buffer | Error)[]>()
    return async (document) => {
        const index = documents.push(document) - 1
        if (documents.length === count) unlockAll(documents, keyring).then(resolve, reject)
        const result = (await promise)[index]
        if (result instanceof Buffer) return result
        throw result ?? new Error("a document was lost")
    }
}
