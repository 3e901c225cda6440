// From who shall read a secret to the bytes of its file: all of it in memory, before anything is written.

import { lineToCopy } from "../../../os/shell-words.ts"
import { visibleName } from "../../../error.ts"
import type { Held } from "../../../repo/consent/accepted.ts"
import type { Decision } from "../../../repo/consent/consent.ts"
import { secretName } from "../../../repo/edits.ts"
import { nameOf } from "../../../repo/recipients.ts"
import { spelling } from "../../../repo/ruled.ts"
import { bindDocument, boundTo, unbindDocument } from "../../../sops/bind.ts"
import type { Binder } from "../../../sops/bind.ts"
import { bindingField, dataKeyName, judge } from "../../../sops/binding.ts"
import { encode, parseDocument, recipientsOf } from "../../../sops/document.ts"
import type { Document } from "../../../sops/document.ts"
import { NoIdentityMatch, SopsError } from "../../../sops/error.ts"
import { openDocument } from "../../../sops/open.ts"
import { replaceBinary } from "../../../sops/replace.ts"
import { rewrap, withoutEntries } from "../../../sops/rewrap.ts"
import { rotate } from "../../../sops/rotate.ts"
import { withValue } from "../../../sops/edit/plain-value.ts"
import { reseal } from "../../../sops/edit/reseal.ts"
import { sealBinary, sealTree } from "../../../sops/seal.ts"
import type { SealOptions } from "../../../sops/seal.ts"
import type { Target } from "../../../sops/target.ts"
import { Failure } from "../../failure.ts"
import { shortened } from "../../keys/recipient-name.ts"
import type { Checkout } from "../../git/git.ts"
import { formatAt, readSecret } from "../../repository/secret-file.ts"
import { blobOf, isOurs, mustHold } from "../held.ts"

/** What has to be done for a secret that is to be readable by exactly these recipients. */
export interface Task {
    /** Its path after the change. */
    readonly path: string
    /** Where its file lies before the change. */
    readonly source: string
    readonly recipients: readonly string[]
    /** A new value, if it gets one. */
    readonly value?: Buffer
    /** Which value of a file with many it is, if it is not the whole plaintext. */
    readonly key?: string
    /** `bind`: its binding alone is made anew, because it lies elsewhere now, or because somebody accepted it. */
    readonly how: "new" | "value" | "rewrap" | "rotate" | "bind"
    /** It is bound as it is found, from wherever it was moved: somebody says so. */
    readonly accept?: "here" | "moved"
    /** What is not bound is refused. */
    readonly strict?: boolean
    /** Recipients that this clone has agreed to: entries of others are not bound unseen. */
    readonly known: readonly string[]
    /** The file as it is; `undefined` when there is none, or when what is there is no document and is replaced. */
    readonly file: Buffer | undefined
    /** What is encrypted in a new file of many values. */
    readonly options?: Pick<SealOptions, "rule" | "macOnlyEncrypted">
    /** Recipients of the file that are to lose it. */
    readonly extra: readonly string[]
    /** Its keys in a cloud go too: nobody can encrypt a new data key to them. */
    readonly dropsClouds?: true
    /** Recipients that the file does not have yet. */
    readonly missing: readonly string[]
    /** Recipients that it names, and that get an entry anew: what is in theirs, nobody can see. */
    readonly renewed: readonly string[]
}

/** A secret as it is found: its file, and what that says of itself. */
export interface Examined {
    /** Where it lies before the change. */
    readonly source: string
    readonly value: Buffer | undefined
    readonly file: Buffer | undefined
    readonly held: Held | undefined
}

/**
 * Looks at the file of a secret; `undefined` when there is none and it gets no value (a folder of links alone has
 * nothing to be read). Throws `Failure` for a file that is no document, unless a value replaces it.
 */
export async function examine(
    flake: string,
    git: Checkout | undefined,
    { path, source, value }: { readonly path: string; readonly source: string; readonly value?: Buffer },
    spelled: (recipient: string) => string = (recipient) => recipient,
): Promise<Examined | undefined> {
    const file = readSecret(flake, source)
    if (file === undefined) return value && { source, value, file, held: undefined }
    try {
        const held = await mustHold(file, blobOf(file, git), formatAt(source))
        return { source, value, file, held: { ...held, labels: held.labels.map(spelled) } }
    } catch (error) {
        if (!(error instanceof SopsError)) throw error
        if (value !== undefined) return { source, value, file: undefined, held: undefined }
        throw new Failure("refused", `the file of secret "${secretName(path)}" is damaged`, {
            cause: error,
            hint: `take it from git again, or set its value anew`,
        })
    }
}

