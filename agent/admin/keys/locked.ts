// Identities that cost something before they are of use: a passphrase, a command to run. They are opened when the
// first file needs them, once per command, and not at all if another identity will do.

import type { Identity } from "../../age/key.ts"
import type { Stanza } from "../../age/stanza.ts"
import { AgeError } from "../../age/error.ts"
import { UserError } from "../../error.ts"
import type { Terminal } from "../context.ts"
import { askHidden } from "../terminal/prompt.ts"

/** Opens what is locked; called at most once, also when it fails. */
export type Opener = () => Promise<readonly Identity[]>

/** Runs `open` when it is first needed, and remembers what came of it, an error too: nobody is asked twice. */
export function once(open: Opener): Opener {
    let opened: Promise<readonly Identity[]> | undefined
    return async () => (opened ??= open())
}

/**
 * A locked identity whose public half is known. `unwrapAll` makes it one that costs something: it is asked after
 * all others, for all files that name it, and never for files that do not.
 */
export function lockedIdentity(recipient: string, open: Opener): Identity {
    const unwrap = async (stanzas: readonly Stanza[]): Promise<Buffer | undefined> => {
        const own = (await open()).find((identity) => identity.recipient === recipient)
        return own?.unwrap(stanzas)
    }
    return {
        recipient,
        unwrap,
        unwrapAll: async (files) => Promise.all(files.map(unwrap)),
    }
}

/**
 * Locked identities of which nothing is known, not even how many they are. Their recipient is "" until they are
 * open, then that of the first.
 */
export function unknownIdentity(open: Opener): Identity {
    let first = ""
    return {
        get recipient() {
            return first
        },
        unwrap: async (stanzas) => {
            const identities = await open()
            first = identities[0]?.recipient ?? ""
            for (const identity of identities) {
                const fileKey = await identity.unwrap(stanzas)
                if (fileKey !== undefined) return fileKey
            }
            return undefined
        },
    }
}

const tries = 3

/**
 * Asks for the passphrase of a key file and opens it, up to three times. Throws `NobodyToAsk` without a terminal, and
 * a `UserError` when no answer was right.
 */
export async function withPassphrase<T>(
    path: string,
    {
        terminal,
        err,
    }: { readonly terminal: () => Terminal | undefined; readonly err: (text: string) => void },
    open: (passphrase: Buffer) => Promise<T>,
): Promise<T> {
    for (let left = tries - 1; ; left--) {
        const text = `Passphrase for ${path}: `
        const passphrase = await askHidden(terminal(), {
            text,
            instead: "--identity with a key without passphrase",
        })
        try {
            return await open(passphrase)
        } catch (error) {
            if (!(error instanceof AgeError)) throw error
            if (left === 0) throw new UserError(`${path} was not unlocked`, { cause: error })
            err(`${error.message}\n`)
        } finally {
            passphrase.fill(0)
        }
    }
}
