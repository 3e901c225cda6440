// The end of every mutation: staged, written down, made, committed. And its beginning: what an earlier one left.

import { existsSync, lstatSync } from "node:fs"
import { join } from "node:path"
import { explain, UserError } from "../../error.ts"
import { note, warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { announce, commit, restage } from "../git/commit.ts"
import { fromNul } from "../git/git.ts"
import type { Checkout } from "../git/git.ts"
import { removeLeftLocks } from "../git/left-locks.ts"
import type { Preload } from "./preload.ts"
import { reasonOf } from "../../os/system-error.ts"
import { Refusal } from "../../repo/refusal.ts"
import { guard } from "../terminal/interruption.ts"
import type { Lesson } from "../../repo/consent/accepted.ts"
import { writeLesson } from "../../repo/consent/accepted-file.ts"
import type { WrittenLesson } from "../../repo/consent/accepted-file.ts"
import { mustBeWritable, remember } from "./accepted.ts"
import { forgetCommand, noteCommand } from "./last.ts"
import type { LastCommand } from "./last.ts"
import { readJournal, removeJournal, turnJournal, writeJournal } from "./journal.ts"
import type { Journal } from "./journal.ts"
import { asSentence } from "../system-failure.ts"
import { apply, discard, mustStayInside, removeEmptied, stage, stagingFolder, takeBack } from "./staging.ts"
import type { Write } from "./staging.ts"

/** What a change came to. */
export interface Made {
    /** The files and links that changed. */
    readonly paths: readonly string[]
    /** Those that the commit has; undefined when nothing was to be committed. */
    readonly committed: readonly string[] | undefined
}

/** What is to be made, with the message of its commit; of the contents git may know some already. */
export interface PreparedChange {
    readonly writes: readonly Write[]
    readonly preload: Preload
    readonly message: string
    /** Files that are committed with it as they are. */
    readonly with: readonly string[]
    /** What this clone agrees to by it. */
    readonly lesson: WrittenLesson
    /** The name that it gives to somebody. */
    readonly renamed?: Journal["renamed"]
}

/**
 * Makes a change and commits it, or leaves the tree as it was and says why. Killed in between, it is finished by the
 * next command. Nothing is done for a change that changes nothing.
 */
export async function makeChange(
    flake: string,
    git: Checkout | undefined,
    { writes, preload, message, lesson, with: others, renamed }: PreparedChange,
    context: Context,
): Promise<Made> {
    mustBeWritable(flake, git, context)
    // Git writes its pack to the disk meanwhile.
    const packed = preload.end()
    const staged = await staging(flake, writes).finally(async () => packed)
    if (staged.steps.length === 0) {
        discard(flake, staged)
        remember(flake, git, lesson, context)
        return { paths: [], committed: undefined }
    }
    const how = git === undefined ? "no git" : context.flags.noCommit ? "announce" : "commit"
    const journal: Journal = { version: 1, message, commit: how, ...copied(staged, others), lesson, renamed }
    return uninterrupted(async () => {
        try {
            writeJournal(flake, git, journal)
        } catch (error) {
            abandon(flake, git, journal)
            throw new UserError("nothing was changed", { cause: asSentence(error) })
        }
        try {
            apply(flake, journal)
        } catch (error) {
            await undo(flake, git, journal)
            throw new UserError("nothing was changed", { cause: asSentence(error) })
        }
        let committed: Made["committed"]
        try {
            committed = await conclude(flake, git, journal)
        } catch (error) {
            await undo(flake, git, journal)
            throw error instanceof Failure
                ? new Failure(error.code, "nothing was changed", { cause: error })
                : new UserError("nothing was changed: git could not commit it", {
                      cause: error,
                      hint: "--no-commit leaves the commit to you",
                  })
        }
        try {
            clearAway(flake, git, journal, context)
        } catch (error) {
            const reason = reasonOf(error)
            warn(context, `the change is made; what it needed is still there until the next one: ${reason}`)
        }
        return { paths: journal.paths, committed }
    })
}

/**
 * Finishes, or clears away, what a command left that was killed. Nothing else may be done before: throws when it cannot
 * be.
 */
export async function recover(flake: string, git: Checkout | undefined, context: Context): Promise<void> {
    try {
        await recoverAll(flake, git, context)
    } catch (error) {
        if (error instanceof Failure || error instanceof Refusal) throw error
        const message = "nothing was changed: what an interrupted command has left cannot be cleared away"
        throw new UserError(message, { cause: error })
    }
}

async function recoverAll(flake: string, git: Checkout | undefined, context: Context): Promise<void> {
    // A `sops` that is a link is refused when the tree is loaded; nothing is cleared away behind it.
    if (lstatSync(join(flake, "sops"), { throwIfNoEntry: false })?.isSymbolicLink() === true) return
    const hasStaging = existsSync(join(flake, stagingFolder))
    const found = readJournal(flake, git)
    if (found === undefined) {
        if (!hasStaging) return
        await mustNotBeCommitted(git)
        discard(flake)
        removeJournal(flake, git)
        return
    }
    const { journal } = found
    mustStayInside(flake, journal)
    const locks = git === undefined ? [] : await removeLeftLocks(git, found.since)
    if (locks.length > 0) note(context, `removed what a git that was killed had left: ${locks.join(", ")}`)
    if (!hasStaging) {
        warn(
            context,
            `a command was interrupted ("${firstLine(journal)}"), and what it had prepared is gone: look at "git status"`,
        )
        removeJournal(flake, git)
        return
    }
    let isDone = !found.undo
    if (isDone) {
        try {
            apply(flake, journal)
            await conclude(flake, git, journal)
        } catch (error) {
            isDone = false
            turnJournal(flake, git)
            const [reason = ""] = explain(error)
            warn(context, `an interrupted command cannot be finished and is taken back: ${reason}`)
        }
    }
    if (isDone) {
        clearAway(flake, git, journal, context)
        note(context, `finished what an interrupted command had begun: ${firstLine(journal)}`)
        return
    }
    takeBack(flake, journal)
    if (git !== undefined) await restage(git, journal.paths)
    abandon(flake, git, journal)
    note(context, `took back what an interrupted command had begun: ${firstLine(journal)}`)
}

/** Whether a command was killed here and nothing has finished it yet. */
export function isUnfinished(flake: string): boolean {
    return existsSync(join(flake, stagingFolder))
}

/** The folder of changes may lie in the history: what belongs to a commit is not what a killed command has left. */
async function mustNotBeCommitted(git: Checkout | undefined): Promise<void> {
    const [file] = git === undefined ? [] : fromNul(await git.run(["ls-files", "-z", "--", stagingFolder]))
    if (file === undefined) return
    throw new Failure(
        "refused",
        `${stagingFolder} is committed; changes are prepared there, and nothing else`,
        {
            hint: `git rm -r ${stagingFolder} && git commit`,
        },
    )
}

/** Stages; a signal meanwhile leaves nothing behind. */
async function staging(flake: string, writes: readonly Write[]): ReturnType<typeof stage> {
    const release = guard(() => discard(flake))
    try {
        return await stage(flake, writes)
    } finally {
        release()
    }
}

async function conclude(
    flake: string,
    git: Checkout | undefined,
    journal: Journal,
): Promise<Made["committed"]> {
    removeEmptied(flake, journal)
    let committed: Made["committed"]
    if (git !== undefined && journal.commit === "commit")
        committed = await commit(git, journal.paths, journal.message)
    if (git !== undefined && journal.commit === "announce") await announce(git, journal.paths)
    return committed
}

/** After a change was made: it is remembered, and what it needed is cleared away. */
function clearAway(flake: string, git: Checkout | undefined, journal: Journal, context: Context): void {
    const names = journal.lesson && remember(flake, git, journal.lesson, context)
    if (git !== undefined) noteLast(git, journal, names)
    removeJournal(flake, git)
    discard(flake)
}

/**
 * `git.head` is the commit before: if another one came between, it is not the parent, and nothing is undone. What cannot
 * be noted cannot be undone; it is no reason to do anything again.
 */
function noteLast(git: Checkout, journal: Journal, names: Lesson | undefined): void {
    try {
        if (journal.commit !== "commit" || names === undefined) forgetCommand(git)
        else noteCommand(git, noteOf(git, journal, names))
    } catch {
        // An older note is of another parent.
    }
}

function noteOf(git: Checkout, journal: Journal, names: Lesson): LastCommand {
    const { paths, renamed } = journal
    return {
        version: 1,
        parent: git.head ?? null,
        subject: firstLine(journal),
        paths,
        ...(renamed === undefined ? {} : { renamed }),
        names: writeLesson(names),
    }
}

/** Takes a change back. When that is not possible now, the next command does it. */
async function undo(flake: string, git: Checkout | undefined, journal: Journal): Promise<void> {
    try {
        turnJournal(flake, git)
        takeBack(flake, journal)
    } catch (error) {
        throw new UserError("a change was begun, and could neither be finished nor taken back", {
            cause: asSentence(error),
            hint: "mend that first: the next command will see to the rest",
        })
    }
    try {
        if (git !== undefined) await restage(git, journal.paths)
        abandon(flake, git, journal)
    } catch {
        // The tree is as it was. What is left in git's index, and beside the tree, the next command clears away.
    }
}

function abandon(flake: string, git: Checkout | undefined, { made }: Journal): void {
    removeJournal(flake, git)
    discard(flake, { made })
}

/** Ctrl-C has to wait for a moment: what is begun here takes less time than undoing it. */
async function uninterrupted<T>(work: () => Promise<T>): Promise<T> {
    const wait = (): void => undefined
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
    for (const signal of signals) process.on(signal, wait)
    try {
        return await work()
    } finally {
        for (const signal of signals) process.off(signal, wait)
    }
}

function copied(
    { steps, paths, emptied, made }: Awaited<ReturnType<typeof stage>>,
    others: readonly string[],
) {
    const all = [...new Set([...paths, ...others])]
    return { steps: [...steps], paths: all, emptied: [...emptied], made: [...made] }
}

function firstLine({ message }: Journal): string {
    return message.split("\n", 1).join("")
}