/** What has to be done so that exactly these recipients can read it; `undefined` when it is so. */
export function taskFor(
    path: string,
    { source, value, file, held }: Examined,
    { recipients, known, wrapped }: Pick<Decision, "recipients" | "known" | "wrapped">,
    {
        options,
        dropsClouds = false,
    }: { readonly options?: Task["options"]; readonly dropsClouds?: boolean } = {},
): Task | undefined {
    const wanted = new Set(recipients)
    const actual = new Set(held?.labels)
    const extra = [...actual.difference(wanted)].toSorted()
    const missing = [...wanted.difference(actual)].toSorted()
    const renewed = [...actual.intersection(wrapped)].toSorted()
    const clouds = dropsClouds ? { dropsClouds: true as const } : {}
    const task = { path, source, recipients, known, file, extra, missing, renewed, ...clouds }
    if (value !== undefined)
        return {
            ...task,
            value,
            how: file === undefined ? "new" : "value",
            ...(options === undefined ? {} : { options }),
        }
    if (extra.length > 0 || dropsClouds) return { ...task, how: "rotate" }
    if (missing.length + renewed.length > 0) return { ...task, how: "rewrap" }
    const isMoved = path !== source && file !== undefined && hasBinding(file)
    return isMoved ? { ...task, how: "bind" } : undefined
}

/** That a file is bound as it is. Throws `Failure` when it is encrypted for somebody whom neither links nor the list name. */
export function bindingTask(
    path: string,
    { source, file, held }: Examined,
    { recipients, known, linked }: Pick<Decision, "recipients" | "known" | "linked">,
    moved: boolean,
): Task | undefined {
    if (file === undefined) return undefined
    const named = new Set([...known, ...linked.map(({ recipient }) => recipient)])
    const strangers = (held?.labels ?? []).filter((each) => !named.has(each))
    if (strangers.length > 0)
        throw new Failure(
            "refused",
            `secret "${secretName(path)}" is encrypted for ${strangers.map(shortened).join(", ")}, whom no link names`,
            { hint: "hostseal key update" },
        )
    const task = { path, source, recipients, known, file, extra: [], missing: [], renewed: [] }
    return { ...task, how: "bind", accept: moved ? "moved" : "here" }
}

/** For whom its data key is wrapped. Whoever has an entry already keeps it when nobody loses theirs. */
export function wrapsFor(task: Task): readonly string[] {
    const { how, recipients, missing, renewed } = task
    if (how === "bind") return []
    if (keepsKey(task) && task.extra.length === 0) return missing
    return how === "rewrap" ? [...missing, ...renewed] : recipients
}

/** Whether one of many values is changed, for which the others have to be opened. */
export function keepsKey({ path, file, value }: Pick<Task, "path" | "file" | "value">): boolean {
    return value !== undefined && file !== undefined && formatAt(path) !== "binary"
}

/** What sealing has to know of a task. */
export type Sealing = Omit<Task, "recipients" | "missing">

/** A file as it is to be. */
export interface Sealed {
    readonly bytes: Buffer
    /** A name of the data key, if the file is bound under it. */
    readonly key: string | undefined
    /** Recipients whose entries were not those that the file was bound with. */
    readonly renewed: readonly string[]
}

/** What sealing may have to ask for. */
export interface Means {
    /** The data key of the old file. */
    readonly open: (document: Document) => Promise<Buffer>
    readonly at: Date
    readonly targetOf: (recipient: string) => Promise<Target>
}

/** The new file, for targets of all that `wrapsFor` names. The old one is opened if that is needed. */
export async function seal(task: Sealing, targets: readonly Target[], means: Means): Promise<Sealed> {
    const { path, file, value, extra } = task
    const document = file && (await parseDocument(file, formatAt(task.source)))
    const format = formatAt(path)
    if (value !== undefined && (document === undefined || format === "binary")) {
        const { bind, key } = noting(path)
        const { at } = means
        const bytes =
            document === undefined
                ? format === "binary"
                    ? await sealBinary(value, targets, at, bind)
                    : await sealTree(await plaintextFor(task)(Buffer.alloc(0)), format, targets, {
                          at,
                          bind,
                          ...task.options,
                      })
                : await replaceBinary(
                      document,
                      undefined,
                      value,
                      targets,
                      means.at,
                      entriesOf(document, extra),
                      bind,
                  )
        return { bytes, key: key(), renewed: [] }
    }
    if (document === undefined) throw new Error("a secret without a file and a value")
    let dataKey: Buffer
    try {
        dataKey = await means.open(document)
    } catch (error) {
        // Nobody here can open it: under its new name it goes unbound, for the old binding would say that a stranger moved it.
        const isLocked = error instanceof NoIdentityMatch
        if (task.how !== "bind" || task.accept !== undefined || task.strict === true || !isLocked) throw error
        return { bytes: unbindDocument(document), key: undefined, renewed: [] }
    }
    try {
        return await sealedAnew(task, document, dataKey, targets, means)
    } finally {
        dataKey.fill(0)
    }
}

/** The new plaintext of a file, made of the old one where only one value in it is new. */
function plaintextFor({ path, key, value = Buffer.alloc(0) }: Sealing): (old: Buffer) => Promise<Buffer> {
    const format = formatAt(path)
    return async (old) => {
        if (key === undefined || format === "binary") return value
        try {
            return await withValue(old, format, key, value)
        } catch (error) {
            if (!(error instanceof SopsError)) throw error
            throw new Failure("refused", `${visibleName(path)}: ${error.message}`)
        }
    }
}

