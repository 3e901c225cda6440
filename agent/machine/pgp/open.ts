// Data keys that are wrapped for a PGP key: opened with an RSA host key, which needs no gpg, or by gpg with the keys in
// a GnuPG home. As in sops-nix the host keys stand alone, where there are some; else the home of the manifest counts, and
// without one that of the environment.

import { existsSync } from "node:fs"
import { UserError } from "../../error.ts"
import { findGpg } from "../../os/gpg.ts"
import type { KeyEntry } from "../../sops/key-entry.ts"
import type { Host } from "../host.ts"
import { searchPath } from "../host.ts"
import type { KeyReader } from "../key-reader.ts"
import type { Manifest } from "../manifest/manifest.ts"
import type { RsaKey } from "../rsa-keys.ts"
import { pgpFingerprint } from "./fingerprint.ts"
import { openMessage } from "./message.ts"
import { dearmor } from "../../sops/pgp/packets.ts"

type OpenPgp = (entry: KeyEntry) => Promise<Buffer | undefined>

/** What opens PGP entries on a machine. */
export interface PgpKeys {
    readonly open: OpenPgp
    /** Ends what was started to open them. */
    readonly done: () => Promise<void>
}

/** What opens PGP entries on this machine. Nothing is started before the first of them needs gpg. */
export function pgpOpener(
    manifest: Manifest,
    rsa: readonly RsaKey[],
    reader: KeyReader,
    host: Host,
): PgpKeys {
    const keys = rsa.map(({ path, privateKey, publicKey }) => {
        const fingerprint = pgpFingerprint(publicKey)
        if (manifest.logKeyImport)
            host.print(`${host.program}: Imported ${path} as GPG key with fingerprint ${fingerprint}`)
        return { privateKey, id: fingerprint.slice(-16) }
    })
    let gpg: PgpKeys | undefined
    const open: OpenPgp = async (entry) => {
        const message = keys.length === 0 ? undefined : dearmor(entry.enc)
        for (const key of keys) {
            const opened = message && openMessage(message, key)
            if (opened !== undefined) return opened
        }
        const { gnupgHome, rsaKeyPaths } = manifest
        if (gnupgHome === undefined && rsaKeyPaths.length > 0) return undefined
        gpg ??= await gpgOpener(gnupgHome, reader, host)
        return await gpg.open(entry)
    }
    return { open, done: async () => await gpg?.done() }
}

async function gpgOpener(home: string | undefined, reader: KeyReader, host: Host): Promise<PgpKeys> {
    const named = home === undefined ? {} : { GNUPGHOME: home }
    const gpg = findGpg({ ...host.env, PATH: searchPath(host), ...named })
    const place = home ?? host.env["GNUPGHOME"] ?? "gpg"
    const note = (problem: string, missing = false): unknown =>
        reader.tried.push({ path: place, recipients: [], problem, missing })
    if (home !== undefined && !existsSync(home)) note("no such directory", true)
    if (gpg === undefined) {
        if (home === undefined) return { open: async () => await Promise.resolve(undefined), done: nothing }
        const problem = new UserError(`there is no gpg to use the keys in ${home} with`, {
            hint: "let $SOPS_GPG_EXEC name it (the module does, with sops.gnupg.home)",
        })
        note("there is no gpg")
        return { open: async () => await Promise.reject(problem), done: nothing }
    }
    // One that runs is somebody's, and stays; so does that of a user, who is asked for a passphrase once.
    const stays = host.uid !== 0 || (await gpg.hasAgent())
    const own = [...(await gpg.secretKeys())]
    if (own.length > 0)
        reader.tried.push({ path: place, recipients: own.map((fingerprint) => `pgp:${fingerprint}`) })
    else if (home === undefined || existsSync(home)) note("there is no secret key in it")
    return {
        open: async ({ id, enc }) => await gpg.unwrap(id.slice("pgp:".length), enc),
        done: stays ? nothing : async () => await gpg.endAgent(),
    }
}

async function nothing(): Promise<void> {
    await Promise.resolve()
}
