import { AgeError } from "../error.ts"
import { checkRsa, parsePublicBlob } from "./public.ts"
import type { SshPublicKey } from "./public.ts"
import { SshReader } from "./wire.ts"

// The container openssh-key-v1 (PROTOCOL.key of OpenSSH), walked to its last byte.

/** A container whose outside is in order. */
export interface Container {
    readonly publicKey: SshPublicKey
    readonly encrypted: boolean
    /** The private section, as it stands: a part of what was read. */
    readonly section: Buffer
}

const magic = Buffer.from("openssh-key-v1\0")
/** Those that sshpk can decrypt, all with blocks of 16 bytes. */
const ciphers = new Set(["aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-cbc", "aes192-cbc", "aes256-cbc"])
/** Some 3 seconds of bcrypt in JavaScript; OpenSSH writes 16 or 24. */
const mostRounds = 256

/** Reads the outside of a container. Throws `AgeError` of class `key`. */
export function parseContainer(bytes: Buffer): Container {
    const reader = new SshReader(bytes)
    if (bytes.length < magic.length || !reader.take(magic.length).equals(magic))
        throw new AgeError("key", "this is not a key in OpenSSH's format, though it says so")
    const cipher = reader.text()
    const kdf = reader.text()
    const options = reader.string()
    const keys = reader.uint32()
    // A copy: the bytes of the container are overwritten when its key was read.
    const publicKey = parsePublicBlob(Buffer.from(reader.string()))
    const section = reader.string()
    // Ciphers with a tag behind the section are among those refused here, so that nothing may follow.
    checkProtection(cipher, kdf, options)
    reader.end()
    if (keys !== 1) throw new AgeError("key", "the file holds more than one key")
    const encrypted = cipher !== "none"
    if (section.length === 0 || section.length % (encrypted ? 16 : 8) !== 0)
        throw new AgeError("key", "the private half has the wrong length")
    return { publicKey, encrypted, section }
}

/** The seed of an unencrypted ed25519 key, its private section read to the end and compared with the public half. */
export function parseEd25519Section({ publicKey, section }: Container): Buffer {
    if (publicKey.type !== "ssh-ed25519") throw new AgeError("key", "this is not an ed25519 key")
    const reader = openSection(section, publicKey)
    const point = reader.string()
    const secret = reader.string()
    closeSection(reader)
    const tail = secret.subarray(32)
    if (secret.length !== 64 || !point.equals(publicKey.point) || !tail.equals(publicKey.point))
        throw new AgeError("key", "the halves of the key do not belong together")
    return Buffer.from(secret.subarray(0, 32))
}

/** Throws unless the private section of an unencrypted RSA key is in order, up to the arithmetic. */
export function checkRsaSection({ publicKey, section }: Container): void {
    if (publicKey.type !== "ssh-rsa") throw new AgeError("key", "this is not an RSA key")
    const reader = openSection(section, publicKey)
    const modulus = reader.mpint()
    const exponent = reader.mpint()
    const rest = [reader.mpint(), reader.mpint(), reader.mpint(), reader.mpint()]
    closeSection(reader)
    checkRsa(modulus, exponent)
    if (!modulus.equals(publicKey.modulus) || !exponent.equals(publicKey.exponent))
        throw new AgeError("key", "the halves of the key do not belong together")
    if (rest.some((number) => number.length > modulus.length))
        throw new AgeError("key", "the numbers of the RSA key cannot be right")
}

function checkProtection(cipher: string, kdf: string, options: Buffer): void {
    if (cipher === "none" && kdf === "none" && options.length === 0) return
    if (!ciphers.has(cipher))
        throw new AgeError("key", "the key's cipher is not supported; ssh-keygen -p -Z aes256-ctr changes it")
    if (kdf !== "bcrypt") throw new AgeError("key", "the key is protected in a way that is not supported")
    const reader = new SshReader(options)
    const salt = reader.string()
    const rounds = reader.uint32()
    reader.end()
    if (salt.length < 16 || salt.length > 64)
        throw new AgeError("key", "the key is protected with a salt of the wrong length")
    if (rounds < 1 || rounds > mostRounds)
        throw new AgeError(
            "key",
            `the key asks for ${rounds} rounds of bcrypt; ssh-keygen -p -a 24 lowers them`,
        )
}

function openSection(section: Buffer, publicKey: SshPublicKey): SshReader {
    const reader = new SshReader(section)
    if (reader.uint32() !== reader.uint32()) throw new AgeError("key", "the private half is damaged")
    if (reader.text() !== publicKey.type)
        throw new AgeError("key", "the halves of the key are of different types")
    return reader
}

/** The comment, then padding that counts from 1 up to the block size of 8. */
function closeSection(reader: SshReader): void {
    reader.string()
    const padding = reader.rest()
    if (padding.length > 7 || padding.some((byte, index) => byte !== index + 1))
        throw new AgeError("key", "the padding of the private half is wrong")
}
