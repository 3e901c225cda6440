import { writeFileSync } from "node:fs"
import { basename, dirname, resolve } from "node:path"
import { lineToCopy } from "../../../os/shell-words.ts"
import { visibleName } from "../../../error.ts"
import { mergeDebts, parseDebts, printDebts } from "../../../repo/debt.ts"
import { ledgerName, mergeLedgers, parseLedger, printLedger } from "../../../repo/ruled-debt.ts"
import { maxSize } from "../../../sops/codec.ts"
import { type Context, note } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { mergeVersions } from "../../git/merge.ts"
import { type Merging, readOnOneSide, reasonsAgainst, sideOf } from "../../git/merge-reasons.ts"
import { unproven } from "../../git/merge-sides.ts"
import { isPlain, mergeAsText } from "../../git/merge-text.ts"
import { type MergePlace, openVersions, placeOf } from "../../git/merge-versions.ts"
import { mergedFile } from "../../git/merge-write.ts"
import { shortened } from "../../keys/recipient-name.ts"
import { readBounded } from "../../../os/regular-file.ts"

/** What lies beside the values of a generator, and says what they were made of. */
const besides: ReadonlySet<string> = new Set([".generator.json", ".validation-hash"])

interface Input {
    readonly base: string
    readonly ours: string
    readonly theirs: string
    readonly path: string | undefined
}

/** Writes the merged secret over OURS. Until then nothing is changed; the exit code 1 tells git of a conflict. */
export async function merge({ base, ours, theirs, path = ours }: Input, context: Context): Promise<number> {
    const names = [base, ours, theirs].map((file) => resolve(context.cwd, file))
    const files = names.map((file) => readBounded(file, maxSize) ?? Buffer.alloc(0))
    const write = (text: string | Buffer): void => writeFileSync(resolve(context.cwd, ours), text)
    if ([ledgerName, "debt.json"].includes(basename(path))) {
        write(mergeNotes(files, path))
        return 0
    }
    if (besides.has(basename(path))) {
        // It belongs to the values of one side, and git asks about each file by itself: both or neither.
        const folder = visibleName(dirname(path))
        note(
            context,
            `${visibleName(path)}: both sides made values of this generator, and this branch's stands there`,
        )
        note(
            context,
            `take all of one side: git checkout --ours (or --theirs) -- ${folder}; git add ${folder}; or make them anew: hostseal rotate`,
        )
        return 1
    }
    const where = await placeOf(path, context)
    const sides = files.slice(1)
    const plain = sides.filter((file) => isPlain(file, where.format)).length
    if (plain === 2) return mergeAsText(names, context)
    if (plain === 1) {
        const hint = `take one side: git checkout --ours or --theirs ${visibleName(path)}`
        throw new Failure("conflict", `${visibleName(path)} is encrypted on one side only`, { hint })
    }
    if (sides.some((file) => file.length === 0))
        throw new Failure("conflict", `${visibleName(path)} is gone on one side`)
    return mergeSecret(files, path, where, write, context)
}

async function mergeSecret(
    files: readonly Buffer[],
    path: string,
    where: MergePlace,
    write: (bytes: Buffer) => void,
    context: Context,
): Promise<number> {
    const [before, our, their] = await openVersions(files, where, context)
    if (our === undefined || their === undefined) throw new Error("a version that is not there")
    const merging: Merging = { before, our, their, merged: mergeVersions(before, our, their) }
    const { conflicts } = merging.merged
    const name = visibleName(path)
    const say = (line: string): void => note(context, `${name}: ${line}`)
    // Where the one value is in conflict, there is nothing to be merged beside it.
    const isWhole = conflicts.includes("")
    if (!isWhole) {
        const reasons = new Set(await reasonsAgainst(merging, where))
        for (const line of reasons) say(line)
        if (reasons.size > 0) {
            const take = `git checkout --ours or --theirs ${name}; git add it`
            note(context, `take one side (${take}), then: hostseal key update`)
            return 1
        }
        for (const line of readOnOneSide(merging)) say(line)
        const anew = unproven(sideOf(merging)).map(shortened).join(", ")
        if (anew !== "") say(`entries that were not those it was bound with are made anew: ${anew}`)
        write(await mergedFile(merging, where.place, context))
    }
    for (const key of conflicts) {
        const what = key === "" ? "" : ` of ${visibleName(key)}`
        say(`both sides have a new value${what}, and that of this branch stands there`)
    }
    const set = "hostseal set --no-commit"
    for (const key of conflicts) {
        const line = key === "" ? `${set} NAME` : lineToCopy(set, [where.place ?? path, key])
        note(context, `set the right one (${line}), then: git add ${name}`)
    }
    return conflicts.length === 0 ? 0 : 1
}

/** The notes beside a secret, or of all files: what both sides know of debts. */
function mergeNotes(files: readonly Buffer[], path: string): string {
    const [base = "", ours = "", theirs = ""] = files.map((file) => file.toString("utf8"))
    try {
        if (basename(path) === ledgerName) {
            const ledger = (text: string) => parseLedger(text === "" ? "{}" : text)
            return printLedger(mergeLedgers(ledger(base), ledger(ours), ledger(theirs)))
        }
        const notes = (text: string) => (text === "" ? [] : parseDebts(text))
        return printDebts(mergeDebts(notes(base), notes(ours), notes(theirs)))
    } catch (error) {
        throw new Failure("conflict", `${visibleName(path)} cannot be merged`, { cause: error })
    }
}
