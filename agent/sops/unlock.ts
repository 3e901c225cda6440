// From a document and the identities at hand to its data key. Recipient texts are compared first, so that one unwrap
// is the normal case; they are only a hint, though, and what nobody is named for is tried with everything.
import { AgeError } from "../age/error.ts"
import { openWithFileKey, readHeader } from "../age/file.ts"
import type { Header } from "../age/header.ts"
import type { Identity } from "../age/key.ts"
import { UserError } from "../error.ts"
import { mostTrials, rsaTrial } from "./budget.ts"
import { recipientsOf } from "./document.ts"
import type { Document } from "./document.ts"
import { NoIdentityMatch, SopsError } from "./error.ts"
import type { KeyEntry } from "./key-entry.ts"
import { combine } from "./shamir.ts"

/** What there is to unlock documents with. */
export interface Keyring {
    readonly identities: readonly Identity[]
    /** Opens an entry that is not age's, `undefined` when it cannot. Asked last, and only when it is needed. */
    readonly foreign?: (entry: KeyEntry) => Promise<Buffer | undefined>
}

/**
 * The data key of a document. Throws `NoIdentityMatch`, which names what was tried; an identity that throws anything
 * but `AgeError` and `UserError` ends it with that.
 */
export async function unlock(document: Document, keyring: Keyring): Promise<Buffer> {
    const [result] = await unlockAll([document], keyring)
    if (!(result instanceof Buffer)) throw result ?? new Error("unlockAll lost a document")
    return result
}

/**
 * The data keys of many documents, each its own result. Identities that cost a person something (`unwrapAll`) are
 * asked once for all documents that nothing cheaper unlocks, and only those. `tried` hears of each document that all
 * others have been tried on.
 */
export async function unlockAll(
    documents: readonly Document[],
    { identities, foreign }: Keyring,
    tried: () => void = () => undefined,
): Promise<(Buffer | Error)[]> {
    const locks = documents.map((document) => new Lock(document))
    const cheap = identities.filter((identity) => identity.unwrapAll === undefined)
    for (const lock of locks) {
        // A locked identity learns its own recipient by being asked, in the middle of the second round.
        const names = new Map(cheap.map((identity) => [identity, identity.recipient]))
        await lock.tryEach(cheap, (entry, identity) => entry.id === names.get(identity))
        await lock.tryEach(cheap, (entry, identity) => entry.id !== names.get(identity))
        tried()
    }
    for (const identity of identities) {
        if (identity.unwrapAll !== undefined)
            await askOnce(identity, identity.unwrapAll.bind(identity), locks)
    }
    if (foreign !== undefined) for (const lock of locks) await lock.tryForeign(foreign)
    return locks.map((lock) => lock.result(identities))
}

type UnwrapAll = NonNullable<Identity["unwrapAll"]>

async function askOnce(identity: Identity, unwrapAll: UnwrapAll, locks: readonly Lock[]): Promise<void> {
    const questions = locks.flatMap((lock) => lock.questions(identity))
    if (questions.length === 0) return
    try {
        const answers = await unwrapAll(questions.map(({ header }) => header.stanzas))
        for (const [index, { lock, group, entry, header }] of questions.entries())
            lock.accept(group, entry, header, answers[index])
    } catch (error) {
        const failure = expected(error)
        for (const { lock } of questions) lock.failures.push(failure)
    }
}

interface Question {
    readonly lock: Lock
    readonly group: number
    readonly entry: KeyEntry
    readonly header: Header
}

/** One document on its way to being unlocked: a part of the data key for each group that could be opened. */
class Lock {
    readonly failures: unknown[] = []
    private readonly document: Document
    private readonly parts = new Map<number, Buffer>()
    private readonly headers = new Map<KeyEntry, Header | undefined>()
    private trials = 0

    constructor(document: Document) {
        this.document = document
    }

    private get isOpen(): boolean {
        return this.parts.size >= this.document.metadata.threshold
    }

    /** The groups that are still locked, as long as there is need for one. */
    private *locked(type: "age" | "foreign"): Generator<[group: number, entries: readonly KeyEntry[]]> {
        for (const [group, entries] of this.document.metadata.groups.entries()) {
            if (this.isOpen) return
            if (!this.parts.has(group))
                yield [group, entries.filter((entry) => (entry.type === "age") === (type === "age"))]
        }
    }

    async tryEach(
        identities: readonly Identity[],
        fits: (entry: KeyEntry, identity: Identity) => boolean,
    ): Promise<void> {
        for (const [group, entries] of this.locked("age"))
            await this.tryGroup(group, entries, identities, fits)
    }

