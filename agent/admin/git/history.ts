// Every state that the repository was ever committed in. Three git processes whatever the number of commits: one log,
// one batch for links and key files, one for the secrets' files, of which only the recipients are kept.

import type { Version } from "../../repo/audit.ts"
import { type Entry, repoOf, secretFolderOf } from "../../repo/listing.ts"
import { emptyRepo, type Grants, type Repo } from "../../repo/repo.ts"

/** Runs git in the repository and gives its standard output; throws when it fails. */
export type RunGit = (args: readonly string[], input?: Buffer) => Promise<Buffer>

/** The recipients of a secret's file, undefined when it is no SOPS document. */
export type RecipientsIn = (file: Buffer) => readonly string[] | undefined

/** A version, and what its commit changed of the first parent. */
export interface Step extends Version {
    readonly parent: string | undefined
    readonly changes: Commit["changes"]
}

/** The versions of a repository, and how many there are. */
export interface History extends Iterable<Step> {
    readonly count: number
}

/** A file, or a link, as git keeps it. */
export interface Blob {
    readonly mode: string
    readonly id: string
}

/** A commit, and what it changed of its first parent. */
export interface Commit {
    readonly id: string
    readonly parents: readonly string[]
    readonly date: string
    readonly changes: readonly { readonly path: string; readonly blob: Blob | undefined }[]
}

/**
 * The versions that lead to `revision`, parents before children, branches that were merged included. `prefix` is the
 * flake's folder in the git repository, empty or ending with a slash; paths in the result are relative to it. They are
 * made while they are gone through, as often as that is: all of them would not fit into memory, and to copy what a commit
 * does not change would take most of the time. So each is good until the next is asked for. The grants and recipients of
 * a secret that a commit has not changed are the same objects as in its first parent. With `places`, folders of the
 * flake, nothing else is looked at: what lies elsewhere is not there.
 */
export async function versions(
    git: RunGit,
    recipientsIn: RecipientsIn,
    revision: string,
    prefix = "",
    places: readonly string[] = ["sops", "vars"],
): Promise<History> {
    const commits = await commitsTo(git, revision, prefix, places)
    const wanted = commits.flatMap(({ changes }) => changes)
    const names = await blobs(
        git,
        wanted.filter(({ path, blob }) => blob !== undefined && isName(path, blob)),
    )
    const sealed = await blobs(
        git,
        wanted.filter(({ path, blob }) => blob !== undefined && !isName(path, blob) && isSecret(path)),
    )
    const recipients = new Map([...sealed].map(([id, bytes]) => [id, recipientsIn(bytes) ?? []]))
    return replayed(commits, () => new State(names, recipients))
}

/** The commits that lead to `revision` and touch these places, as `versions` has them. One git process. */
export async function commitsTo(
    git: RunGit,
    revision: string,
    prefix: string,
    places: readonly string[],
): Promise<readonly Commit[]> {
    const log = await git([
        "log",
        "-z",
        "--reverse",
        "--topo-order",
        "--full-history",
        "--parents",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--diff-merges=first-parent",
        "--format=%H %P%n%cI",
        "--end-of-options",
        revision,
        "--",
        // From the top of the repository, wherever git runs, and never as a pattern.
        ...places.map((place) => `:(top,literal)${prefix}${place}`),
    ])
    return parseLog(log.toString("utf8"), prefix)
}

/** What a repository holds at a moment, and becomes by a commit. */
export interface Moment extends Pick<Version, "repo" | "recipients"> {
    readonly copy: () => Moment
    readonly change: (changes: Commit["changes"]) => void
}

/** The versions that these commits make of nothing. */
export function replayed(commits: readonly Commit[], nothing: () => Moment): History {
    return { count: commits.length, [Symbol.iterator]: () => replay(commits, nothing) }
}

/** Whether the clone lacks a part of its past, as those of CI often do. */
export async function isShallow(git: RunGit): Promise<boolean> {
    const answer = await git(["rev-parse", "--is-shallow-repository"])
    return answer.toString("latin1").trim() !== "false"
}

