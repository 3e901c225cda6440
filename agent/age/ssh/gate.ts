import { AgeError } from "../error.ts"
import { checkRsaSection, parseContainer } from "./openssh.ts"
import type { Container } from "./openssh.ts"
import { checkEncryptedPkcs8, checkPkcs1, checkPkcs8 } from "./rsa-der.ts"
import { decodeSshArmor } from "./armor.ts"
import type { SshPublicKey } from "./public.ts"

/** sshpk's name for a format. It is always given one: left to guess, it takes formats that were never checked. */
export type SshFormat = "ssh-private" | "pkcs1" | "pkcs8"

/** A key file that passed every check that is possible without its passphrase; sshpk may look at it. */
export interface UnparsedKey {
    readonly kind: "gated"
    /** The file as it was checked; sshpk reads this and not what was on disk. */
    readonly file: Buffer
    readonly format: SshFormat
    readonly type: "ed25519" | "rsa"
    readonly encrypted: boolean
    /** Where the file shows it. */
    readonly publicKey: SshPublicKey | undefined
}

/** An unencrypted ed25519 key, which is read without sshpk. */
export interface PlainEd25519 {
    readonly kind: "plain ed25519"
    readonly container: Container
}

/**
 * The gate: what must be true of a private key file before bytes of it reach sshpk. Size, armour, magic and every
 * length inside are checked here, because sshpk and asn1 hang on some files that lie about them. Throws `AgeError` of
 * class `key`.
 */
export function inspectSshKey(file: Buffer): UnparsedKey | PlainEd25519 {
    const { label, bytes, encrypted, canonical } = decodeSshArmor(file)
    if (label === "OPENSSH PRIVATE KEY") return inspectContainer(canonical, parseContainer(bytes))

    const gated = { kind: "gated", file: canonical, type: "rsa", publicKey: undefined } as const
    if (label === "RSA PRIVATE KEY") {
        if (encrypted) checkBlocks(bytes)
        else checkPkcs1(bytes)
        return { ...gated, format: "pkcs1", encrypted }
    }
    if (label === "PRIVATE KEY") {
        checkPkcs8(bytes)
        return { ...gated, format: "pkcs8", encrypted: false }
    }
    checkEncryptedPkcs8(bytes)
    return { ...gated, format: "pkcs8", encrypted: true }
}

function inspectContainer(file: Buffer, container: Container): UnparsedKey | PlainEd25519 {
    const { publicKey, encrypted } = container
    if (!encrypted && publicKey.type === "ssh-ed25519") {
        file.fill(0)
        return { kind: "plain ed25519", container }
    }
    if (!encrypted) checkRsaSection(container)
    const type = publicKey.type === "ssh-ed25519" ? "ed25519" : "rsa"
    return { kind: "gated", file, format: "ssh-private", type, encrypted, publicKey }
}

/** A PEM file that is encrypted as a whole shows nothing but its length. */
function checkBlocks(bytes: Buffer): void {
    if (bytes.length === 0 || bytes.length % 16 !== 0)
        throw new AgeError("key", "the encrypted key has the wrong length")
}
