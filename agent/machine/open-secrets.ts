// From a manifest to the values of its secrets. Every file is read and decrypted at most once, whatever number of
// secrets come from it (docs/sops-nix-contract.md#defects, D1), and not at all when its secrets are provably what they were: the same file, the
// same key in it, an identity that we still have, and a live file whose keyed hash is the one that was installed.
//
// What goes wrong is a value that travels with its secret: one bad file takes nothing else down.

import { createHmac, createSecretKey } from "node:crypto"
import { statSync } from "node:fs"
import type { Identity } from "../age/key.ts"
import { UserError } from "../error.ts"
import { recipientsOf } from "../sops/document.ts"
import type { Document } from "../sops/document.ts"
import { NoIdentityMatch } from "../sops/error.ts"
import { openDocument } from "../sops/open.ts"
import type { OpenDocument } from "../sops/open.ts"
import { unlock, unlockAll } from "../sops/unlock.ts"
import { checkBinding, isSameCheck, judgePlaces } from "./binding.ts"
import type { MachineKeys } from "./identities.ts"
import type { Live } from "./generation/live.ts"
import type { SecretEntry } from "./manifest/manifest.ts"
import { lockedOut, readSource } from "./source.ts"
import type { Source } from "./source.ts"
import { keyedHash } from "./generation/state.ts"
import type { FileIdentity, InstalledFile } from "./generation/state.ts"

export type Opened =
    | ({ readonly kind: "value"; readonly value: Buffer } & Known)
    | { readonly kind: "failed"; readonly problem: UserError }

/** What is known of a value besides. */
interface Known {
    readonly origin: InstalledFile["origin"]
    readonly binding: InstalledFile["binding"]
    readonly sourceHash: InstalledFile["sourceHash"]
}

/** What opening needs besides the secrets. */
export interface Opening {
    readonly keys: MachineKeys
    readonly live: Live
    readonly now: Date
    /** Called between files: a long run must not look like a dead one. */
    readonly heartbeat: () => void
}

/** Opens all secrets; each one is in the result. */
export async function openSecrets(
    secrets: readonly SecretEntry[],
    opening: Opening,
): Promise<ReadonlyMap<SecretEntry, Opened>> {
    const results = new Map<SecretEntry, Opened>()
    const mine = new Set(opening.keys.identities.map((identity) => identity.recipient))
    const locked: Locked[] = []
    for (const [path, entries] of Map.groupBy(usable(secrets), ({ source }) => source)) {
        const wanted = entries.filter((entry) => !isRemembered(entry, opening.live, mine, results))
        if (wanted.length > 0) {
            const left = await openOne(path, wanted, opening, results)
            if (left !== undefined) locked.push(left)
        }
        opening.heartbeat()
    }
    if (locked.length > 0) await askOthers(locked, opening, results)
    return results
}

/** Those that can be installed; what is wrong with the others is known already. */
function usable(secrets: readonly SecretEntry[]): SecretEntry[] {
    return secrets.filter(({ faults }) => faults.length === 0)
}

type Results = Map<SecretEntry, Opened>

/** A document that no key opened which costs nothing to ask. */
interface Locked {
    readonly source: Source
    readonly entries: readonly SecretEntry[]
    readonly error: unknown
}

function isRemembered(entry: SecretEntry, live: Live, mine: ReadonlySet<string>, results: Results): boolean {
    const installed = live.state.files.get(entry.file)
    const origin = installed?.origin
    if (installed === undefined || origin === undefined || installed.stale) return false
    const { binding } = installed
    if (!isSameCheck(binding, entry)) return false
    if (origin.source !== entry.source || origin.format !== entry.format || origin.key !== entry.key)
        return false
    if (origin.hashed !== entry.hashed) return false
    if (!origin.recipients.every((recipient) => mine.has(recipient))) return false
    if (!isStill(entry.source, origin.identity)) return false
    const there = live.file(entry.file)
    if (there === undefined || keyedHash(live.state.key, there.content) !== installed.mac) return false
    if (there.content.length === 0 && entry.allowEmpty === false) return false
    const { sourceHash } = installed
    results.set(entry, { kind: "value", value: there.content, origin, binding, sourceHash })
    return true
}

/** What cannot be looked at (a circle of links) is opened instead: then that fails, and says why. */
function isStill(path: string, { dev, ino, size, mtimeMs, ctimeMs }: FileIdentity): boolean {
    try {
        const now = statSync(path)
        if (now.ino !== ino || now.dev !== dev || now.size !== size) return false
        return now.mtimeMs === mtimeMs && now.ctimeMs === ctimeMs
    } catch {
        return false
    }
}

async function openOne(
    path: string,
    entries: readonly SecretEntry[],
    opening: Opening,
    results: Results,
): Promise<Locked | undefined> {
    const [first] = entries
    if (first === undefined) return undefined
    let source: Source
    try {
        source = await readSource(path, first.format, opening.now.getTime())
    } catch (error) {
        failAll(entries, asUserError(error, path), results)
        return undefined
    }
    const { keys } = opening
    try {
        const { dataKey, identities } = await unlockWithKeys(source, keys)
        await take(source, dataKey, identities, entries, results)
    } catch (error) {
        if (error instanceof NoIdentityMatch && (keys.identities.some(isCostly) || isForPgp(source.document)))
            return { source, entries, error }
        failAll(entries, lockedOut(source, error, keys.tried), results)
    }
    return undefined
}

