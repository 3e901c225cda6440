// The private keys of the machine: read once, used from memory, written nowhere (promise 3 of sops-nix.md §4). Only
// what the manifest names is used; nothing of the environment.

import { largestIdentityFile, largestSshKey, readKeyFile } from "../os/key-file.ts"
import { NoIdentity, parseIdentityFile } from "../age/identity-file.ts"
import type { Identity } from "../age/key.ts"
import { openGatedKey, parseSshPrivateKey, sshIdentities } from "../age/ssh/key.ts"
import { explain, UserError } from "../error.ts"
import type { Host } from "./host.ts"
import type { Manifest } from "./manifest/manifest.ts"
import { pluginIdentities } from "./plugins.ts"

/** A place where a key was looked for, and what came of it. */
export interface Tried {
    readonly path: string
    /** The public halves of what was found there. */
    readonly recipients: readonly string[]
    readonly problem?: string
    /** There was nothing there, which may pass. */
    readonly missing?: boolean
}

export interface MachineKeys {
    readonly identities: readonly Identity[]
    readonly tried: readonly Tried[]
    /**
     * RSA keys, which take a child process to read: asked for only when a file has an `ssh-rsa` recipient. Answers
     * the same each time.
     */
    rsa(): Promise<readonly Identity[]>
}

/**
 * Reads the keys that a manifest names. An SSH key that cannot be used is told about and left out; a key file that
 * cannot be used is a `UserError`, as in sops-nix. One with nothing in it is left out as well, if there is another key.
 */
export function loadIdentities(manifest: Manifest, host: Host): MachineKeys {
    const tried: Tried[] = []
    const gated: string[] = []
    const ssh = manifest.sshKeyPaths.flatMap((path) => fromSshKey(path, { manifest, host, tried, gated }))
    const file =
        manifest.ageKeyFile === undefined
            ? []
            : fromKeyFile(manifest.ageKeyFile, { manifest, host, tried, gated, others: ssh.length > 0 })
    let rsa: Promise<readonly Identity[]> | undefined
    return {
        identities: [...ssh, ...file],
        tried,
        rsa() {
            rsa ??= loadRsa([...gated, ...manifest.rsaKeyPaths], host, tried)
            return rsa
        },
    }
}

/** That there is nothing to open any file with: named with every place that was tried. */
export function noIdentity(keys: MachineKeys, manifest: Manifest): UserError {
    const places = keys.tried.map(
        ({ path, problem }) => new Error(`${path}: ${problem ?? "no key for age in it"}`),
    )
    if (manifest.gnupgHome !== undefined)
        places.push(new Error(`${manifest.gnupgHome}: hostseal-agent does not use GnuPG`))
    const [unnamed] = noKeyNamed(manifest)
    if (unnamed !== undefined) return unnamed
    const why = new AggregateError(places, "none of these could be used:")
    const isMissing = keys.tried.length > 0 && keys.tried.every(({ missing }) => missing === true)
    return new UserError("this machine has no key to open secrets with", {
        cause: isMissing ? Object.assign(why, { code: "ENOENT" }) : why,
        hint: whatToSet,
    })
}

const whatToSet = "set sops.age.sshKeyPaths to the ed25519 host key, or sops.age.keyFile"

/** That a manifest has secrets and names no key for them, if that is so. */
export function noKeyNamed({
    secrets,
    sshKeyPaths,
    rsaKeyPaths,
    ageKeyFile,
    gnupgHome,
}: Manifest): UserError[] {
    if (secrets.length === 0 || ageKeyFile !== undefined || sshKeyPaths.length + rsaKeyPaths.length > 0)
        return []
    const instead = gnupgHome === undefined ? "" : `, only ${gnupgHome}: hostseal-agent does not use GnuPG`
    return [
        new UserError("this machine has no key to open secrets with", {
            cause: new Error(`the manifest names none${instead}`),
            hint: whatToSet,
        }),
    ]
}

