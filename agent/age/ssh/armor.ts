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
    /** The block alone, written anew: LF line ends, no text around it, no blank lines. */
    readonly canonical: Buffer
}

const largest = 16384
const columns = 64
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
const encryption = [/^Proc-Type: 4,ENCRYPTED$/, /^DEK-Info: AES-(?:128|256)-CBC,[0-9A-Fa-f]{32}$/] as const

/**
 * Takes the armour off a private key file: the first block with a label we know, in canonical base64 (the first of the
 * checks before anything else may look inside). As in the other programs that read such files, text around the block, blank
 * lines and any line ends do not matter. Throws `AgeError` of class `key`.
 */
export function decodeSshArmor(file: Buffer): SshArmor {
    if (file.length === 0) throw new AgeError("key", "the key file is empty")
    if (file.length > largest) throw new AgeError("key", "the key file is larger than 16 KiB")
    const lines = file
        .toString("latin1")
        .split(/\r\n?|\n/)
        .map((line) => line.trim())
        .filter((line) => line !== "")
    const start = lines.findIndex((line) => labels.some((label) => line === begin(label)))
    const label = labels.find((name) => lines[start] === begin(name))
    if (label === undefined)
        throw new AgeError("key", `this is ${nameOf(lines)}, not an SSH private key that can be used`)
    const end = lines.indexOf(`-----END ${label}-----`, start)
    if (end === -1) throw new AgeError("key", "the key file does not end as it must; is it cut off?")

    const inner = lines.slice(start + 1, end)
    const text = inner
        .filter((line) => !line.includes(":"))
        .join("")
        .replaceAll(/[ \t]/g, "")
    const headers = encryptionIn(inner, label)
    const bytes = decodePaddedBase64(text)
    if (!bytes) throw new AgeError("key", "the key file is not canonical base64")
    const canonical = [
        begin(label),
        ...(headers.length === 0 ? [] : [...headers, ""]),
        ...(text.match(new RegExp(`.{1,${columns}}`, "g")) ?? []),
        `-----END ${label}-----`,
    ].join("\n")
    return { label, bytes, encrypted: headers.length > 0, canonical: Buffer.from(canonical, "latin1") }
}

function begin(label: SshLabel): string {
    return `-----BEGIN ${label}-----`
}

/** The headers that say how an `RSA PRIVATE KEY` is encrypted. Others, as a comment, say nothing about the key. */
function encryptionIn(lines: readonly string[], label: SshLabel): readonly string[] {
    const headers = lines.filter((line) => /^(?:Proc-Type|DEK-Info):/.test(line))
    if (headers.length === 0) return []
    const known =
        headers.length === encryption.length &&
        encryption.every((form, index) => form.test(headers[index] ?? ""))
    if (label !== "RSA PRIVATE KEY" || !known)
        throw new AgeError("key", "the key file has headers that are not known")
    return headers
}

function nameOf(lines: readonly string[]): string {
    return others.find(([start]) => lines.some((line) => line.startsWith(start)))?.[1] ?? "something else"
}