async function sealedAnew(
    task: Sealing,
    document: Document,
    dataKey: Buffer,
    targets: readonly Target[],
    { at, targetOf }: Means,
): Promise<Sealed> {
    const { path, source, how, value, extra, known, accept, strict = false, renewed: unseen } = task
    const place = accept === undefined ? source : path
    const verdict = judge(document, dataKey, place)
    if (verdict.kind === "elsewhere" && accept !== "moved") throw sealedElsewhere(place, verdict.place)
    if (verdict.kind === "unbound" && strict && accept === undefined) throw notBound(source)
    const { bind, key } = noting(path)
    if (value !== undefined) {
        const renewed = verdict.kind === "entries" ? verdict.ids : []
        const isProven = verdict.kind === "bound" || renewed.length > 0 || isKnown(document, known)
        const rest = withoutEntries(document, renewed)
        const own = [...kept(rest), ...(await Promise.all(renewed.map(targetOf)))]
        if (extra.length === 0) {
            const all = [...own, ...targets]
            const bytes = await reseal(rest, dataKey, plaintextFor(task), all, {
                at,
                bind: isProven ? bind : undefined,
            })
            return { bytes, key: key(), renewed }
        }
        const next = await parseDocument(
            await reseal(rest, dataKey, plaintextFor(task), own, { at }),
            document.format,
        )
        const bytes = await rotate(next, dataKey, targets, at, entriesOf(document, extra), bind)
        return { bytes, key: key(), renewed: [] }
    }
    if (how === "rotate") {
        const clouds = task.dropsClouds === true ? recipientsOf(document).filter((id) => !isOurs(id)) : []
        const dropped = entriesOf(document, extra).union(new Set(clouds))
        const bytes = await rotate(document, dataKey, targets, at, dropped, bind)
        return { bytes, key: key(), renewed: [] }
    }
    if (accept !== undefined) openDocument(document, dataKey)
    const renewed = verdict.kind === "entries" ? verdict.ids : []
    if (how === "bind" && renewed.length === 0) {
        if (accept === undefined && verdict.kind !== "bound")
            return { bytes: unbindDocument(document), key: undefined, renewed }
        const bytes =
            verdict.kind === "bound" && path === place
                ? encode(document.source)
                : bindDocument(document, dataKey, path)
        return { bytes, key: dataKeyName(dataKey), renewed }
    }
    const rest = withoutEntries(document, [...renewed, ...entriesOf(document, unseen)])
    const isProven = verdict.kind === "bound" || renewed.length > 0 || isKnown(rest, known)
    const all = [...kept(rest), ...targets, ...(await Promise.all(renewed.map(targetOf)))]
    const bytes = await rewrap(rest, dataKey, all, new Set(), isProven ? bind : undefined)
    return { bytes, key: key(), renewed }
}

/** Binds to the folder of a secret, and tells afterwards under which data key. */
function noting(path: string): { readonly bind: Binder; readonly key: () => string | undefined } {
    let name: string | undefined
    const bound = boundTo(path)
    return {
        bind: (dataKey, entries) => {
            name = dataKeyName(dataKey)
            return bound(dataKey, entries)
        },
        key: () => name,
    }
}

/** Whether a file has a binding, good or not. */
export function hasBinding(file: Buffer): boolean {
    return hasField.test(file.toString("latin1"))
}

/** As each format writes it. */
const hasField = new RegExp(`"${bindingField}"|^\\s*(?:sops_)?["']?${bindingField}["']?(?::|__)`, "mu")

/** Whether this clone has agreed to everybody who has an entry. Keys in a cloud are in nobody's list. */
function isKnown(document: Document, known: readonly string[]): boolean {
    const names = new Set(known)
    return recipientsOf(document).every((id) => !isOurs(id) || names.has(nameOf(id)))
}

/** That a file is that of another secret, and nothing is done with it for this one. */
export function sealedElsewhere(path: string, place: string): Failure {
    const name = secretName(path)
    return new Failure("refused", `the file of secret "${name}" was sealed for ${visibleName(place)}`, {
        hint: `take its own file from git; if it was moved on purpose: ${lineToCopy("hostseal bind", [name], ["--moved"])}`,
    })
}

/** That a file is not bound, where that has to be. */
export function notBound(path: string): Failure {
    const name = secretName(path)
    return new Failure("refused", `the file of secret "${name}" is not bound to its place and readers`, {
        hint: `see who changed it last; if that is right: ${lineToCopy("hostseal bind", [name])}`,
    })
}

/** Those who have an entry: it stays as it is, even if nobody could make another one for them. */
function kept(document: Document): readonly Target[] {
    return recipientsOf(document).map((id) => ({
        id,
        wrap: () => Promise.reject(new Error("an entry that is there is not made anew")),
    }))
}

/** The entries of these recipients, by the names that the file has for them: of PGP keys perhaps the last 16 digits. */
function entriesOf(document: Document, recipients: readonly string[]): Set<string> {
    if (recipients.length === 0) return new Set()
    const names = spelling([...recipients, ...recipientsOf(document)])
    const wanted = new Set(recipients)
    return new Set(recipientsOf(document).filter((id) => wanted.has(names(nameOf(id)))))
}