    private async tryGroup(
        group: number,
        entries: readonly KeyEntry[],
        identities: readonly Identity[],
        fits: (entry: KeyEntry, identity: Identity) => boolean,
    ): Promise<void> {
        for (const entry of entries) {
            for (const identity of identities) {
                if (!fits(entry, identity)) continue
                await this.tryEntry(group, entry, identity)
                if (this.parts.has(group)) return
            }
        }
    }

    private async tryEntry(group: number, entry: KeyEntry, identity: Identity): Promise<void> {
        if (this.trials > mostTrials) return
        const header = this.headerOf(entry)
        if (header === undefined) return
        this.trials += header.stanzas.length * (identity.recipient.startsWith("ssh-rsa ") ? rsaTrial : 1)
        if (this.trials > mostTrials) {
            this.failures.push(new SopsError("limit", "its keys have more stanzas than are tried"))
            return
        }
        try {
            const answer = identity.unwrap(header.stanzas)
            this.accept(group, entry, header, answer instanceof Promise ? await answer : answer)
        } catch (error) {
            this.fail(entry, error)
        }
    }

    /** What to ask an identity that costs something: the entries for it, or for its kind when none names it. */
    questions(identity: Identity): Question[] {
        const result: Question[] = []
        for (const [group, entries] of this.locked("age")) {
            const named = entries.filter((entry) => entry.id === identity.recipient)
            const asked = named.length > 0 ? named : entries.filter((entry) => mayFit(entry, identity))
            for (const entry of asked) {
                const header = this.headerOf(entry)
                if (header !== undefined) result.push({ lock: this, group, entry, header })
            }
        }
        return result
    }

    /** Takes the file key of an entry, if there is one. */
    accept(group: number, entry: KeyEntry, header: Header, fileKey: Buffer | undefined): void {
        if (fileKey === undefined || this.parts.has(group)) return
        try {
            this.parts.set(group, openWithFileKey(header, fileKey))
        } catch (error) {
            this.fail(entry, error)
        }
    }

    async tryForeign(open: NonNullable<Keyring["foreign"]>): Promise<void> {
        for (const [group, entries] of this.locked("foreign")) {
            for (const entry of entries) {
                try {
                    const part = await open(entry)
                    if (part !== undefined) this.parts.set(group, part)
                } catch (error) {
                    this.fail(entry, error)
                }
                if (this.parts.has(group)) break
            }
        }
    }

    result(identities: readonly Identity[]): Buffer | Error {
        const { groups, threshold } = this.document.metadata
        const [part] = this.parts.values()
        try {
            if (part !== undefined && this.isOpen)
                return groups.length === 1 ? part : combine([...this.parts.values()])
        } catch (error) {
            if (error instanceof Error) return error
        }
        return new NoIdentityMatch({
            recipients: recipientsOf(this.document),
            tried: identities.map((identity) => identity.recipient),
            // One locked key that is tried on ten entries fails once.
            failures: [...new Set(this.failures)],
            ...(groups.length === 1 ? {} : { groups: groups.length, threshold, opened: this.parts.size }),
        })
    }

    private headerOf(entry: KeyEntry): Header | undefined {
        if (!this.headers.has(entry)) {
            this.headers.set(entry, undefined)
            try {
                this.headers.set(entry, readHeader(Buffer.from(entry.enc)))
            } catch (error) {
                this.fail(entry, error)
            }
        }
        return this.headers.get(entry)
    }

    private fail(entry: KeyEntry, error: unknown): void {
        const cause = expected(error)
        const isDamaged = cause instanceof AgeError && cause.code !== "plugin" && cause.code !== "key"
        this.failures.push(isDamaged ? new Error(`the key for ${entry.id} is damaged`, { cause }) : cause)
    }
}

/**
 * A failure that is about one entry or one identity: others may still do. Everything else ends the whole attempt: a
 * person who gave up at a passphrase prompt, a bug.
 */
function expected(error: unknown): AgeError | UserError {
    if (error instanceof AgeError || error instanceof UserError) return error
    throw error
}

/**
 * Whether an identity with a price could open an entry that does not name it: recipients of its plugin, when its own
 * recipient is not known or is spelt otherwise.
 */
function mayFit(entry: KeyEntry, identity: Identity): boolean {
    const plugin = pluginOf(identity.recipient)
    const other = pluginOf(entry.id)
    return other !== undefined && (plugin === undefined ? identity.recipient === "" : plugin === other)
}

function pluginOf(recipient: string): string | undefined {
    return /^(age1(?!pq1)[a-z0-9+._-]+)1[02-9ac-hj-np-z]+$/.exec(recipient)?.[1]
}
