// RSA keys, which take a child process to read: loaded only when a file has use for one.

import type { KeyObject } from "node:crypto"
import type { Identity } from "../age/key.ts"
import { openGatedKey, parseSshPrivateKey, sshIdentities } from "../age/ssh/key.ts"
import type { RsaPublicKey } from "../age/ssh/public.ts"
import { gatedRunner } from "../os/ssh-child.ts"
import type { Host } from "./host.ts"
import { sentence } from "./key-reader.ts"
import { pgpFingerprint } from "./pgp/fingerprint.ts"
import type { KeyReader } from "./key-reader.ts"

/** An RSA key that was read. */
export interface RsaKey {
    readonly path: string
    readonly privateKey: KeyObject
    readonly publicKey: RsaPublicKey
    /** For files with its `ssh-rsa` recipient. */
    readonly identities: readonly Identity[]
}

/** The RSA keys among these files; what the others are is noted. */
export async function rsaKeys(
    paths: readonly string[],
    reader: KeyReader,
    host: Host,
): Promise<readonly RsaKey[]> {
    const found: RsaKey[] = []
    for (const path of paths) {
        const note = (problem: string, missing = false): unknown =>
            reader.tried.push({ path, recipients: [], problem, missing })
        try {
            const bytes = reader.read(path)
            if (bytes === undefined) {
                note("no such file or directory", true)
                continue
            }
            const gated = parseSshPrivateKey(bytes)
            bytes.fill(0)
            if (gated.kind !== "gated" || gated.encrypted) {
                note(gated.kind === "gated" ? "it is protected by a passphrase" : "it is no RSA key")
                continue
            }
            const key = await openGatedKey(gated, undefined, gatedRunner(host.programFile))
            if (key.kind !== "rsa") continue
            const { privateKey, publicKey } = key
            found.push({ path, privateKey, publicKey, identities: sshIdentities(key) })
            const asPgp = `pgp:${pgpFingerprint(publicKey).toUpperCase()}`
            reader.tried.push({ path, recipients: [publicKey.text, asPgp] })
        } catch (error) {
            note(sentence(error))
        }
    }
    return found
}
