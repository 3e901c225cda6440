// What the next command has to know if this one is killed: the steps of a change that is staged in full. From the
// moment the journal is there the change will be made; before that, nothing has been touched. From the moment it has
// its other name the change will be taken back: a rename, for which the fullest disk has room.

import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as z from "zod/mini"
import { UserError } from "../../error.ts"
import { lessonSchema } from "../../repo/consent/accepted-file.ts"
import type { Checkout } from "../git/git.ts"
import { readBounded } from "../../os/regular-file.ts"
import { stagingFolder } from "./staging.ts"

/** In the tree, without a segment that leads elsewhere, also to git's: a journal is read before anything is judged. */
const path = z.string().check(
    z.regex(/^[^/\0]+(?:\/[^/\0]+)*$/u),
    z.refine((text) => text.split("/").every((segment) => !/^(?:\.{1,2}|\.git)$/iu.test(segment))),
)
const schema = z.strictObject({
    version: z.literal(1),
    message: z.string(),
    commit: z.enum(["commit", "announce", "no git"]),
    steps: z.array(z.strictObject({ from: path, to: path, kept: z.optional(path) })),
    paths: z.array(path),
    emptied: z.array(path),
    made: z.array(path),
    /** What this clone learns by it; a journal of an older program has nothing to teach. */
    lesson: z.optional(lessonSchema),
    /** The name that it gives to somebody. */
    renamed: z.optional(
        z.strictObject({ kind: z.enum(["user", "machine", "group"]), from: z.string(), to: z.string() }),
    ),
})

/** A change that is about to be made, and how it is to be committed. */
export type Journal = Readonly<z.infer<typeof schema>>

const largest = 64 * 1024 * 1024

/** Writes the journal so that it survives a loss of power. From here on the change counts as made. */
export function writeJournal(flake: string, git: Checkout | undefined, content: Journal): void {
    const file = journalFile(flake, git)
    const aside = `${file}.new`
    rmSync(aside, { force: true })
    writeFileSync(aside, JSON.stringify(content), { flag: "wx", mode: 0o600, flush: true })
    renameSync(aside, file)
    const folder = openSync(dirname(file), "r")
    try {
        fsyncSync(folder)
    } finally {
        closeSync(folder)
    }
}

/** From here on the change counts as not made. */
export function turnJournal(flake: string, git: Checkout | undefined): void {
    renameSync(journalFile(flake, git), undoFile(flake, git))
}

/** A change that a command was killed in. */
export interface Unfinished {
    readonly journal: Journal
    /** Whether it is to be taken back. */
    readonly undo: boolean
    /** When it was written down, in milliseconds. */
    readonly since: number
}

/** The change that a command was killed in, if one was. */
export function readJournal(flake: string, git: Checkout | undefined): Unfinished | undefined {
    for (const undo of [true, false]) {
        const file = undo ? undoFile(flake, git) : journalFile(flake, git)
        const journal = read(file)
        if (journal !== undefined) return { journal, undo, since: lstatSync(file).mtimeMs }
    }
    return undefined
}

function read(file: string): Journal | undefined {
    const bytes = readBounded(file, largest)
    if (bytes === undefined) return undefined
    const parsed = z.safeParse(schema, parsedJson(bytes.toString("utf8")))
    if (parsed.success) return parsed.data
    throw new UserError(`${file} is not a journal of hostseal`, {
        hint: `look at "git status", then remove ${file} and ${stagingFolder}`,
    })
}

/** Ends the change that the journal is about. Nothing is left of a journal that was not written in full either. */
export function removeJournal(flake: string, git: Checkout | undefined): void {
    const file = journalFile(flake, git)
    rmSync(file, { force: true })
    rmSync(`${file}.new`, { force: true })
    rmSync(undoFile(flake, git), { force: true })
}

/** With git it lies in the directory of git, where nobody else's repository can bring one along. */
function journalFile(flake: string, git: Checkout | undefined): string {
    return git === undefined
        ? join(flake, stagingFolder, "journal.json")
        : join(git.directory, "hostseal-journal.json")
}

function undoFile(flake: string, git: Checkout | undefined): string {
    return journalFile(flake, git).replace(/\.json$/u, "-undo.json")
}

function parsedJson(text: string): unknown {
    try {
        return JSON.parse(text)
    } catch {
        return undefined
    }
}
