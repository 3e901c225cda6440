// A host that lives as long as a test or a demonstration: an SSH host key, and files sealed to it.

import { randomBytes } from "node:crypto"
import { parseRecipient } from "../agent/age/recipient.ts"
import { sshToAgeRecipient } from "../agent/age/ssh/edwards.ts"
import type { Format } from "../agent/sops/format.ts"
import { boundTo } from "../agent/sops/bind.ts"
import { sealBinary, sealTree } from "../agent/sops/seal.ts"
import { ageTarget } from "../agent/sops/target.ts"
import { sshStrings } from "../agent/age/ssh/wire.ts"
import { ed25519Point, opensshFile } from "./age/ssh-files.ts"

export interface Host {
    /** What /etc/ssh/ssh_host_ed25519_key holds. */
    readonly privateKey: Buffer
    /** What /etc/ssh/ssh_host_ed25519_key.pub holds. */
    readonly publicLine: string
    /** The age recipient that ssh-to-age makes of it. */
    readonly recipient: string
}

/** A host with a new key. */
export function makeHost(): Host {
    const seed = randomBytes(32)
    const blob = sshStrings("ssh-ed25519", ed25519Point(seed))
    const publicLine = `ssh-ed25519 ${blob.toString("base64")}`
    return { privateKey: opensshFile(seed), publicLine, recipient: sshToAgeRecipient(publicLine) }
}

/** A real SOPS file that these recipients can open. */
export async function seal(
    plaintext: string,
    format: Format,
    ...recipients: readonly string[]
): Promise<Buffer> {
    return sealAt(undefined, plaintext, format, ...recipients)
}

/** The same, bound to a place. */
export async function sealAt(
    place: string | undefined,
    plaintext: string,
    format: Format,
    ...recipients: readonly string[]
): Promise<Buffer> {
    const targets = recipients.map((text) => {
        const recipient = parseRecipient(text)
        if (recipient.kind === "unresolved plugin") throw new Error("a plugin cannot be used here")
        return ageTarget(recipient)
    })
    const [content, at] = [Buffer.from(plaintext), new Date()]
    const bind = place === undefined ? undefined : boundTo(place)
    if (format === "binary") return sealBinary(content, targets, at, bind)
    return sealTree(content, format, targets, { at, ...(bind === undefined ? {} : { bind }) })
}
