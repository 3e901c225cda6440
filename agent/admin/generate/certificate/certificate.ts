// Certificates of a small authority of one's own, and of what it vouches for (RFC 5280).

import {
    createHash,
    createPrivateKey,
    createPublicKey,
    randomBytes,
    sign,
    X509Certificate,
} from "node:crypto"
import type { KeyObject } from "node:crypto"
import {
    bits,
    bytesTagged,
    contentOf,
    identifier,
    integer,
    nothing,
    octets,
    partsOf,
    sequence,
    set,
    tagged,
    time,
    truth,
    utf8,
} from "./der.ts"
import { addressBytes } from "./address.ts"

/** What a certificate says, besides the key. */
export interface Subject {
    readonly name: string
    readonly dns: readonly string[]
    readonly ip: readonly string[]
    readonly days: number
}

/** Who signs: an authority with its certificate, or nobody but the key itself. */
export interface Issuer {
    readonly key: Buffer
    readonly certificate: Buffer
}

export interface Certificate {
    readonly pem: Buffer
    /** When it stops to be good. */
    readonly notAfter: Date
}

const day = 86_400_000
/** Clocks differ. */
const before = 3_600_000

/** The certificate of an authority, signed by its own key. Throws an Error without a word of the key for what is none. */
export function authority(key: Buffer, { name, days }: Subject, now: Date): Certificate {
    const own = privateKey(key)
    const extensions = [
        extension("2.5.29.19", sequence(truth()), true),
        // Signs certificates and lists of revoked ones.
        extension("2.5.29.15", bits(Buffer.of(0x06), 1), true),
        extension("2.5.29.14", octets(keyIdentifier(own))),
    ]
    const validity = { from: new Date(now.getTime() - before), to: new Date(now.getTime() + days * day) }
    return signed(
        { subject: commonName(name), own, validity, extensions },
        { name: commonName(name), key: own },
    )
}

/**
 * A certificate for servers and clients, signed by an authority or else by its own key. It ends with the authority's. Throws
 * an Error that says what is wrong with the keys, and nothing that stands in them.
 */
export function leaf(key: Buffer, subject: Subject, issuer: Issuer | undefined, now: Date): Certificate {
    const own = privateKey(key)
    const by = issuer === undefined ? undefined : issuerOf(issuer)
    const wanted = now.getTime() + subject.days * day
    const to = new Date(Math.min(wanted, by?.notAfter.getTime() ?? wanted))
    if (to.getTime() <= now.getTime()) throw new Error("the certificate of the authority has ended")
    const names = [
        ...subject.dns.map((name) => bytesTagged(2, Buffer.from(name))),
        ...subject.ip.map((address) => bytesTagged(7, addressBytes(address))),
    ]
    const keyUsage = own.asymmetricKeyType === "rsa" ? Buffer.of(0xa0) : Buffer.of(0x80)
    const extensions = [
        extension("2.5.29.19", sequence(), true),
        extension("2.5.29.15", bits(keyUsage, own.asymmetricKeyType === "rsa" ? 5 : 7), true),
        extension("2.5.29.37", sequence(identifier("1.3.6.1.5.5.7.3.1"), identifier("1.3.6.1.5.5.7.3.2"))),
        extension("2.5.29.14", octets(keyIdentifier(own))),
        ...(by?.keyIdentifier === undefined
            ? []
            : [extension("2.5.29.35", sequence(bytesTagged(0, by.keyIdentifier)))]),
        ...(names.length === 0 ? [] : [extension("2.5.29.17", sequence(...names))]),
    ]
    const name = commonName(subject.name)
    const validity = { from: new Date(now.getTime() - before), to }
    return signed({ subject: name, own, validity, extensions }, by ?? { name, key: own })
}

interface Signing {
    readonly name: Buffer
    readonly key: KeyObject
}

function signed(
    {
        subject,
        own,
        validity,
        extensions,
    }: {
        readonly subject: Buffer
        readonly own: KeyObject
        readonly validity: { readonly from: Date; readonly to: Date }
        readonly extensions: readonly Buffer[]
    },
    by: Signing,
): Certificate {
    const algorithm = algorithmOf(by.key)
    const to = new Date(Math.floor(validity.to.getTime() / 1000) * 1000)
    const body = sequence(
        tagged(0, integer(Buffer.of(2))),
        // Not negative, and never zero.
        integer(Buffer.concat([Buffer.of(0x40), randomBytes(15)])),
        algorithm,
        by.name,
        sequence(time(validity.from), time(to)),
        subject,
        createPublicKey(own).export({ type: "spki", format: "der" }),
        tagged(3, sequence(...extensions)),
    )
    const signature = sign(by.key.asymmetricKeyType === "ed25519" ? null : "sha256", body, by.key)
    const whole = sequence(body, algorithm, bits(signature)).toString("base64")
    const lines = whole.match(/.{1,64}/gu) ?? []
    const pem = Buffer.from(
        ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
    )
    return { pem, notAfter: to }
}

function issuerOf({
    key,
    certificate,
}: Issuer): Signing & { readonly notAfter: Date; readonly keyIdentifier: Buffer | undefined } {
    const own = privateKey(key)
    const parsed = certificateOf(certificate)
    if (!parsed.checkPrivateKey(own))
        throw new Error("the certificate of the authority is not that of its key")
    if (!parsed.ca) throw new Error("the certificate of the authority is not that of an authority")
    // The subject comes after version, serial number, algorithm, issuer and validity.
    const [body = Buffer.alloc(0)] = partsOf(parsed.raw)
    const [, , , , , name = Buffer.alloc(0), , ...rest] = partsOf(body)
    return { name, key: own, notAfter: parsed.validToDate, keyIdentifier: subjectKeyIdentifier(rest) }
}

function subjectKeyIdentifier(rest: readonly Buffer[]): Buffer | undefined {
    const wanted = identifier("2.5.29.14")
    const extensions = rest.filter((part) => part[0] === 0xa3).flatMap((part) => partsOf(contentOf(part)))
    const parts = extensions.map(partsOf).find(([id]) => id?.equals(wanted))
    const value = parts?.at(-1)
    return value && contentOf(contentOf(value))
}

function certificateOf(pem: Buffer): X509Certificate {
    try {
        return new X509Certificate(pem)
    } catch {
        throw new Error("the certificate of the authority is none")
    }
}

/** Without a passphrase. The errors of OpenSSL say nothing that a person could use. */
function privateKey(pem: Buffer): KeyObject {
    try {
        return createPrivateKey(pem)
    } catch {
        throw new Error("it is no private key in PEM")
    }
}

function commonName(name: string): Buffer {
    return sequence(set(sequence(identifier("2.5.4.3"), utf8(name))))
}

function extension(id: string, value: Buffer, critical = false): Buffer {
    return sequence(identifier(id), ...(critical ? [truth()] : []), octets(value))
}

/** The SHA-1 of the bits of the public key. */
function keyIdentifier(key: KeyObject): Buffer {
    const [, subjectKey = Buffer.alloc(0)] = partsOf(
        createPublicKey(key).export({ type: "spki", format: "der" }),
    )
    return createHash("sha1").update(contentOf(subjectKey).subarray(1)).digest()
}

function algorithmOf({ asymmetricKeyType: type }: KeyObject): Buffer {
    if (type === "ec") return sequence(identifier("1.2.840.10045.4.3.2"))
    if (type === "ed25519") return sequence(identifier("1.3.101.112"))
    if (type === "rsa") return sequence(identifier("1.2.840.113549.1.1.11"), nothing())
    throw new Error(`a key of type ${type} signs no certificates here`)
}
