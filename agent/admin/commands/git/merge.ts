import { writeFileSync } from "node:fs"
import { basename, resolve } from "node:path"
import { visibleName } from "../../../error.ts"
import { type Debt, mergeDebts, parseDebts, printDebts } from "../../../repo/debt.ts"
import { maxSize } from "../../../sops/codec.ts"
import { type Document, parseDocument, recipientsOf } from "../../../sops/document.ts"
import { openDocument } from "../../../sops/open.ts"
import { boundTo } from "../../../sops/bind.ts"
import { judge } from "../../../sops/binding.ts"
import { rewrap, withoutEntries } from "../../../sops/rewrap.ts"
import { rotate } from "../../../sops/rotate.ts"
import { unlockAll } from "../../../sops/unlock.ts"
import { type Context, note } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { findIdentities } from "../../keys/find.ts"
import { mergeVersions, type MergeSide } from "../../git/merge.ts"
import { doubtAbout, isProven, type Labelled, meantFor, unproven } from "../../git/merge-sides.ts"
import { readBounded } from "../../../os/regular-file.ts"
import type { Accepted } from "../../../repo/consent/accepted.ts"
import { recallOf } from "../../change/accepted.ts"
import { heldIn } from "../../change/held.ts"
import { targetMaker } from "../../change/sealing/targets.ts"
import { findGit } from "../../git/git.ts"
import { shortened } from "../../keys/recipient-name.ts"
import { Values } from "../../../repo/copies.ts"
import { nameOf } from "../../../repo/recipients.ts"

interface Input {
    readonly base: string
    readonly ours: string
    readonly theirs: string
    readonly path: string | undefined
}

interface Opened extends MergeSide, Labelled {
    readonly document: Document
    readonly dataKey: Buffer
    readonly bytes: Buffer
}

/** Writes the merged secret over OURS. Until then nothing is changed; the exit code 1 tells git of a conflict. */
export async function merge({ base, ours, theirs, path = ours }: Input, context: Context): Promise<number> {
    if (basename(path) === "debt.json") {
        const notes = [base, ours, theirs].map((file) => notesIn(file, path, context))
        return mergeNotes(notes, ours, context)
    }
    const { place, accepted } = await around(path, context)
    const [before, our, their] = await openAll([base, ours, theirs], place, context)
    if (our === undefined || their === undefined)
        throw new Failure("conflict", `${visibleName(path)} is gone on one side`)
    const known = place === undefined ? undefined : accepted?.secrets.get(place)?.recipients
    const doubts = [our, their].map((side) =>
        doubtAbout(side, before?.labels ?? [], known, accepted?.strict ?? false),
    )
    const merged = mergeVersions(before, our, their)
    if (merged === undefined) {
        note(
            context,
            `${visibleName(path)}: both sides have a new value, and that of this branch stands there`,
        )
        note(context, `set the right one (hostseal set --no-commit NAME), then: git add ${visibleName(path)}`)
        return 1
    }
    const side = merged.from === "ours" ? our : their
    const wanted = new Set(merged.recipients)
    const reasons = [
        ...doubts.filter((doubt) => doubt !== undefined),
        ...(accepted === undefined || place === undefined
            ? []
            : await notAccepted(place, side, wanted, accepted)),
    ]
    if (reasons.length > 0) {
        for (const line of new Set(reasons)) note(context, `${visibleName(path)}: ${line}`)
        note(
            context,
            `take one side (git checkout --ours or --theirs ${visibleName(path)}; git add it), then: hostseal key update`,
        )
        return 1
    }
    const targets = () => Promise.all(merged.recipients.map(targetMaker(context)))
    const lost = side.labels.filter((recipient) => !wanted.has(recipient))
    const anew = unproven(side)
    const bind = place !== undefined && isProven(side) ? boundTo(place) : undefined
    let result = side.bytes
    if (lost.length > 0) {
        const dropped = new Set(lost)
        result = await rotate(side.document, side.dataKey, await targets(), context.now(), dropped, bind)
    } else if (wanted.size > side.labels.length || anew.length > 0) {
        const kept = withoutEntries(side.document, anew)
        result = await rewrap(kept, side.dataKey, await targets(), new Set(), bind)
    }
    if (anew.length > 0)
        note(
            context,
            `${visibleName(path)}: entries that were not those it was bound with are made anew: ${anew.map(shortened).join(", ")}`,
        )
    writeFileSync(resolve(context.cwd, ours), result)
    return 0
}

