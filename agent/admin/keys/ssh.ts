// SSH private keys as identities (docs/security-rules.md#ssh-keys). An unencrypted ed25519 key is read at once; all others are opened
// when a file needs them, by sshpk in a child process, and named by their public half until then.

import type { Stats } from "node:fs"
import { sshToAgeRecipient } from "../../age/ssh/edwards.ts"
import { AgeError } from "../../age/error.ts"
import type { Identity } from "../../age/key.ts"
import type { UnparsedKey } from "../../age/ssh/gate.ts"
import { openGatedKey, parseSshPrivateKey, sshIdentities } from "../../age/ssh/key.ts"
import { parseSshPublicLine } from "../../age/ssh/public.ts"
import type { SshPublicKey } from "../../age/ssh/public.ts"
import { NotRegular, readRegular } from "../../os/regular-file.ts"
import type { Context } from "../context.ts"
import { lockedIdentity, once, withPassphrase } from "./locked.ts"

/** What reading a key may need of the outside world. */
export type SshWorld = Pick<Context, "terminal" | "err" | "readSshKey">

const largestPublicFile = 16 * 1024

/**
 * The identities of an SSH private key: an ed25519 one opens what is encrypted to its converted `age1…` and to itself,
 * an RSA one what is encrypted to itself. Throws `AgeError` for a file that is no such key.
 */
export function sshFileIdentities(path: string, file: Buffer, world: SshWorld): readonly Identity[] {
    const key = parseSshPrivateKey(file)
    if (key.kind !== "gated") return sshIdentities(key)
    const line = readPublicLine(`${path}.pub`)
    const open = once(async () => sshIdentities(await openKey(path, key, line, world)))
    const publicKey = key.publicKey ?? (line === undefined ? undefined : parseSshPublicLine(line))
    if (publicKey === undefined) {
        throw new AgeError(
            "key",
            `the key does not show its public half; write it next to it: ssh-keygen -y -f ${path} > ${path}.pub`,
        )
    }
    return recipientsOf(publicKey).map((recipient) => lockedIdentity(recipient, open))
}

async function openKey(path: string, key: UnparsedKey, line: string | undefined, world: SshWorld) {
    if (!key.encrypted) return openGatedKey(key, undefined, world.readSshKey, line)
    return withPassphrase(path, world, async (passphrase) =>
        openGatedKey(key, passphrase, world.readSshKey, line),
    )
}

function recipientsOf({ type, text }: SshPublicKey): string[] {
    return type === "ssh-rsa" ? [text] : [sshToAgeRecipient(text), text]
}

/** The public half next to a private key. It is public: whoever may have written it, the key must agree with it. */
function readPublicLine(path: string): string | undefined {
    const check = ({ size }: Stats): void => {
        if (size > largestPublicFile) throw new NotRegular("is too large for a public key")
    }
    try {
        return readRegular(path, { links: "follow", check }).content.toString("utf8").trim().split("\n")[0]
    } catch {
        return undefined
    }
}
