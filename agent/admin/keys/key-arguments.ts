// Public keys as people give them on a command line (docs/clan-contract.md#key-arguments): the key itself, or a file that holds it. A
// private key may be given for its public half, which is all that is kept. Nothing that is given is ever printed back
// unless it is certainly public (docs/clan-contract.md#defects, D11, D12).

import { statSync } from "node:fs"
import { resolve } from "node:path"
import { AgeError } from "../../age/error.ts"
import { parseIdentityFile } from "../../age/identity-file.ts"
import { parseRecipient } from "../../age/recipient.ts"
import type { Key } from "../../repo/repo.ts"
import type { Context } from "../context.ts"
import { utf16Of, withoutMark } from "../../utf16.ts"
import { Failure } from "../failure.ts"
import { readGiven } from "../terminal/given-file.ts"
import { parseFingerprint } from "../../os/gpg.ts"

/** The keys that a command was given: one as an argument, or any number as options of one kind. */
export interface KeyInput {
    readonly key: string | undefined
    readonly ageKey: readonly string[]
    readonly pgpKey?: readonly string[]
}

type Given = Pick<Context, "cwd" | "stdin">

const largest = 64 * 1024

/** Reads and checks the keys of a command. Throws `Failure`, with exit code 2 when there is none or too many kinds. */
export async function keysFrom({ key, ageKey, pgpKey }: KeyInput, context: Given): Promise<readonly Key[]> {
    const fingerprints = pgpKey ?? []
    const kinds = [key === undefined ? [] : [key], ageKey, fingerprints].filter((given) => given.length > 0)
    if (kinds.length === 0) {
        throw new Failure("usage", "a public key is missing", {
            hint: `give it as KEY, or with --age-key${pgpKey === undefined ? "" : " or --pgp-key"}`,
        })
    }
    if (kinds.length > 1) {
        throw new Failure("usage", "KEY, --age-key and --pgp-key exclude each other", {
            hint: "add the other keys with add-key",
        })
    }
    if (fingerprints.length > 0)
        return fingerprints.map((text) => ({ publickey: fullFingerprint(text), type: "pgp" }))
    const texts = [...(key === undefined ? [] : [key]), ...ageKey]
    return Promise.all(texts.map(async (text) => ageKeyFrom(text, context)))
}

/** One age or SSH key, given literally or by the name of a file. */
export async function ageKeyFrom(text: string, context: Given): Promise<Key> {
    const recipients = recipientsIn(await contentOf(text, context))
    const [recipient, ...others] = recipients
    if (recipient !== undefined && others.length === 0) return { publickey: recipient, type: "age" }
    if (recipient === undefined) throw new Failure("refused", "no public key was given")
    throw new Failure("refused", `${recipients.length} age keys were provided, please provide only 1`, {
        hint: "--age-key can be repeated, once for each key",
    })
}

async function contentOf(text: string, context: Given): Promise<string> {
    const kind = kindOf(resolve(context.cwd, text))
    // A folder may be called as a key is.
    const isGiven = kind === "file" || (kind === "folder" && text.includes("/") && !text.startsWith("ssh-"))
    return isGiven ? keyText(await readGiven(text, largest, context)) : text
}

/** Without what some editors put before a text to say that it is UTF-8. */
function keyText(bytes: Buffer): string {
    if (utf16Of(bytes) !== undefined)
        throw new Failure("refused", "the file is UTF-16, and keys are plain text", {
            hint: "save it as UTF-8",
        })
    return withoutMark(bytes).toString("utf8")
}

/** Whatever cannot be the name of a file is not one: post-quantum keys are longer than names can be. */
function kindOf(path: string): "file" | "folder" | undefined {
    try {
        return statSync(path).isDirectory() ? "folder" : "file"
    } catch {
        return undefined
    }
}

/** Every recipient in a text: public keys as they are, private ones as their public halves, each once. */
function recipientsIn(text: string): readonly string[] {
    if (text.includes("-----BEGIN ")) {
        throw new Failure(
            "refused",
            "this is a private SSH key, or an encrypted file, and not a public key",
            {
                hint: "give the .pub file beside it",
            },
        )
    }
    const lines = text.split("\n").map((line) => line.trim())
    const found = lines.some((line) => /^AGE-/iu.test(line))
        ? privateHalves(text)
        : lines.filter((line) => line !== "" && !line.startsWith("#")).map(publicKey)
    return [...new Set(found)]
}

function publicKey(line: string): string {
    try {
        return parseRecipient(line).text
    } catch (error) {
        if (!(error instanceof AgeError)) throw error
        // Not repeated: a private key may have been given by mistake, and what it is called is not known.
        if (/^(?:~|\.{1,2})?\/|\.(?:pub|txt)$/u.test(line))
            throw new Failure("not-found", "there is no such file, and it is not a public key", {
                hint: "give an existing file, or the key itself: age1…, ssh-ed25519 … or ssh-rsa …",
            })
        const shown = /^(?:age1|ssh-)[!-~]{1,80}/u.exec(line)?.[0]
        throw new Failure("refused", `this is not a public key${shown === undefined ? "" : `: ${shown}`}`, {
            cause: error,
            hint: "a public key begins with age1, ssh-ed25519 or ssh-rsa",
        })
    }
}

function privateHalves(text: string): readonly string[] {
    try {
        const { identities, plugins } = parseIdentityFile(Buffer.from(text))
        const claimed = plugins.map(({ recipient }) => {
            if (recipient !== undefined) return publicKey(recipient)
            throw new Failure(
                "refused",
                "AGE-PLUGIN keys cannot be used directly as they are plugin identifiers, not recipient keys",
                {
                    hint: "Please provide the corresponding age1 public key instead.",
                },
            )
        })
        return [...identities.map(({ recipient }) => recipient), ...claimed]
    } catch (error) {
        if (!(error instanceof AgeError)) throw error
        throw new Failure("refused", "this private key is not well-formed", { cause: error })
    }
}

function fullFingerprint(text: string): string {
    const fingerprint = parseFingerprint(text)
    if (fingerprint.length >= 40) return fingerprint
    throw new Failure("refused", "this is a short key ID; two keys can have the same", {
        hint: `give the whole fingerprint: gpg --list-keys --fingerprint ${fingerprint}`,
    })
}
