import { decodePaddedBase64 } from "../base64.ts"
import { AgeError } from "../error.ts"

/** What stands between the dashes of a private key that we read. */
export type SshLabel = "OPENSSH PRIVATE KEY" | "RSA PRIVATE KEY" | "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY"

/** A private key file without its armour. */
export interface SshArmor {
    readonly label: SshLabel
    readonly bytes: Buffer
    /** Whether headers say that the bytes are encrypted (`RSA PRIVATE KEY` only). */
    readonly encrypted: boolean
    /** The file with LF line ends and nothing around the block. */
    readonly canonical: Buffer
}

const largest = 16384
const columns = 76
const labels: readonly SshLabel[] = [
    "OPENSSH PRIVATE KEY",
    "RSA PRIVATE KEY",
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
]
/** How other keys begin, and what they are. */
const others = [
    ["-----BEGIN EC PRIVATE KEY-----", "an ECDSA key"],
    ["-----BEGIN DSA PRIVATE KEY-----", "a DSA key"],
    ["-----BEGIN CERTIFICATE-----", "a certificate"],
    ["-----BEGIN PUBLIC KEY-----", "a public key"],
    ["-----BEGIN RSA PUBLIC KEY-----", "a public key"],
    ["---- BEGIN SSH2 ", "an SSH2 key"],
    ["PuTTY-User-Key-File-", "a PuTTY key"],
    ["Private-key-format: ", "a DNSSEC key"],
    ["ssh-", "a public key"],
    ["AGE-SECRET-KEY-", "an age identity"],
] as const
const encryptionHeaders = /^Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-(?:128|256)-CBC,[0-9A-Fa-f]{32}\n\n/

/**
 * Takes the armour off a private key file: one block, a label we know, canonical base64, nothing around it but white
 * space (the first of the checks before anything else may look inside). Throws `AgeError` of class `key`.
 */
export function decodeSshArmor(file: Buffer): SshArmor {
    if (file.length === 0) throw new AgeError("key", "the key file is empty")
    if (file.length > largest) throw new AgeError("key", "the key file is larger than 16 KiB")
    const text = file.toString("latin1").replaceAll("\r\n", "\n").trim()
    const label = labels.find((name) => text.startsWith(`-----BEGIN ${name}-----\n`))
    if (!label) throw new AgeError("key", `this is ${nameOf(text)}, not an SSH private key that can be used`)
    const end = `\n-----END ${label}-----`
    if (!text.endsWith(end)) throw new AgeError("key", "the key file does not end as it must; is it cut off?")

    const inner = text.slice(`-----BEGIN ${label}-----\n`.length, -end.length)
    const headers = label === "RSA PRIVATE KEY" ? (encryptionHeaders.exec(inner)?.[0] ?? "") : ""
    const lines = inner.slice(headers.length).split("\n")
    if (lines.some((line) => line.length === 0 || line.length > columns))
        throw new AgeError("key", "the key file has empty or overlong lines, or headers that are not known")
    const bytes = decodePaddedBase64(lines.join(""))
    if (!bytes) throw new AgeError("key", "the key file is not canonical base64")
    return { label, bytes, encrypted: headers !== "", canonical: Buffer.from(text, "latin1") }
}

function nameOf(text: string): string {
    return others.find(([start]) => text.startsWith(start))?.[1] ?? "something else"
}