/** The folder of the secret, and what this clone has accepted; a clone that has accepted nothing yet takes all on trust. */
async function around(
    path: string,
    { cwd, env }: Context,
): Promise<{ readonly place: string | undefined; readonly accepted: Accepted | undefined }> {
    const [, prefix = "", place] = /^(|.*\/)((?:sops|vars)\/.*)\/secret$/su.exec(path) ?? []
    const git = place === undefined ? undefined : await findGit(cwd, env)
    return { place, accepted: git && recallOf(git, prefix) }
}

/**
 * What a merge would give away that this clone has not accepted: nobody named those readers here, and a side of a merge
 * is what somebody has written.
 */
async function notAccepted(
    place: string,
    side: Opened,
    wanted: ReadonlySet<string>,
    accepted: Accepted,
): Promise<readonly string[]> {
    const has = new Set(side.labels)
    const wrapped = has.isSubsetOf(wanted) ? wanted.difference(has).union(new Set(unproven(side))) : wanted
    if (wrapped.size === 0) return []
    const held = await heldIn(side.bytes, undefined)
    const known = new Set(accepted.secrets.get(place)?.recipients ?? [...has].map(nameOf))
    const strangers = [...wrapped].map(nameOf).filter((each) => !known.has(each))
    const copies = held === undefined ? [] : new Values(accepted).copiedFrom(place, held)
    return [
        ...strangers.map((each) => `${shortened(each)} would gain it, which was not accepted in this clone`),
        ...copies.map((other) => `the file of one side is that of ${visibleName(other)}`),
    ]
}

/** The notes beside a secret: what both sides know of debts. */
function mergeNotes(
    [base = [], ours = [], theirs = []]: readonly (readonly Debt[])[],
    target: string,
    context: Context,
): number {
    writeFileSync(resolve(context.cwd, target), printDebts(mergeDebts(base, ours, theirs)))
    return 0
}

function notesIn(file: string, path: string, { cwd }: Context): readonly Debt[] {
    const text = readBounded(resolve(cwd, file), maxSize)?.toString("utf8") ?? ""
    try {
        return text === "" ? [] : parseDebts(text)
    } catch (error) {
        throw new Failure("conflict", `${visibleName(path)} cannot be merged`, { cause: error })
    }
}

/** All versions that there are, with one unlocking for all of them. */
async function openAll(
    paths: readonly string[],
    place: string | undefined,
    context: Context,
): Promise<readonly (Opened | undefined)[]> {
    const files = paths.map((path) => readBounded(resolve(context.cwd, path), maxSize) ?? Buffer.alloc(0))
    const documents = await Promise.all(
        files.map(async (file) => (file.length === 0 ? undefined : parseDocument(file, "binary"))),
    )
    const present = documents.filter((document) => document !== undefined)
    const keys = await unlockAll(present, (await findIdentities(context)).keyring)
    return documents.map((document, index) => {
        if (document === undefined) return undefined
        const dataKey = keys[present.indexOf(document)]
        if (!(dataKey instanceof Buffer)) {
            throw new Failure("cannot-decrypt", "you cannot open every version of this secret", {
                cause: dataKey,
                hint: "let somebody merge who can",
            })
        }
        const verdict = place === undefined ? undefined : judge(document, dataKey, place)
        const labelled = { labels: recipientsOf(document), verdict }
        return {
            ...labelled,
            document,
            dataKey,
            bytes: files[index] ?? Buffer.alloc(0),
            value: openDocument(document, dataKey).whole(),
            recipients: meantFor(labelled),
        }
    })
}
