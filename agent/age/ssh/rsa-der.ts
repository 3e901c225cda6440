import { malformed, parseDer, positive, tags } from "./der.ts"
import type { Element } from "./der.ts"
import { AgeError } from "../error.ts"
import { checkRsa } from "./public.ts"

// What a PEM file of an RSA key may hold: PKCS #1 (RFC 8017 A.1.2), PKCS #8 (RFC 5958), PBES2 (RFC 8018 A.4).

const rsaEncryption = "2a864886f70d010101"
const pbes2 = "2a864886f70d01050d"
const pbkdf2 = "2a864886f70d01050c"
/** HMAC with SHA-1, SHA-256, SHA-512. */
const hashes = new Set(["2a864886f70d0207", "2a864886f70d0209", "2a864886f70d020b"])
/** AES-128-CBC, AES-256-CBC. */
const ciphers = new Set(["608648016503040102", "60864801650304012a"])
/** Some seconds of PBKDF2 in JavaScript. */
const mostIterations = 2_000_000
const largestSalt = 64

/** Throws `AgeError` of class `key` unless this is an RSA private key of a usable size with nothing odd around it. */
export function checkPkcs1(bytes: Buffer): void {
    const [version, modulus, exponent, ...rest] = children(parseDer(bytes), 9)
    if (version?.tag !== tags.integer || version.content.toString("hex") !== "00") throw malformed()
    const largest = positive(modulus)
    checkRsa(largest, positive(exponent))
    if (rest.some((number) => positive(number).length > largest.length)) throw malformed()
}

/** The same for an RSA key in PKCS #8. */
export function checkPkcs8(bytes: Buffer): void {
    const [version, algorithm, key] = children(parseDer(bytes), 3)
    if (version?.tag !== tags.integer || version.content.toString("hex") !== "00") throw malformed()
    const [oid, parameters] = children(algorithm, 1, 2)
    if (oid?.tag !== tags.objectId) throw malformed()
    if (oid.content.toString("hex") !== rsaEncryption)
        throw new AgeError("key", "only RSA keys can be used from a PKCS #8 file")
    if (parameters?.tag !== tags.nothing || parameters.content.length > 0 || key?.tag !== tags.octetString)
        throw malformed()
    checkPkcs1(key.content)
}

/** Throws unless an encrypted PKCS #8 key is protected in a known way that ends in reasonable time. */
export function checkEncryptedPkcs8(bytes: Buffer): void {
    const [algorithm, box] = children(parseDer(bytes), 2)
    const [scheme, parameters] = children(algorithm, 2)
    checkOid(scheme, new Set([pbes2]))
    const [derivation, encryption] = children(parameters, 2)

    const [kdf, kdfParameters] = children(derivation, 2)
    checkOid(kdf, new Set([pbkdf2]))
    const [salt, iterations, hash] = children(kdfParameters, 2, 3)
    if (salt?.tag !== tags.octetString || salt.content.length === 0 || salt.content.length > largestSalt)
        throw malformed()
    const count = positive(iterations)
    if (count.length > 4 || count.readUIntBE(0, count.length) > mostIterations)
        throw new AgeError("key", `the key asks for more than ${mostIterations} rounds of PBKDF2`)
    if (hash) checkOid(children(hash, 2)[0], hashes)

    const [cipher, iv] = children(encryption, 2)
    checkOid(cipher, ciphers)
    if (iv?.tag !== tags.octetString || iv.content.length !== 16) throw malformed()
    if (box?.tag !== tags.octetString || box.content.length === 0 || box.content.length % 16 !== 0)
        throw malformed()
}

function checkOid(element: Element | undefined, allowed: ReadonlySet<string>): void {
    if (element?.tag !== tags.objectId) throw malformed()
    if (!allowed.has(element.content.toString("hex")))
        throw new AgeError("key", "the key is protected in a way that is not supported")
}

function children(element: Element | undefined, least: number, most: number = least): readonly Element[] {
    if (element?.tag !== tags.sequence) throw malformed()
    if (element.children.length < least || element.children.length > most) throw malformed()
    return element.children
}
