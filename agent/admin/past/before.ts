// The repository before the last command, as an edit of what it is now: the links of then, and the values that it changed.

import type { Debt } from "../../repo/debt.ts"
import { parseDebts, unsettled } from "../../repo/debt.ts"
import type { Edit } from "../../repo/difference.ts"
import { renameMember } from "../../repo/edits.ts"
import { secretFolderOf } from "../../repo/listing.ts"
import { emptyRepo } from "../../repo/repo.ts"
import type { Repo } from "../../repo/repo.ts"
import { sealOf } from "../change/debts.ts"
import type { LastCommand } from "../change/last.ts"
import type { Write } from "../change/staging.ts"
import type { Checkout } from "../git/git.ts"
import { fromNul } from "../git/git.ts"
import { blobs, repositoryAt } from "../git/history.ts"
import type { Blob } from "../git/history.ts"
import { sharing } from "./sharing.ts"

/** What brings a repository back to where it was before its last commit. */
export interface Before {
    readonly edit: Edit
    /** The files of secrets whose values it changed or removed, as they were. */
    readonly files: ReadonlyMap<string, Buffer>
    /** Who still knew those values and may not. */
    readonly owed: ReadonlyMap<string, readonly Debt[]>
    /** Files that are neither links, keys nor secrets. */
    readonly others: readonly Write[]
}

interface Changed {
    readonly path: string
    readonly old: Blob | undefined
    readonly next: Blob | undefined
}

/** Compares the last commit with its parent. `now` is the repository as the commit has it. */
export async function beforeLast(
    git: Checkout,
    now: Repo,
    { parent, renamed }: LastCommand,
): Promise<Before> {
    const back = renamed && {
        kind: renamed.kind,
        from: renamed.to,
        to: renamed.from,
        repo: renameMember(now, renamed.kind, renamed.to, renamed.from),
    }
    const then = parent === null ? emptyRepo : await repositoryAt(git.run, parent, git.prefix)
    const repo = sharing(back?.repo ?? now, then)
    const changed = await changedIn(git)
    const contents = await blobs(
        git.run,
        changed.flatMap(({ old, next }) => [{ blob: old }, { blob: next }]).filter(({ blob }) => blob),
    )
    const bytesOf = (blob: Blob | undefined): Buffer | undefined => blob && contents.get(blob.id)
    const at = new Map(changed.map((each) => [each.path, each]))
    const secrets = changed.filter(({ path }) => isSecret(path)).map(({ path }) => secretFolderOf(path) ?? "")
    const moved = movedIn(secrets, now, then, (path) => {
        const { old, next } = at.get(`${path}/secret`) ?? {}
        return sealOf(bytesOf(next ?? old))?.iv
    })
    const files = new Map<string, Buffer>()
    const owed = new Map<string, readonly Debt[]>()
    for (const path of secrets) {
        const { old, next } = at.get(`${path}/secret`) ?? {}
        const [was, is] = [bytesOf(old), bytesOf(next)]
        if (was === undefined || moved.has(path)) continue
        const notes = at.get(`${path}/debt.json`)
        if (is !== undefined && !isOtherValue(was, is, bytesOf(notes?.next))) continue
        files.set(path, was)
        const text = bytesOf(notes?.old)
        if (text !== undefined) owed.set(path, unsettled(parseDebts(text.toString("utf8")), sealOf(was)))
    }
    const others = changed
        .filter(({ path }) => isOther(path))
        .map(({ path, old }): Write => {
            const bytes = bytesOf(old)
            return bytes === undefined ? { kind: "unlink", path } : { kind: "bytes", path, bytes }
        })
    const edit = { repo, moved, ...(back === undefined ? {} : { renamed: back }) }
    return { edit, files, owed, others }
}

/** A file that was only sealed anew, because somebody lost access, has a note that names its IV. */
function isOtherValue(was: Buffer, is: Buffer, notes: Buffer | undefined): boolean {
    const iv = sealOf(is)?.iv
    if (iv === sealOf(was)?.iv) return false
    const noted = notes === undefined ? [] : parseDebts(notes.toString("utf8"))
    return iv === undefined || noted.every((debt) => debt.iv !== iv)
}

/** Secrets that lay elsewhere, by their paths of then: the same sealed value is at a path that was not there. */
function movedIn(
    paths: readonly string[],
    now: Repo,
    then: Repo,
    ivOf: (path: string) => string | undefined,
): ReadonlyMap<string, string> {
    const fresh = new Map(
        paths.filter((path) => !then.secrets.has(path)).map((path) => [ivOf(path), path] as const),
    )
    const moved = new Map<string, string>()
    for (const path of paths.filter((each) => !now.secrets.has(each))) {
        const iv = ivOf(path)
        const from = iv === undefined ? undefined : fresh.get(iv)
        if (from !== undefined) moved.set(path, from)
    }
    return moved
}

async function changedIn({ run, prefix }: Checkout): Promise<readonly Changed[]> {
    const how = ["-r", "-z", "--root", "--no-commit-id", "--no-renames", "--no-abbrev", "--raw"]
    const words = fromNul(await run(["diff-tree", ...how, "HEAD"]))
    const found: Changed[] = []
    for (let at = 0; at + 1 < words.length; at += 2) {
        const [about = "", path = ""] = words.slice(at, at + 2)
        const [oldMode = "", mode = "", oldId = "", id = ""] = about.slice(1).split(" ")
        const blob = (one: string, name: string): Blob | undefined =>
            one === "000000" ? undefined : { mode: one, id: name }
        found.push({ path: path.slice(prefix.length), old: blob(oldMode, oldId), next: blob(mode, id) })
    }
    return found.filter(({ old, next }) => [old, next].every((each) => each?.mode !== "120000"))
}

function isSecret(path: string): boolean {
    const folder = secretFolderOf(path)
    return folder !== undefined && path === `${folder}/secret`
}

function isOther(path: string): boolean {
    const folder = secretFolderOf(path)
    if (path.endsWith("/key.json")) return false
    return folder === undefined || (path !== `${folder}/secret` && path !== `${folder}/debt.json`)
}
