import type { KeyObject } from "node:crypto"
import { isMontgomeryPoint } from "./edwards.ts"
import { AgeError } from "../error.ts"
import type { Identity } from "../key.ts"
import { parseEd25519Section } from "./openssh.ts"
import { rsaPrivateKey } from "./rsa-numbers.ts"
import { scalarOfSeed, sshEd25519Identity } from "./ed25519.ts"
import { inspectSshKey } from "./gate.ts"
import type { UnparsedKey } from "./gate.ts"
import { parsePublicBlob, parseSshPublicLine } from "./public.ts"
import type { Ed25519PublicKey, RsaPublicKey } from "./public.ts"
import { sshRsaIdentity } from "./rsa.ts"
import { sshStrings } from "./wire.ts"
import { decodeAnswer, encodeRequest } from "./sshpk.ts"
import type { SshNumbers } from "./sshpk.ts"
import { identityOf, importScalar } from "../x25519.ts"
import type { KeyPair } from "../x25519.ts"

/** An SSH private key in our own form; an ed25519 one as the X25519 keys that age makes of it. */
export type SshKey =
    | { readonly kind: "ed25519"; readonly keys: KeyPair; readonly publicKey: Ed25519PublicKey }
    | { readonly kind: "rsa"; readonly privateKey: KeyObject; readonly publicKey: RsaPublicKey }

/** Runs `answerRequest` in a child process that is killed when it takes too long; rejects when it dies. */
export type RunGated = (request: Buffer) => Promise<Buffer>

/**
 * Reads an SSH private key file. An unencrypted ed25519 key, the normal host key, comes back at once; what needs a
 * passphrase or sshpk comes back checked but unread, for `openGatedKey`. Throws `AgeError` of class `key`.
 */
export function parseSshPrivateKey(file: Buffer): SshKey | UnparsedKey {
    const inspected = inspectSshKey(file)
    if (inspected.kind === "gated") return inspected
    const { container } = inspected
    try {
        return ed25519Key(parseEd25519Section(container), container.publicKey)
    } finally {
        container.section.fill(0)
    }
}

/**
 * Reads a gated key through sshpk in a child process. `publicLine` is the `.pub` file next to it, if there is one: the
 * key must be its other half. Throws `AgeError` of class `key`; a wrong passphrase is not told from a broken key.
 */
export async function openGatedKey(
    { format, file, type, encrypted, publicKey }: UnparsedKey,
    passphrase: Buffer | undefined,
    run: RunGated,
    publicLine?: string,
): Promise<SshKey> {
    if (encrypted && passphrase === undefined)
        throw new AgeError("key", "the key is protected by a passphrase")
    const request = encodeRequest({ format, file, passphrase: encrypted ? passphrase : undefined })
    const numbers = decodeAnswer(
        await run(request)
            .catch(unreadable)
            .finally(() => request.fill(0)),
    )
    if (numbers.type !== type) throw new AgeError("key", "the key is of another type than its file says")

    const key = fromNumbers(numbers)
    const expected = [publicKey, publicLine === undefined ? undefined : parseSshPublicLine(publicLine)]
    if (expected.some((half) => half !== undefined && !half.blob.equals(key.publicKey.blob)))
        throw new AgeError("key", "the private key does not belong to its public key")
    return key
}

/** What a key can open: an ed25519 one files for its converted `age1…` and for itself, an RSA one for itself. */
export function sshIdentities(key: SshKey): readonly Identity[] {
    if (key.kind === "rsa") return [sshRsaIdentity(key.privateKey, key.publicKey)]
    return [identityOf(key.keys), sshEd25519Identity(key.keys, key.publicKey)]
}

function unreadable(): never {
    throw new AgeError("key", "the key is unreadable, or the passphrase is wrong")
}

/** Builds the key anew from raw numbers, whose consistency is checked here and not left to sshpk. */
function fromNumbers(numbers: SshNumbers): SshKey {
    if (numbers.type === "rsa") {
        const publicKey = parsePublicBlob(sshStrings("ssh-rsa", signed(numbers.e), signed(numbers.n)))
        if (publicKey.type !== "ssh-rsa") throw new AgeError("key", "this is not an RSA key")
        return { kind: "rsa", privateKey: rsaPrivateKey(numbers), publicKey }
    }
    return ed25519Key(numbers.seed, parsePublicBlob(sshStrings("ssh-ed25519", numbers.point)))
}

function ed25519Key(seed: Buffer, publicKey: Ed25519PublicKey | RsaPublicKey): SshKey {
    if (seed.length !== 32 || publicKey.type !== "ssh-ed25519")
        throw new AgeError("key", "this is not an ed25519 key")
    const scalar = scalarOfSeed(seed)
    const keys = importScalar(scalar)
    for (const bytes of [seed, scalar]) bytes.fill(0)
    if (!isMontgomeryPoint(keys.point, publicKey.point))
        throw new AgeError("key", "the halves of the key do not belong together")
    return { kind: "ed25519", keys, publicKey }
}

/** An mpint keeps a zero byte in front of a set top bit. */
function signed(number: Buffer): Buffer {
    return (number[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), number]) : number
}
