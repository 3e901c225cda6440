// The last command is taken back by another commit. It is a change as all others are: files are sealed for those who may
// read them then, who loses access is noted, and who would gain some is a question that --yes does not answer.

import { shellWord } from "../../os/shell-words.ts"
import { visible } from "../../error.ts"
import type { Reader } from "../../repo/access.ts"
import type { Edit } from "../../repo/difference.ts"
import { holdersOf, readerName, shifts } from "../../repo/difference.ts"
import { secretName } from "../../repo/edits.ts"
import { readLesson } from "../../repo/consent/accepted-file.ts"
import type { Repo } from "../../repo/repo.ts"
import { quickRecipients } from "../../sops/shape/quick-reading.ts"
import { acceptedBy } from "../change/ask.ts"
import { lastCommand } from "../change/last.ts"
import type { LastCommand } from "../change/last.ts"
import { isUnfinished } from "../change/make.ts"
import { mutate } from "../change/mutation.ts"
import type { Context } from "../context.ts"
import { note, warn } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { findGit } from "../git/git.ts"
import type { Checkout } from "../git/git.ts"
import { openPast } from "../keys/open-secret.ts"
import { shortened } from "../keys/recipient-name.ts"
import { someOf } from "../quantity.ts"
import { needsClan } from "../repository/layout.ts"
import { loadWorktree } from "../repository/worktree.ts"
import { parseCommit } from "../signed/commit.ts"
import { uncommittedTodos } from "../status/tree.ts"
import { askYesNo } from "../terminal/prompt.ts"
import { beforeLast } from "./before.ts"
import type { Before } from "./before.ts"

/** Takes back what the last command did, values included, in a commit of its own. */
export async function undo(_input: object, context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    needsClan(flake, context)
    const git = await findGit(flake, context.env)
    if (git === undefined) throw new Failure("refused", "there is no git repository, and so no way back")
    const last = await undoable(flake, git)
    const { repo: now } = loadWorktree(flake)
    const before = await beforeLast(git, now, last)
    const values = new Map<string, Buffer>()
    for (const [path, file] of before.files) values.set(path, await openPast(flake, path, file, context))
    if (!changesAnything(now, before))
        throw new Failure("refused", `"${last.subject}" changed neither values nor readers`, {
            hint: `it changed how files are sealed: git revert HEAD takes that back`,
        })
    await askAboutGains(gainsOf(now, before), context)
    await mutate(context, {
        message: `secrets: undo "${last.subject}"`,
        says: `taken back: ${visible(last.subject)}`,
        values,
        owed: before.owed,
        files: before.others,
        lesson: { ...readLesson(last.names), secrets: new Map() },
        edit: async ({ repo }) => {
            if ((await undoable(flake, git)).parent !== last.parent || repo.secrets.size !== now.secrets.size)
                throw new Failure("conflict", "nothing was changed: another command ran meanwhile")
            return (await beforeLast(git, repo, last)).edit
        },
    })
    for (const value of values.values()) value.fill(0)
}

/** The last command, if it can be undone. Throws `Failure` with the reason otherwise. */
async function undoable(flake: string, git: Checkout): Promise<LastCommand> {
    const last = lastCommand(git)
    const head = (await git.run(["rev-parse", "--verify", "--quiet", "HEAD"]).catch(() => Buffer.alloc(0)))
        .toString("latin1")
        .trim()
    if (last === undefined || head === "")
        throw new Failure("refused", "no command has made a commit here that is known", {
            hint: '"git log" has what was done; "hostseal log SECRET" says what became of one secret',
        })
    const commit = parseCommit(head, await git.run(["cat-file", "commit", head]))
    const [parent = null, ...others] = commit.parents
    if (parent !== last.parent || others.length > 0 || commit.message.split("\n", 1)[0] !== last.subject)
        throw new Failure("refused", `others have built on "${last.subject}", the last command here`, {
            hint: "undo what came after it first, or make the change that you want",
        })
    if (isUnfinished(flake))
        throw new Failure("refused", "a command was interrupted, or is at work", {
            hint: "hostseal key update",
        })
    const [open] = await uncommittedTodos(git, ["sops", "vars"], () => true)
    if (open !== undefined)
        throw new Failure("refused", `${open.path ?? ""} ${open.message}`, {
            hint: `commit it or take it back first: ${open.next ?? "git status"}`,
        })
    return last
}

function changesAnything(now: Repo, { edit, files, others }: Before): boolean {
    const { repo, moved, renamed } = edit
    if (files.size + others.length + (moved?.size ?? 0) > 0 || renamed !== undefined) return true
    return (["users", "machines", "groups", "secrets"] as const).some((kind) => {
        const [is, was]: [ReadonlyMap<string, unknown>, ReadonlyMap<string, unknown>] = [
            now[kind],
            repo[kind],
        ]
        return is.size !== was.size || [...was].some(([name, value]) => is.get(name) !== value)
    })
}

/** Somebody who can read something again, with which keys. */
interface Gain {
    readonly reader: Reader
    readonly secrets: Set<string>
    readonly recipients: Set<string>
}

/** Who would read what they cannot read now. A secret that was removed comes back for those who could read it. */
function gainsOf(now: Repo, { edit, files }: Before): readonly Gain[] {
    const gains = new Map<string, Gain>()
    const before: Edit["repo"] = edit.renamed?.repo ?? now
    for (const shift of shifts(before, edit)) {
        const isBack = !now.secrets.has(edit.moved?.get(shift.path) ?? shift.path)
        const file = files.get(shift.path)
        const had = isBack && file !== undefined ? (quickRecipients(file) ?? []) : shift.before
        for (const recipient of shift.after.filter((each) => !had.includes(each)))
            for (const reader of holdersOf(edit.repo, new Set([recipient]))) {
                const id = readerName(reader)
                const gain = gains.get(id) ?? { reader, secrets: new Set(), recipients: new Set() }
                gains.set(id, gain)
                gain.secrets.add(secretName(shift.path))
                gain.recipients.add(recipient)
            }
    }
    return [...gains.values()]
}

async function askAboutGains(gains: readonly Gain[], context: Context): Promise<void> {
    const accepts = acceptedBy(context, false)
    for (const { reader, secrets, recipients } of gains.filter((gain) => !accepts(gain.reader))) {
        const keys = [...recipients].map(shortened).join(", ")
        const text = visible(
            `${reader.kind} ${reader.name} could read ${someOf([...secrets])} again (${keys})`,
        )
        if (context.flags.dryRun) {
            warn(context, `${text}: that would be a question`)
            continue
        }
        const terminal = context.terminal()
        const names = gains.flatMap((gain) => ["--accept", readerName(gain.reader)])
        if (terminal !== undefined) {
            note(context, text)
            const instead = `--accept ${readerName(reader)}`
            if (await askYesNo(terminal, { text: `Let ${reader.name} read this again?`, instead })) continue
        }
        throw new Failure("refused", `nothing was changed: ${text}`, {
            hint: `if it is meant: hostseal ${[...context.argv, ...names].map(shellWord).join(" ")}`,
        })
    }
}
