// Every state that the repository was ever committed in. Three git processes whatever the number of commits: one log,
// one batch for links and key files, one for the secrets' files, of which only the recipients are kept.

import type { Version } from "../repo/audit.ts"
import { type Entry, repoOf } from "../repo/listing.ts"
import type { Repo } from "../repo/repo.ts"

/** Runs git in the repository and gives its standard output; throws when it fails. */
export type Git = (args: readonly string[], input?: Buffer) => Promise<Buffer>

/** The recipients of a secret's file, undefined when it is no SOPS document. */
export type RecipientsIn = (file: Buffer) => readonly string[] | undefined

interface Blob {
    readonly mode: string
    readonly id: string
}

interface Commit {
    readonly id: string
    readonly parents: readonly string[]
    readonly date: string
    readonly changes: readonly { readonly path: string; readonly blob: Blob | undefined }[]
}

/**
 * The versions that lead to `revision`, parents before children, branches that were merged included. `prefix` is the
 * flake's folder in the git repository, empty or ending with a slash; paths in the result are relative to it.
 */
export async function versions(
    git: Git,
    recipientsIn: RecipientsIn,
    revision: string,
    prefix = "",
): Promise<readonly Version[]> {
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
        `${prefix}sops`,
        `${prefix}vars`,
    ])
    const commits = parseLog(log.toString("utf8"), prefix)
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
    return replay(commits).map(({ commit, state }) => version(commit, state, names, recipients))
}

/** The repository as it was in one commit: two git processes. `prefix` as in `versions`. */
export async function repositoryAt(git: Git, revision: string, prefix = ""): Promise<Repo> {
    const tree = await git([
        "ls-tree",
        "-r",
        "-z",
        "--full-tree",
        revision,
        `${prefix}sops/`,
        `${prefix}vars/`,
    ])
    const state = new Map<string, Blob>()
    for (const line of tree.toString("utf8").split("\0")) {
        const [about = "", path] = line.split("\t")
        const [mode = "", , id = ""] = about.split(" ")
        if (path !== undefined) state.set(path.slice(prefix.length), { mode, id })
    }
    const named = [...state].filter(([path, blob]) => isName(path, blob)).map(([, blob]) => ({ blob }))
    const commit: Commit = { id: revision, parents: [], date: "", changes: [] }
    return version(commit, state, await blobs(git, named), new Map()).repo
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
function replay(commits: readonly Commit[]): readonly { commit: Commit; state: ReadonlyMap<string, Blob> }[] {
    const states = new Map<string, ReadonlyMap<string, Blob>>()
    return commits.map((commit) => {
        const state = new Map(states.get(commit.parents[0] ?? ""))
        for (const { path, blob } of commit.changes) {
            if (blob === undefined) state.delete(path)
            else state.set(path, blob)
        }
        states.set(commit.id, state)
        return { commit, state }
    })
}

function version(
    { id, date }: Commit,
    state: ReadonlyMap<string, Blob>,
    names: ReadonlyMap<string, Buffer>,
    recipients: ReadonlyMap<string, readonly string[]>,
): Version {
    const entries = new Map<string, Entry>()
    const files = new Map<string, readonly string[]>()
    for (const [path, blob] of state) {
        const text = names.get(blob.id)?.toString("utf8")
        if (blob.mode === "120000") entries.set(path, { kind: "link", target: text ?? "" })
        else entries.set(path, text === undefined ? { kind: "file" } : { kind: "file", text })
        if (isSecret(path)) files.set(path.slice(0, -"/secret".length), recipients.get(blob.id) ?? [])
    }
    return { commit: id, date, repo: repoOf(entries).repo, recipients: files }
}

/** Whether the content is needed to know names and links: a symbolic link, or a key file. */
function isName(path: string, blob: Blob): boolean {
    return blob.mode === "120000" || path.endsWith("/key.json")
}

function isSecret(path: string): boolean {
    return path.endsWith("/secret")
}

/** The contents of these blobs by id, from one `git cat-file`. */
async function blobs(
    git: Git,
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