/** With what costs nothing first, then with what takes longer to get. */
async function unlockWithKeys(
    { document }: Source,
    keys: MachineKeys,
): Promise<{ readonly dataKey: Buffer; readonly identities: readonly Identity[] }> {
    const identities = keys.identities.filter((identity) => !isCostly(identity))
    try {
        return { dataKey: await unlock(document, { identities }), identities: keys.identities }
    } catch (error) {
        if (!(error instanceof NoIdentityMatch)) throw error
        const more = await keys.more(recipientsOf(document))
        if (more.length === 0) throw error
        const all = [...identities, ...more]
        return { dataKey: await unlock(document, { identities: all }), identities: all }
    }
}

function isCostly(identity: Identity): boolean {
    return identity.unwrapAll !== undefined
}

function isForPgp({ metadata }: Document): boolean {
    return metadata.groups.some((group) => group.some(({ type }) => type === "pgp"))
}

/** One run of each plugin for all files that are left, and PGP for those that name a PGP key. */
async function askOthers(locked: readonly Locked[], { keys }: Opening, results: Results): Promise<void> {
    const documents = locked.map(({ source }) => source.document)
    const identities = [...keys.identities, ...(await keys.more(documents.flatMap(recipientsOf)))]
    const dataKeys = await unlockAll(documents, {
        identities,
        foreign: async (entry) => await keys.foreign(entry),
    })
    for (const [index, { source, entries, error }] of locked.entries()) {
        const dataKey = dataKeys[index]
        try {
            if (!(dataKey instanceof Buffer)) throw dataKey ?? error
            await take(source, dataKey, identities, entries, results)
        } catch (problem) {
            failAll(entries, lockedOut(source, problem, keys.tried), results)
        }
    }
}

/** Decrypts a document, verifies it, and gives each secret its value. Throws what is wrong with the document. */
async function take(
    source: Source,
    dataKey: Buffer,
    identities: readonly Identity[],
    entries: readonly SecretEntry[],
    results: Results,
): Promise<void> {
    const hash = await hasherFor(entries, dataKey)
    const document = openDocument(source.document, dataKey)
    // Not the texts of the document: V8 keeps the whole source alive for the smallest piece of it.
    const named = new Set(recipientsOf(source.document))
    const mine = identities.map((identity) => identity.recipient)
    const recipients = mine.filter((recipient) => named.has(recipient))
    const isUnnamed = recipients.length === 0 && !mayBeNamed(identities, named)
    const verdicts = judgePlaces(source.document, dataKey, entries, isUnnamed ? mine : [])
    dataKey.fill(0)
    for (const entry of entries) {
        const binding = checkBinding(entry, verdicts)
        if (binding instanceof UserError) {
            results.set(entry, { kind: "failed", problem: binding })
            continue
        }
        const value = valueOf(document, entry, hash)
        if (value instanceof UserError) {
            results.set(entry, { kind: "failed", problem: value })
            continue
        }
        const { source: path, format, key, hashed } = entry
        const identity = recipients.length === 0 ? undefined : source.identity
        const origin = identity && { source: path, format, key, hashed, identity, recipients }
        results.set(entry, { kind: "value", value, origin, binding, sourceHash: source.hash })
    }
    document.wipe()
}

/** Whether what opened a document could be named in it in a way that is not known here: a key of a plugin, or of PGP. */
function mayBeNamed(identities: readonly Identity[], named: ReadonlySet<string>): boolean {
    return identities.some(isCostly) || [...named].some((recipient) => !recipient.startsWith("age1"))
}

/** The bytes of one value, in memory of their own: the document is overwritten when all were taken. */
function valueOf(
    document: OpenDocument,
    { key, source, allowEmpty, hashed }: SecretEntry,
    hash: (value: Buffer) => Buffer,
): Buffer | UserError {
    try {
        const value = Buffer.from(key === "" ? document.whole() : document.lookup(key))
        if (hashed !== undefined) return hash(value)
        return value.length > 0 || allowEmpty !== false ? value : emptyValue(source)
    } catch (error) {
        return new UserError(`${source} has no usable value for it`, { cause: error })
    }
}

/**
 * What hashes the passwords of a document. Their salts come from its data key: they stay the same as long as it does,
 * and whoever has it has the passwords.
 */
async function hasherFor(
    entries: readonly SecretEntry[],
    dataKey: Buffer,
): Promise<(value: Buffer) => Buffer> {
    if (entries.every(({ hashed }) => hashed === undefined)) return (value) => value
    const { passwordHash } = await import("./password-hash.ts")
    const key = createSecretKey(createHmac("sha256", dataKey).update("salts of passwords").digest())
    return (value) => {
        const text = Buffer.from(passwordHash(value, key))
        value.fill(0)
        return text
    }
}

function emptyValue(source: string): UserError {
    return new UserError(`its value in ${source} is empty`, {
        hint: "give it a value, or write allowEmpty = true for it if that is meant",
    })
}

function failAll(entries: readonly SecretEntry[], problem: UserError, results: Results): void {
    for (const entry of entries) results.set(entry, { kind: "failed", problem })
}

function asUserError(error: unknown, path: string): UserError {
    return error instanceof UserError ? error : new UserError(`cannot read ${path}`, { cause: error })
}