interface Around {
    readonly manifest: Manifest
    readonly host: Host
    readonly tried: Tried[]
    readonly gated: string[]
}

function fromSshKey(path: string, { manifest, host, tried, gated }: Around): readonly Identity[] {
    const fail = (verb: string, problem: string, missing = false): [] => {
        host.tellBare(`Cannot ${verb} ssh key '${path}': ${problem}`)
        tried.push({ path, recipients: [], problem, missing })
        return []
    }
    let bytes: Buffer | undefined
    try {
        bytes = readKeyFile(path, { owners: [host.uid], largest: largestSshKey })
    } catch (error) {
        return fail("read", sentence(error))
    }
    if (bytes === undefined) return fail("read", `open ${path}: no such file or directory`, true)
    try {
        const key = parseSshPrivateKey(bytes)
        if (key.kind === "gated" && key.encrypted) return fail("convert", "it is protected by a passphrase")
        if (key.kind === "gated") {
            gated.push(path)
            tried.push({
                path,
                recipients: [],
                problem: "an RSA key opens only files with ssh-rsa recipients",
            })
            return []
        }
        const identities = sshIdentities(key)
        const recipients = identities.map((identity) => identity.recipient)
        tried.push({ path, recipients })
        if (manifest.logKeyImport)
            host.tell(`Imported ${path} as age key with fingerprint ${recipients[0] ?? ""}`)
        return identities
    } catch (error) {
        return fail("convert", sentence(error))
    } finally {
        bytes.fill(0)
    }
}

function fromKeyFile(
    path: string,
    { manifest, host, tried, others }: Around & { readonly others: boolean },
): readonly Identity[] {
    const bytes = readKeyFile(path, {
        owners: [host.uid],
        largest: largestIdentityFile,
        empty: "allowed",
    })
    if (bytes === undefined)
        throw new UserError(`cannot read keyfile '${path}'`, {
            cause: Object.assign(new Error("no such file or directory"), { code: "ENOENT" }),
            hint: "put the key there, or let the unit wait for its file system (RequiresMountsFor=)",
        })
    try {
        const { identities, plugins } = parseIdentityFile(bytes)
        const all = [...identities, ...pluginIdentities(plugins, path, manifest.plugins, host)]
        tried.push({ path, recipients: all.map((identity) => identity.recipient) })
        return all
    } catch (error) {
        if (error instanceof UserError) throw error
        if (error instanceof NoIdentity && others) {
            host.tell(`warning: ${path}: ${error.message}`)
            tried.push({ path, recipients: [], problem: error.message })
            return []
        }
        throw new UserError(`cannot read keyfile '${path}'`, { cause: error })
    } finally {
        bytes.fill(0)
    }
}

async function loadRsa(paths: readonly string[], host: Host, tried: Tried[]): Promise<readonly Identity[]> {
    const { gatedRunner } = await import("../os/ssh-child.ts")
    const identities: Identity[] = []
    for (const path of paths) {
        try {
            const bytes = readKeyFile(path, { owners: [host.uid], largest: largestSshKey })
            if (bytes === undefined) {
                tried.push({ path, recipients: [], problem: "no such file or directory", missing: true })
                continue
            }
            const key = parseSshPrivateKey(bytes)
            if (key.kind !== "gated" || key.encrypted) {
                const problem = key.kind === "gated" ? "it is protected by a passphrase" : "it is no RSA key"
                tried.push({ path, recipients: [], problem })
                continue
            }
            const opened = sshIdentities(await openGatedKey(key, undefined, gatedRunner(host.programFile)))
            identities.push(...opened)
            tried.push({ path, recipients: opened.map((identity) => identity.recipient) })
        } catch (error) {
            tried.push({ path, recipients: [], problem: sentence(error) })
        }
    }
    return identities
}

/** What an error says, in one line. */
function sentence(error: unknown): string {
    return explain(error)
        .map((line) => line.replace(/^(?:error|because): /u, ""))
        .join("; ")
}
