import { loadAgeEncryption } from "./age-encryption.ts"
import { encodeArmor } from "./armor.ts"
import { decodeBase64, encodeBase64 } from "./base64.ts"
import { wrappedLength } from "./derivation.ts"
import { AgeError } from "./error.ts"
import { openWithFileKey, readHeader } from "./file.ts"
import type { Header } from "./header.ts"
import type { Stanza } from "./stanza.ts"

const saltLength = 16
/** What age-encryption accepts: about 3 s and 1 GiB. It writes 18. */
const mostWork = 20

/** Whether a file can only be opened with a passphrase; a passphrase stanza is always alone. */
export function needsPassphrase(header: Header): boolean {
    return header.stanzas[0]?.type === "scrypt"
}

/**
 * Opens an age file, armoured or binary, that is sealed with a passphrase (c2sp.org/age, The scrypt recipient type).
 * Takes most of a second. Throws `AgeError`; class `no match` is the wrong passphrase.
 */
export async function openWithPassphrase(file: Buffer, passphrase: Buffer): Promise<Buffer> {
    const header = readHeader(file)
    const stanza = header.stanzas.find(({ type }) => type === "scrypt")
    if (!stanza) throw new AgeError("no match", "this file is not sealed with a passphrase")
    checkStanza(stanza)
    const fileKey = await unwrap(header, passphrase)
    if (!fileKey) throw new AgeError("no match", "the passphrase is wrong, or the header was changed")
    return openWithFileKey(header, fileKey)
}

/** Seals with a passphrase, as `age -p` does. */
export async function sealWithPassphrase(
    plaintext: Buffer,
    passphrase: Buffer,
    form: "armor" | "binary",
): Promise<Buffer> {
    if (passphrase.length === 0) throw new AgeError("key", "the passphrase is empty")
    const { Encrypter } = await loadAgeEncryption()
    const encrypter = new Encrypter()
    encrypter.setPassphrase(passphrase.toString())
    const file = Buffer.from(await encrypter.encrypt(plaintext))
    return form === "armor" ? encodeArmor(file) : file
}

/** The file key; age-encryption does not say whether it was the passphrase or the header MAC that did not fit. */
async function unwrap({ authenticated, mac }: Header, passphrase: Buffer): Promise<Buffer | undefined> {
    const { Decrypter } = await loadAgeEncryption()
    const decrypter = new Decrypter()
    decrypter.addPassphrase(passphrase.toString())
    try {
        const header = Buffer.concat([authenticated, Buffer.from(` ${encodeBase64(mac)}\n`)])
        return Buffer.from(await decrypter.decryptHeader(header))
    } catch {
        return undefined
    }
}

function checkStanza({ args, body }: Stanza): void {
    const [salt = "", work = ""] = args
    if (args.length !== 2 || decodeBase64(salt)?.length !== saltLength || body.length !== wrappedLength)
        throw new AgeError("header failure", "the passphrase stanza is malformed")
    if (!/^[1-9][0-9]?$/.test(work) || Number(work) > mostWork)
        throw new AgeError("header failure", `the work factor of the passphrase is not 1 to ${mostWork}`)
}
