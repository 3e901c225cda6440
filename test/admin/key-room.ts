import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Document } from "../../agent/sops/document.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import { ageTarget } from "../../agent/sops/target.ts"

// Homes with key files in them, and documents for those keys.

/** A directory in which homes and SSH keys are made. */
export function keyRoom(): {
    root: string
    home: (files: Readonly<Record<string, string | Buffer>>) => string
} {
    const root = mkdtempSync(join(tmpdir(), "hostseal-identities-"))
    let homes = 0
    const home = (files: Readonly<Record<string, string | Buffer>>): string => {
        const directory = join(root, `home-${homes++}`)
        mkdirSync(directory)
        for (const [name, content] of Object.entries(files)) {
            mkdirSync(dirname(join(directory, name)), { recursive: true })
            writeFileSync(join(directory, name), content, { mode: 0o600 })
        }
        return directory
    }
    return { root, home }
}

/** SSH keys as ssh-keygen makes them; those called locked have the passphrase CANARY. */
const kinds = {
    plain: ["-t", "ed25519", "-N", ""],
    locked: ["-t", "ed25519", "-N", "CANARY", "-a", "16", "-Z", "aes256-ctr"],
    rsa: ["-t", "rsa", "-b", "2048", "-N", ""],
    "rsa-pem": ["-t", "rsa", "-b", "2048", "-N", "", "-m", "PEM"],
    "rsa-locked": ["-t", "rsa", "-b", "2048", "-N", "CANARY", "-m", "PEM"],
    ecdsa: ["-t", "ecdsa", "-N", ""],
} as const

export interface MadeKey {
    readonly path: string
    readonly file: Buffer
    readonly pub: Buffer
    /** The public half without its comment. */
    readonly line: string
}

/** Makes an SSH key. */
export function sshKey(root: string, kind: keyof typeof kinds): MadeKey {
    const path = join(mkdtempSync(join(root, "ssh-")), "key")
    execFileSync("ssh-keygen", ["-q", "-C", "comment", "-f", path, ...kinds[kind]])
    const pub = readFileSync(`${path}.pub`)
    return { path, file: readFileSync(path), pub, line: pub.toString().split(" ", 2).join(" ") }
}

/** A sealed secret for these recipients. */
export async function sealedFor(...recipients: string[]): Promise<Buffer> {
    const targets = recipients.map((text) => {
        const recipient = parseRecipient(text)
        if (recipient.kind === "unresolved plugin") throw new Error("a plugin's recipient")
        return ageTarget(recipient)
    })
    return sealBinary(Buffer.from("CANARY"), targets, new Date())
}

/** The same as a document. */
export async function documentFor(...recipients: string[]): Promise<Document> {
    return parseDocument(await sealedFor(...recipients), "binary")
}