/** The repository as it was in one commit: two git processes. `prefix` as in `versions`. */
export async function repositoryAt(git: RunGit, revision: string, prefix = ""): Promise<Repo> {
    const changes = await treeAt(git, revision, prefix)
    const names = await blobs(
        git,
        changes.filter(({ path, blob }) => isName(path, blob)),
    )
    const state = new State(names, new Map())
    state.change(changes)
    return state.repo
}

/** A commit's repository, and what `look` finds in the file of each of its secrets, by path: two git processes. */
export async function snapshotAt<T>(
    git: RunGit,
    revision: string,
    prefix: string,
    look: (file: Buffer, id: string) => T,
): Promise<{ readonly repo: Repo; readonly files: ReadonlyMap<string, T> }> {
    const changes = await treeAt(git, revision, prefix)
    const isSealed = ({ path, blob }: Placed): boolean => blob.mode.startsWith("100") && isSecret(path)
    const contents = await blobs(
        git,
        changes.filter((each) => isName(each.path, each.blob) || isSealed(each)),
    )
    const state = new State(contents, new Map())
    state.change(changes)
    const files = new Map<string, T>()
    for (const { path, blob } of changes.filter(isSealed)) {
        const [folder, bytes] = [secretFolderOf(path), contents.get(blob.id)]
        if (bytes !== undefined && path === `${folder}/secret`) files.set(folder ?? "", look(bytes, blob.id))
    }
    return { repo: state.repo, files }
}

interface Placed {
    readonly path: string
    readonly blob: Blob
}

async function treeAt(git: RunGit, revision: string, prefix: string): Promise<readonly Placed[]> {
    const tree = await git([
        "ls-tree",
        "-r",
        "-z",
        "--full-tree",
        revision,
        `${prefix}sops/`,
        `${prefix}vars/`,
    ])
    return tree
        .toString("utf8")
        .split("\0")
        .flatMap((line): readonly Placed[] => {
            const [about = "", path] = line.split("\t")
            const [mode = "", , id = ""] = about.split(" ")
            return path === undefined ? [] : [{ path: path.slice(prefix.length), blob: { mode, id } }]
        })
}

/**
 * Takes the log apart. A raw change is `:oldmode newmode old new status` and, after a NUL, its path; since a path is
 * taken by its position and never by its look, no name in a hostile repository can pass for a commit.
 */
function parseLog(text: string, prefix: string): readonly Commit[] {
    const commits: (Commit & { changes: { path: string; blob: Blob | undefined }[] })[] = []
    const tokens = text.split("\0")
    for (let index = 0; index < tokens.length; index++) {
        const token = tokens[index]?.trimStart() ?? ""
        if (token.startsWith(":")) {
            const [, mode = "", , id = ""] = token.split(" ")
            const path = (tokens[++index] ?? "").slice(prefix.length)
            commits.at(-1)?.changes.push({ path, blob: mode === "000000" ? undefined : { mode, id } })
        } else if (token !== "") {
            const [ids = "", date = ""] = token.split("\n")
            const [id = "", ...parents] = ids.split(" ").filter((part) => part !== "")
            commits.push({ id, parents, date, changes: [] })
        }
    }
    return commits
}

/** The state after each commit: that of its first parent with its changes. Copied only where history forks. */
function* replay(commits: readonly Commit[], nothing: () => Moment): Generator<Step> {
    const waiting = new Map<string, number>()
    for (const { parents } of commits) {
        const parent = parents[0] ?? ""
        waiting.set(parent, (waiting.get(parent) ?? 0) + 1)
    }
    const states = new Map<string, Moment>()
    for (const { id, parents, date, changes } of commits) {
        const parent = parents[0] ?? ""
        const old = states.get(parent) ?? nothing()
        const others = (waiting.get(parent) ?? 1) - 1
        waiting.set(parent, others)
        if (others === 0) states.delete(parent)
        const state = others === 0 ? old : old.copy()
        state.change(changes)
        if (waiting.has(id)) states.set(id, state)
        yield {
            commit: id,
            date,
            repo: state.repo,
            recipients: state.recipients,
            parent: parents[0],
            changes,
        }
    }
}

