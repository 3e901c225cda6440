// What became of one secret, commit by commit, the newest first. It is told from links, recipients and the IV of the value:
// nothing is opened, and no key is needed.

import { visible, visibleName } from "../../error.ts"
import { readersOf } from "../../repo/access.ts"
import { secretName } from "../../repo/edits.ts"
import type { Repo } from "../../repo/repo.ts"
import { quickRecipients } from "../../sops/shape/quick-reading.ts"
import { openDebts, sealOf } from "../change/debts.ts"
import type { Context } from "../context.ts"
import { note, printJson } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import type { Checkout } from "../git/git.ts"
import { findGit, fromNul } from "../git/git.ts"
import { blobs, versions } from "../git/history.ts"
import type { Step } from "../git/history.ts"
import { noSuchSecret } from "../keys/open-secret.ts"
import { needsClan } from "../repository/layout.ts"
import { fileOf, pathOfSecret } from "../repository/secret-file.ts"
import { happening, namesOf } from "./entries.ts"
import type { Happening, Moment } from "./entries.ts"

/** One commit that did something to the secret. */
interface Entry extends Happening {
    readonly commit: string
    readonly date: string
    readonly author: string
    /** Whether the commit has a signature; `verify --signed` judges it. */
    readonly signed: boolean
    readonly subject: string
    /** The name that it had before, if this commit gave it another one. */
    readonly from: string | null
    /** Those of `lost` who still know its value. */
    readonly owed: readonly string[]
}

/** Prints who changed the value and the readers of a secret, and when; the newest `limit` of it. */
export async function log(
    { secret, limit }: { readonly secret: string; readonly limit: string | undefined },
    context: Context,
): Promise<void> {
    if (limit !== undefined && !/^[1-9]\d{0,6}$/u.test(limit))
        throw new Failure("usage", "--limit needs a number")
    const flake = flakeDirectory(context)
    needsClan(flake, context)
    const path = pathOfSecret(secret, flake, context)
    const git = await findGit(flake, context.env)
    if (git === undefined) throw new Failure("refused", "there is no git repository, and so no past")
    const found = git.head === undefined ? [] : await pastOf(git, git.head, path)
    if (found.length === 0) throw await noSuchSecret(flake, path, context)
    const debts = new Set(openDebts(flake, path).map(({ lost }) => lost))
    const told = await withAuthors(git, found)
    const entries = told.map((each): Entry => ({
        ...each,
        owed: each.lost.filter((name) => debts.has(name)),
    }))
    const shown = entries.slice(0, limit === undefined ? undefined : Number(limit))
    if (context.flags.json) return printJson(context, { secret: path, log: shown })
    const { page } = await import("../terminal/pager.ts")
    page(shown.map((entry) => `${lineOf(entry)}\n`).join(""), context)
    if (shown.length < entries.length) note(context, `and ${entries.length - shown.length} older`)
}

interface Found extends Happening {
    readonly commit: string
    readonly from: string | null
}

/** Everything that happened, the newest first, also under the names that it had before. */
async function pastOf(git: Checkout, head: string, path: string): Promise<readonly Found[]> {
    const found: Found[] = []
    const seen = new Set<string>()
    let [place, until]: [string, string] = [path, head]
    while (!seen.has(place)) {
        seen.add(place)
        const own = await happeningsAt(git, until, place)
        const oldest = own.at(-1)
        if (oldest === undefined) break
        const from = await oldPlace(git, oldest.commit, place)
        found.push(...own.slice(0, -1), { ...oldest, made: from === undefined, from: from ?? null })
        if (from === undefined) break
        place = from
        until = `${oldest.commit}^`
    }
    return found
}

async function happeningsAt(git: Checkout, revision: string, path: string): Promise<readonly Found[]> {
    const seals = new WeakMap<readonly string[], string | undefined>()
    const look = (file: Buffer): readonly string[] => {
        const recipients = [...(quickRecipients(file) ?? [])].toSorted()
        seals.set(recipients, sealOf(file)?.iv)
        return recipients
    }
    const places = [path, "sops/users", "sops/machines", "sops/groups"]
    const steps = await versions(git.run, look, revision, git.prefix, places)
    const moments = new Map<string, Moment | undefined>()
    const notes = await notesIn(git, steps, path)
    const found: Found[] = []
    for (const step of steps) {
        const before = moments.get(step.parent ?? "")
        const recipients = step.recipients.get(path)
        const after = recipients && {
            readers: readersIn(step.repo, path),
            recipients,
            iv: seals.get(recipients),
            noted: notes.get(noteIn(step, path) ?? "") ?? before?.noted ?? [],
        }
        moments.set(step.commit, after)
        const one = happening(before, after)
        if (one !== undefined) found.push({ ...one, commit: step.commit, from: null })
    }
    return found.toReversed()
}

