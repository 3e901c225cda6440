import { loadAgeEncryption } from "./age-encryption.ts"
import type { Recipient } from "./key.ts"

/**
 * Seals a binary file to recipients of which some are tagged hardware keys (c2sp.org/age, The tagged recipient
 * types). age-encryption writes the file and their stanzas, ours write their own.
 */
export async function sealTagged(plaintext: Buffer, recipients: readonly Recipient[]): Promise<Buffer> {
    const { Encrypter, Stanza } = await loadAgeEncryption()
    const encrypter = new Encrypter()
    for (const recipient of recipients) {
        if (recipient.kind === "tag") {
            encrypter.addRecipient(recipient.text)
            continue
        }
        encrypter.addRecipient({
            async wrapFileKey(fileKey) {
                const stanzas = await recipient.wrap(Buffer.from(fileKey))
                return stanzas.map(({ type, args, body }) => new Stanza([type, ...args], body))
            },
        })
    }
    return Buffer.from(await encrypter.encrypt(plaintext))
}
