import { AgeError } from "../error.ts"
import type { RsaNumbers } from "./rsa-numbers.ts"
import type { SshFormat } from "./gate.ts"
import { SshReader, sshStrings } from "./wire.ts"

// The only file that loads sshpk. It runs in a child process that can be killed (agent/os/ssh-child.ts): on some inputs
// sshpk never returns, and on a wrong passphrase it may throw out of a stream event, where nobody can catch it.

/** What the child is asked. Both messages are SSH strings in a row, so that no secret becomes a JavaScript string. */
export interface SshpkRequest {
    readonly format: SshFormat
    readonly file: Buffer
    readonly passphrase: Buffer | undefined
}

/** The raw numbers of a key; nothing of sshpk's own types leaves the child. */
export type SshNumbers =
    | { readonly type: "ed25519"; readonly seed: Buffer; readonly point: Buffer }
    | ({ readonly type: "rsa" } & RsaNumbers)

const rsaParts = ["n", "e", "d", "iqmp", "p", "q"] as const

/** What goes to the child over its standard input. Zero it when it was sent. */
export function encodeRequest({ format, file, passphrase }: SshpkRequest): Buffer {
    return sshStrings(format, file, ...(passphrase ? [passphrase] : []))
}

/** What the child answered. Throws `AgeError` of class `key`. */
export function decodeAnswer(answer: Buffer): SshNumbers {
    const reader = new SshReader(answer)
    const numbers = readNumbers(reader)
    reader.end()
    return numbers
}

/** In the child: reads the key of a request. Whatever it throws must not be shown, it may quote the key. */
export async function answerRequest(request: Buffer): Promise<Buffer> {
    const reader = new SshReader(request)
    const format = formatNamed(reader.text())
    const file = reader.string()
    const passphrase = reader.atEnd ? undefined : reader.string()
    const { default: sshpk } = await import("sshpk")
    // A fresh object, because sshpk writes into it.
    const key = sshpk.parsePrivateKey(file, format, passphrase ? { passphrase } : {})
    const part = (name: string): Buffer => {
        const found = key.parts.find((candidate) => candidate.name === name)
        if (!found) throw new Error("a part of the key is missing")
        return found.data
    }
    if (key.type === "ed25519") return sshStrings("ed25519", part("k"), part("A"))
    if (key.type === "rsa") return sshStrings("rsa", ...rsaParts.map(part))
    throw new Error("neither ed25519 nor rsa")
}

function readNumbers(reader: SshReader): SshNumbers {
    const type = reader.text()
    if (type === "ed25519") return { type, seed: reader.string(), point: reader.string() }
    if (type !== "rsa") throw new AgeError("key", "the key is neither ed25519 nor RSA")
    const [n, e, d] = [reader.mpint(), reader.mpint(), reader.mpint()]
    return { type, n, e, d, iqmp: reader.mpint(), p: reader.mpint(), q: reader.mpint() }
}

function formatNamed(name: string): SshFormat {
    if (name === "ssh-private" || name === "pkcs1" || name === "pkcs8") return name
    throw new Error("unknown format")
}