function readersIn(repo: Repo, path: string): readonly string[] {
    const grants = repo.secrets.get(path)
    return grants === undefined ? [] : namesOf(readersOf(repo, grants))
}

/** The id of the notes beside the secret that a commit wrote. */
function noteIn({ changes }: Step, path: string): string | undefined {
    const change = changes.find((each) => each.path === `${path}/debt.json`)
    return change && (change.blob?.id ?? "gone")
}

/** The IVs that notes name, by the ids of their blobs. */
async function notesIn(
    git: Checkout,
    steps: Iterable<Step>,
    path: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
    const written = [...steps].flatMap(({ changes }) =>
        changes.filter((each) => each.path === `${path}/debt.json` && each.blob !== undefined),
    )
    const found = await blobs(git.run, written)
    const ivs = (text: string): readonly string[] =>
        [...text.matchAll(/"iv":\s*"([^"]*)"/gu)].map(([, iv = ""]) => iv)
    return new Map([
        ["gone", []] as const,
        ...[...found].map(([id, bytes]) => [id, ivs(bytes.toString("latin1"))] as const),
    ])
}

/** Where a secret lay before the commit that made it at a path, if git takes its file for one that was moved. */
async function oldPlace(git: Checkout, commit: string, path: string): Promise<string | undefined> {
    const how = ["-r", "-M", "-z", "--no-commit-id", "--name-status", "--diff-filter=R"]
    const words = fromNul(await git.run(["diff-tree", ...how, commit]))
    for (let at = 0; at + 2 < words.length; at += 3) {
        const [from = "", to = ""] = words.slice(at + 1, at + 3)
        if (to === git.prefix + fileOf(path) && from.startsWith(git.prefix) && from.endsWith("/secret"))
            return from.slice(git.prefix.length, -"/secret".length)
    }
    return undefined
}

/** The same with what the commits themselves say. */
async function withAuthors(git: Checkout, found: readonly Found[]): Promise<readonly Omit<Entry, "owed">[]> {
    const ids = [...new Set(found.map(({ commit }) => commit))]
    const format = "--format=%H%x00%cI%x00%an%x00%s%x00"
    const input = Buffer.from(`${ids.join("\n")}\n`)
    const listed = await git.run(["log", "--no-walk=unsorted", "-z", format, "--stdin"], input)
    const about = new Map<string, { date: string; author: string; subject: string }>()
    const words = listed.toString("utf8").split("\0")
    for (let at = 0; at + 3 < words.length; at += 5) {
        const [id = "", date = "", author = "", subject = ""] = words.slice(at, at + 4)
        about.set(id, { date, author, subject })
    }
    const raw = await git.run(["cat-file", "--batch"], input)
    const signed = signedIn(raw)
    return found.map((each) => {
        const { date = "", author = "", subject = "" } = about.get(each.commit) ?? {}
        return { ...each, date, author, subject, signed: signed.has(each.commit) }
    })
}

/** Those of the commits that `git cat-file --batch` printed that have a signature. */
function signedIn(output: Buffer): ReadonlySet<string> {
    const signed = new Set<string>()
    let offset = 0
    while (offset < output.length) {
        const end = output.indexOf("\n", offset)
        const [id = "", , size = "0"] = output.toString("latin1", offset, end).split(" ")
        const text = output.toString("latin1", end + 1, end + 1 + Number(size))
        if (/^gpgsig(?:-sha256)? /mu.test(text.split("\n\n", 1).join(""))) signed.add(id)
        offset = end + 1 + Number(size) + 1
    }
    return signed
}

function lineOf(entry: Entry): string {
    const { date, author, signed, commit, from, made, removed, value, gained, lost, rekeyed, owed } = entry
    const names = (all: readonly string[]): string => all.map((name) => name.replace(":", " ")).join(", ")
    const said = [
        ...(from === null ? [] : [`renamed from ${secretName(from)}`]),
        ...(made ? [`made, for ${names(gained)}`] : []),
        ...(removed ? ["removed"] : []),
        ...(value ? ["new value"] : []),
        ...(gained.length > 0 && !made && from === null ? [`${names(gained)} can read it`] : []),
        ...(lost.length > 0 ? [`${names(lost)} can no longer read it`] : []),
        ...(rekeyed ? ["encrypted for other keys of the same readers"] : []),
        ...(owed.length > 0 ? [`${names(owed)} may still know the value`] : []),
    ]
    const who = `${visible(author)}${signed ? ", signed" : ""}`
    return `${date.slice(0, 10)} ${commit.slice(0, 7)} ${visibleName(said.join("; "))} (${who})`
}
