// The private keys of the machine: read once, used from memory, written nowhere. What the manifest names comes first;
// the places where sops looks by itself count only for files that nothing else opens.

import type { Identity } from "../age/key.ts"
import { UserError } from "../error.ts"
import type { KeyEntry } from "../sops/key-entry.ts"
import type { Host } from "./host.ts"
import { KeyReader } from "./key-reader.ts"
import type { Tried } from "./key-reader.ts"
import type { Manifest } from "./manifest/manifest.ts"
import type { PgpKeys } from "./pgp/open.ts"
import type { RsaKey } from "./rsa-keys.ts"

export interface MachineKeys {
    /** What the manifest names and what can be read at once. */
    readonly identities: readonly Identity[]
    readonly tried: readonly Tried[]
    /** What is unsafe about keys that are used; each was told. */
    readonly warnings: ReadonlySet<string>
    /**
     * What takes longer to get, for files that `identities` do not open, by the recipients of those files: RSA keys
     * for those that name one, and the keys of sops's usual places.
     */
    more(recipients: readonly string[]): Promise<readonly Identity[]>
    /** Opens an entry for a PGP key, with an RSA host key or through GnuPG; `undefined` when it cannot. */
    foreign(entry: KeyEntry): Promise<Buffer | undefined>
    /** Ends what was started for that. */
    done(): Promise<void>
}

/** Reads the keys that a manifest names. What cannot be used is told about and left out. */
export function loadIdentities(manifest: Manifest, host: Host): MachineKeys {
    const reader = new KeyReader(manifest, host)
    const { ageKeyFile } = manifest
    const identities = [
        ...manifest.sshKeyPaths.flatMap((path) => reader.sshKey(path)),
        ...(ageKeyFile === undefined ? [] : reader.keyFile(ageKeyFile)),
    ]
    const usual = once(async () => {
        const { usualKeys } = await import("./usual-keys.ts")
        return await usualKeys(manifest, reader, host)
    })
    const ageRsa = once(async () => {
        // What the usual places have of them is known only then.
        await usual()
        return await readRsa(reader.gated)
    })
    const pgpRsa = once(async () => await readRsa(manifest.rsaKeyPaths))
    const readRsa = async (paths: readonly string[]): Promise<readonly RsaKey[]> => {
        if (paths.length === 0) return []
        const { rsaKeys } = await import("./rsa-keys.ts")
        return await rsaKeys(paths, reader, host)
    }
    let started: Promise<PgpKeys> | undefined
    const pgp = async (): Promise<PgpKeys> => {
        const { pgpOpener } = await import("./pgp/open.ts")
        return pgpOpener(manifest, await pgpRsa(), reader, host)
    }
    return {
        identities,
        tried: reader.tried,
        warnings: reader.warnings,
        async more(recipients) {
            const found = await usual()
            if (!recipients.some((recipient) => recipient.startsWith("ssh-rsa "))) return found
            const rsa = [...(await ageRsa()), ...(await pgpRsa())]
            return [...found, ...rsa.flatMap((key) => key.identities)]
        },
        async foreign(entry) {
            return entry.type === "pgp" ? await (await (started ??= pgp())).open(entry) : undefined
        },
        async done() {
            await (await started)?.done()
        },
    }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
    let made: Promise<T> | undefined
    return async () => await (made ??= make())
}

/** That there is nothing to open any file with: named with every place that was tried. */
export function noIdentity({ tried }: MachineKeys): UserError {
    const places = tried.map(
        ({ path, problem }) => new Error(`${path}: ${problem ?? "no key for age in it"}`),
    )
    if (places.length === 0) places.push(new Error("the manifest names none"))
    const why = new AggregateError(places, "none of these could be used:")
    const isMissing = tried.length > 0 && tried.every(({ missing }) => missing === true)
    return new UserError("this machine has no key to open secrets with", {
        cause: isMissing ? Object.assign(why, { code: "ENOENT" }) : why,
        hint: whatToSet,
    })
}

const whatToSet = "set sops.age.sshKeyPaths to the ed25519 host key, or sops.age.keyFile"

/** That a manifest has secrets and names no key for them, if that is so; a user has keys in their home. */
export function noKeyNamed({
    secrets,
    sshKeyPaths,
    rsaKeyPaths,
    ageKeyFile,
    gnupgHome,
    userMode,
}: Manifest): UserError[] {
    const isNamed = [ageKeyFile, gnupgHome, ...sshKeyPaths, ...rsaKeyPaths].some((path) => path !== undefined)
    if (secrets.length === 0 || userMode || isNamed) return []
    return [
        new UserError("this machine has no key to open secrets with", {
            cause: new Error("the manifest names none"),
            hint: whatToSet,
        }),
    ]
}
