// Reads private keys from the places that a manifest or an environment names, and notes what came of each. Nothing
// that is wrong with one of them is fatal here: that shows when a file cannot be opened.

import { createHash } from "node:crypto"
import { NoIdentity, parseIdentityFile } from "../age/identity-file.ts"
import type { Identity } from "../age/key.ts"
import { parseSshPrivateKey, sshIdentities } from "../age/ssh/key.ts"
import { explain } from "../error.ts"
import { largestIdentityFile, largestSshKey, readKeyFile } from "../os/key-file.ts"
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

/**
 * The keys that were read before, by the hash of their files: a resident agent reads its host key at every run, and would
 * have a copy of it for each until the memory of the last ones is cleared away.
 */
const mostKnown = 16
const known = new WeakMap<Host, Map<string, readonly Identity[]>>()

const noFile = "no such file or directory"

export class KeyReader {
    readonly tried: Tried[] = []
    /** What is unsafe, each once. */
    readonly warnings = new Set<string>()
    /** SSH keys that take a child process to read: RSA. */
    readonly gated: string[] = []
    private readonly manifest: Pick<Manifest, "plugins" | "logKeyImport">
    private readonly host: Host

    constructor(manifest: Pick<Manifest, "plugins" | "logKeyImport">, host: Host) {
        this.manifest = manifest
        this.host = host
    }

    /** The bytes of a key file; `undefined` when there is none. Throws `UserError` when it cannot be read. */
    read(path: string, largest: number = largestSshKey): Buffer | undefined {
        return readKeyFile(path, { uid: this.host.uid, largest, warn: (warning) => this.warn(warning) })
    }

    /** Says once what is unsafe. */
    warn(warning: string): void {
        if (this.warnings.has(warning)) return
        this.warnings.add(warning)
        this.host.tell(`warning: ${warning}`)
    }

    /** An SSH key as age keys; an RSA one is noted in `gated`. */
    sshKey(path: string): readonly Identity[] {
        const fail = (verb: string, problem: string, missing = false): [] => {
            this.host.tellBare(`Cannot ${verb} ssh key '${path}': ${problem}`)
            this.tried.push({ path, recipients: [], problem, missing })
            return []
        }
        let bytes: Buffer | undefined
        try {
            bytes = this.read(path)
        } catch (error) {
            return fail("read", sentence(error))
        }
        if (bytes === undefined) return fail("read", `open ${path}: ${noFile}`, true)
        try {
            return this.sshKeyIn(bytes, path)
        } catch (error) {
            return fail("convert", sentence(error))
        }
    }

    /** The same of bytes, which are overwritten. Throws what is wrong with them. */
    sshKeyIn(bytes: Buffer, place: string): readonly Identity[] {
        try {
            const before = this.before(bytes)
            if (before.identities !== undefined) return this.imported(before.identities, place)
            const key = parseSshPrivateKey(bytes)
            if (key.kind === "gated" && key.encrypted) throw new Error("it is protected by a passphrase")
            if (key.kind === "gated") {
                this.gated.push(place)
                const problem = "an RSA key opens only files with ssh-rsa recipients"
                this.tried.push({ path: place, recipients: [], problem })
                return []
            }
            return this.imported(before.remember(sshIdentities(key)), place)
        } finally {
            bytes.fill(0)
        }
    }

    private imported(identities: readonly Identity[], place: string): readonly Identity[] {
        const recipients = identities.map((identity) => identity.recipient)
        this.tried.push({ path: place, recipients })
        if (this.manifest.logKeyImport)
            this.host.tell(`Imported ${place} as age key with fingerprint ${recipients[0] ?? ""}`)
        return identities
    }

    /** What came of a file of these very bytes, and a place to remember it. */
    private before(bytes: Buffer): {
        readonly identities: readonly Identity[] | undefined
        remember(identities: readonly Identity[]): readonly Identity[]
    } {
        const keys = known.get(this.host) ?? new Map<string, readonly Identity[]>()
        known.set(this.host, keys)
        const hash = createHash("sha256").update(bytes).digest("base64")
        return {
            identities: keys.get(hash),
            remember(identities) {
                // A machine has a few keys; what is more are those of files that were replaced.
                if (keys.size >= mostKnown) keys.clear()
                keys.set(hash, identities)
                return identities
            },
        }
    }

    /** A file of age identities. */
    keyFile(path: string): readonly Identity[] {
        try {
            const bytes = this.read(path, largestIdentityFile)
            if (bytes !== undefined) return this.identitiesIn(bytes, path)
            this.fail(path, `cannot read keyfile '${path}': ${noFile}`, { problem: noFile, missing: true })
        } catch (error) {
            const problem = sentence(error)
            const text =
                error instanceof NoIdentity
                    ? `${path}: ${problem}`
                    : `cannot read keyfile '${path}': ${problem}`
            this.fail(path, text, { problem })
        }
        return []
    }

    /** The same of bytes, which are overwritten. Throws what is wrong with them. */
    identitiesIn(bytes: Buffer, place: string): readonly Identity[] {
        try {
            const before = this.before(bytes)
            if (before.identities !== undefined) {
                this.tried.push({
                    path: place,
                    recipients: before.identities.map(({ recipient }) => recipient),
                })
                return before.identities
            }
            const { identities, plugins } = parseIdentityFile(bytes)
            // Those of plugins are made anew: which programs there are is said each time.
            if (plugins.length === 0) before.remember(identities)
            const all = [...identities, ...pluginIdentities(plugins, place, this.manifest.plugins, this.host)]
            this.tried.push({ path: place, recipients: all.map((identity) => identity.recipient) })
            return all
        } finally {
            bytes.fill(0)
        }
    }

    /** Notes a place that is of no use, and says so. */
    fail(place: string, text: string, what: Pick<Tried, "problem" | "missing">): void {
        this.host.tell(`warning: ${text}`)
        this.tried.push({ path: place, recipients: [], ...what })
    }
}

/** What an error says, in one line. */
export function sentence(error: unknown): string {
    return explain(error)
        .map((line) => line.replace(/^(?:error|because): /u, ""))
        .join("; ")
}
