// Opening one secret for the person who asks for it.

import { lineToCopy } from "../../os/shell-words.ts"
import { visibleName } from "../../error.ts"
import { unknown } from "../../repo/refusal.ts"
import { didYouMean } from "../../suggestion.ts"
import { ownersOf } from "../../repo/recipients.ts"
import { secretName } from "../../repo/edits.ts"
import { parseDocument } from "../../sops/document.ts"
import { judge } from "../../sops/binding.ts"
import type { Verdict } from "../../sops/binding.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../../sops/error.ts"
import { openDocument, type OpenDocument } from "../../sops/open.ts"
import { unlock } from "../../sops/unlock.ts"
import { valueBytes } from "../../sops/value/scalar.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { recallOf } from "../change/accepted.ts"
import { findGit } from "../git/git.ts"
import { findIdentities } from "./find.ts"
import { cannotDecrypt } from "./error.ts"
import { formatAt, readSecret } from "../repository/secret-file.ts"
import { loadRepo } from "../repository/load.ts"

/**
 * The value of the secret at a path, byte for byte; `undefined` when it has none yet. In a file of many values `key` says
 * which (`a/b/0`); without one it is the whole plaintext.
 * A file that was sealed for another place is refused, unless it may come from `anywhere`.
 */
export async function openSecret(
    flake: string,
    path: string,
    context: Context,
    { key = "", anywhere = false }: { readonly key?: string | undefined; readonly anywhere?: boolean } = {},
): Promise<Buffer | undefined> {
    const place = { flake, path, anywhere, file: readSecret(flake, path) }
    return openAndRead(place, context, (document) => valueIn(document, key, secretName(path)))
}

/** The value in another file than that of the tree, which was at this path once. Throws as `openSecret` does. */
export async function openPast(flake: string, path: string, file: Buffer, context: Context): Promise<Buffer> {
    const place = { flake, path, anywhere: false, file }
    const value = await openAndRead(place, context, (document) => document.lookup(""))
    return value ?? Buffer.alloc(0)
}

/** The values at the top of a file of many, by their keys. Throws as `openSecret` does, and when there is no file. */
export async function openLeaves(
    flake: string,
    path: string,
    context: Context,
): Promise<readonly { readonly key: string; readonly value: Buffer }[]> {
    const place = { flake, path, anywhere: false, file: readSecret(flake, path) }
    const leaves = await openAndRead(place, context, (document) =>
        [...document.leaves()]
            .filter(({ path: keys }) => keys.length === 1)
            .flatMap(({ path: [key = ""], scalar }) => {
                const value = valueBytes(scalar)
                return value === undefined ? [] : [{ key: String(key), value: Buffer.from(value) }]
            }),
    )
    if (leaves === undefined) throw await noSuchSecret(flake, path, context)
    return leaves
}

interface Place {
    readonly flake: string
    readonly path: string
    readonly anywhere: boolean
    readonly file: Buffer | undefined
}

async function openAndRead<T>(
    { flake, path, anywhere, file: bytes }: Place,
    context: Context,
    read: (document: OpenDocument) => T,
): Promise<T | undefined> {
    if (bytes === undefined) return undefined
    const name = secretName(path)
    const identities = await findIdentities(context)
    try {
        const document = await parseDocument(bytes, formatAt(path))
        const dataKey = await unlock(document, identities.keyring)
        try {
            const value = read(openDocument(document, dataKey))
            const verdict = judge(document, dataKey, path)
            const concern = (await lostBinding(verdict, flake, path, context)) ?? concernAbout(verdict, name)
            if (concern !== undefined && concern.isMoved && !anywhere)
                throw new Failure("refused", `secret "${name}" ${concern.what}`, { hint: concern.hint })
            if (concern !== undefined) warn(context, `secret "${name}" ${concern.what} (${concern.hint})`)
            return value
        } finally {
            dataKey.fill(0)
        }
    } catch (error) {
        if (error instanceof NoIdentityMatch)
            throw cannotDecrypt(name, error, identities, ownersOf(await loadRepo(flake, context)))
        if (error instanceof SopsError || error instanceof MacMismatch)
            throw new Failure("cannot-decrypt", `secret "${name}" cannot be opened`, { cause: error })
        throw error
    }
}

/** What is wrong with the binding of a file. One that nobody has bound yet is as good as all files were. */
function concernAbout(
    verdict: Verdict,
    name: string,
): { readonly isMoved: boolean; readonly what: string; readonly hint: string } | undefined {
    const look = `see who changed it last; if that is right: ${lineToCopy("hostseal bind", [name])}`
    switch (verdict.kind) {
        case "bound":
            return undefined
        case "elsewhere":
            return {
                isMoved: true,
                what: `was sealed for ${visibleName(verdict.place)}`,
                hint: `take its own file from git; if it was moved on purpose: ${lineToCopy("hostseal bind", [name], ["--moved"])}`,
            }
        case "readers":
            return { isMoved: false, what: "has other readers than those it was bound with", hint: look }
        case "entries":
            return { isMoved: false, what: "has an entry that is not the one it was bound with", hint: look }
        case "unbound":
            break
    }
    if (verdict.why === "none") return undefined
    return { isMoved: false, what: "has a binding that is not of this file", hint: look }
}

/** A file without a valid binding, where this clone knows that it had one, or wants one of all. */
async function lostBinding(
    verdict: Verdict,
    flake: string,
    path: string,
    { env }: Context,
): Promise<ReturnType<typeof concernAbout>> {
    if (verdict.kind !== "unbound") return undefined
    const git = await findGit(flake, env)
    const accepted = git && recallOf(git, git.prefix)
    if (accepted?.strict !== true && accepted?.secrets.get(path)?.key === undefined) return undefined
    const hint = `sops and clan leave it so, and so does whoever puts an older file back; see who changed it last; if that is right: ${lineToCopy("hostseal bind", [secretName(path)])}`
    const what = accepted.strict ? "is not bound to its place and readers" : "is not bound, and was"
    return { isMoved: accepted.strict, what, hint }
}

/** Names of keys are in the clear in every file, so that they may be named here. */
function valueIn(opened: OpenDocument, key: string, name: string): Buffer {
    try {
        return opened.lookup(key)
    } catch (error) {
        if (!(error instanceof SopsError) || key === "") throw error
        const keys = [...opened.leaves()].map(({ path }) => path.join("/"))
        throw new Failure("not-found", `${visibleName(name)}: ${error.message}`, didYouMean(key, keys))
    }
}

/** What to say when there is no secret at this path. */
export async function noSuchSecret(flake: string, path: string, context: Context): Promise<Error> {
    const all = [...(await loadRepo(flake, context)).secrets.keys()]
    return unknown("secret", secretName(path), all.map(secretName))
}
