// Opening plain age files, many at once: what costs a person something (a passphrase, a touch) is asked for once, after
// everything that costs nothing, and for those files alone that are meant for it.

import { AgeError } from "../../age/error.ts"
import { openWithFileKey, readHeader } from "../../age/file.ts"
import type { Header } from "../../age/header.ts"
import type { Identity } from "../../age/key.ts"
import { UserError } from "../../error.ts"

/** An age file. Such a file does not say who can open it; `recipients` is what something else says. */
export interface AgeFile {
    readonly bytes: Buffer
    readonly recipients: ReadonlySet<string>
}

/** The contents, each its own result, in order. Throws only for what is neither a file's fault nor an identity's. */
export async function openAgeFiles(
    files: readonly AgeFile[],
    identities: readonly Identity[],
): Promise<readonly (Buffer | Error)[]> {
    const locks = files.map(({ bytes, recipients }) => new Lock(bytes, recipients))
    const cheap = identities.filter((identity) => identity.unwrapAll === undefined)
    for (const lock of locks) await lock.tryEach(cheap)
    for (const identity of identities) {
        const asked = locks.filter((lock) => lock.mayOpen(identity))
        if (identity.unwrapAll === undefined || asked.length === 0) continue
        try {
            const keys = await identity.unwrapAll(asked.map((lock) => lock.header?.stanzas ?? []))
            for (const [index, lock] of asked.entries()) lock.accept(keys[index])
        } catch (error) {
            for (const lock of asked) lock.fail(error)
        }
    }
    return locks.map((lock) => lock.result)
}

class Lock {
    readonly header: Header | undefined
    #content: Buffer | undefined
    #failure: Error | undefined
    readonly #recipients: ReadonlySet<string>

    constructor(bytes: Buffer, recipients: ReadonlySet<string>) {
        this.#recipients = recipients
        try {
            this.header = readHeader(bytes)
        } catch (error) {
            this.fail(error)
        }
    }

    get result(): Buffer | Error {
        return this.#content ?? this.#failure ?? new UserError("none of your keys opens it")
    }

    /** Tries the identities that are named first, and all others after them: what names them may be wrong. */
    async tryEach(identities: readonly Identity[]): Promise<void> {
        const isNamed = ({ recipient }: Identity): boolean => this.#recipients.has(recipient)
        const others = identities.filter((identity) => !isNamed(identity))
        for (const identity of [...identities.filter(isNamed), ...others]) {
            if (this.header === undefined || this.#content !== undefined) return
            try {
                this.accept(await identity.unwrap(this.header.stanzas))
            } catch (error) {
                this.fail(error)
            }
        }
    }

    /** Whether an identity that costs something should be asked. Plugins may not know their own recipient. */
    mayOpen({ recipient }: Identity): boolean {
        if (this.header === undefined || this.#content !== undefined) return false
        return recipient === "" || this.#recipients.has(recipient)
    }

    accept(fileKey: Buffer | undefined): void {
        if (fileKey === undefined || this.header === undefined || this.#content !== undefined) return
        try {
            this.#content = openWithFileKey(this.header, fileKey)
        } catch (error) {
            this.fail(error)
        } finally {
            fileKey.fill(0)
        }
    }

    fail(error: unknown): void {
        if (!(error instanceof AgeError || error instanceof UserError)) throw error
        this.#failure ??= error
    }
}