/** What clan's folders hold at a moment. */
class State implements Moment {
    /** Those of `repo`. */
    #grants = new Map<string, Grants>()
    repo: Repo = { ...emptyRepo, secrets: this.#grants }
    recipients = new Map<string, readonly string[]>()
    /** Users, machines and groups. */
    #common = new Map<string, Entry>()
    /** What lies in each secret's folder. */
    #secrets = new Map<string, ReadonlyMap<string, Entry>>()
    readonly #names: ReadonlyMap<string, Buffer>
    readonly #recipientsOf: ReadonlyMap<string, readonly string[]>

    constructor(names: ReadonlyMap<string, Buffer>, recipientsOf: ReadonlyMap<string, readonly string[]>) {
        this.#names = names
        this.#recipientsOf = recipientsOf
    }

    copy(): State {
        const copy = new State(this.#names, this.#recipientsOf)
        copy.#grants = new Map(this.#grants)
        copy.repo = { ...this.repo, secrets: copy.#grants }
        copy.recipients = new Map(this.recipients)
        copy.#common = new Map(this.#common)
        copy.#secrets = new Map(this.#secrets)
        return copy
    }

    change(changes: Commit["changes"]): void {
        const touched = new Set<string>()
        let common = false
        for (const { path, blob } of changes) {
            const folder = secretFolderOf(path)
            if (folder === undefined) {
                common = true
                put(this.#common, path, blob && this.#entry(blob))
                continue
            }
            touched.add(folder)
            const inside = new Map(this.#secrets.get(folder))
            put(inside, path, blob && this.#entry(blob))
            put(this.#secrets, folder, inside.size === 0 ? undefined : inside)
            if (path === `${folder}/secret`)
                put(this.recipients, folder, blob && (this.#recipientsOf.get(blob.id) ?? noRecipients))
        }
        if (!common && touched.size === 0) return
        const judged = this.#judge(common ? this.#secrets.keys() : touched)
        if (common) {
            this.#grants = new Map(judged.secrets)
            this.repo = { ...judged, secrets: this.#grants }
        } else for (const folder of touched) put(this.#grants, folder, judged.secrets.get(folder))
    }

    /** The repository as far as these folders go. */
    #judge(folders: Iterable<string>): Repo {
        const entries = new Map(this.#common)
        for (const folder of folders)
            for (const [path, entry] of this.#secrets.get(folder) ?? []) entries.set(path, entry)
        return repoOf(entries).repo
    }

    #entry({ mode, id }: Blob): Entry {
        const text = this.#names.get(id)?.toString("utf8")
        if (mode === "120000") return { kind: "link", target: text ?? "" }
        return text === undefined ? { kind: "file" } : { kind: "file", text }
    }
}

const noRecipients: readonly string[] = []

function put<V>(map: Map<string, V>, key: string, value: V | undefined): void {
    if (value === undefined) map.delete(key)
    else map.set(key, value)
}

/** Whether the content is needed to know names and links: a symbolic link, or a key file. */
function isName(path: string, blob: Blob): boolean {
    return blob.mode === "120000" || path.endsWith("/key.json")
}

function isSecret(path: string): boolean {
    return path.endsWith("/secret")
}

/** The contents of these blobs by id, from one `git cat-file`. */
export async function blobs(
    git: RunGit,
    wanted: readonly { readonly blob: Blob | undefined }[],
): Promise<ReadonlyMap<string, Buffer>> {
    const ids = [...new Set(wanted.map(({ blob }) => blob?.id ?? ""))]
    const found = new Map<string, Buffer>()
    if (ids.length === 0) return found
    const output = await git(["cat-file", "--batch"], Buffer.from(`${ids.join("\n")}\n`))
    let offset = 0
    while (offset < output.length) {
        const end = output.indexOf("\n", offset)
        const [id = "", type, size = "0"] = output.toString("latin1", offset, end).split(" ")
        const length = type === "blob" ? Number(size) : 0
        if (type === "blob") found.set(id, output.subarray(end + 1, end + 1 + length))
        offset = type === "missing" ? end + 1 : end + 1 + length + 1
    }
    return found
}
