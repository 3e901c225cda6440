// The commits that are to be judged and the signers that each of them names, in a few processes of git, whatever their
// number. Nothing that a clone may be told about its objects has a say: replaced objects, grafts.

import { fromNul } from "../git/git.ts"
import type { Checkout } from "../git/git.ts"
import { parseCommit } from "./commit.ts"
import type { Commit } from "./commit.ts"
import { signersIn } from "./signers.ts"
import type { Signer } from "./signers.ts"

const plain = ["-c", "core.useReplaceRefs=false"]

/** Commits, parents before children, the introduction first; and whom the tree of each lets sign. */
export interface Past {
    readonly commits: readonly Commit[]
    readonly signers: ReadonlyMap<string, readonly Signer[]>
}

/** Everything from the introduction to `head`, both included, that descends from it or is merged into what does. */
export async function pastOf(git: Checkout, introduction: string, head: string): Promise<Past> {
    const listed = await git.run([
        ...plain,
        "rev-list",
        "--topo-order",
        "--reverse",
        `${introduction}..${head}`,
    ])
    const ids = [introduction, ...listed.toString("latin1").split("\n").filter(Boolean)]
    const commits = (await objects(git, ids)).map(({ id, bytes }) => parseCommit(id, bytes))

    const folders = await objects(
        git,
        ids.map((id) => `${id}:${git.prefix}sops/users`),
    )
    const folderOf = new Map(folders.map(({ name, id }) => [name.split(":", 1).join(""), id]))
    const length = git.objectFormat === "sha256" ? 32 : 20
    const users = new Map(folders.map(({ id, bytes }) => [id, entriesOf(bytes, length)]))
    const names = [...users.values()].flat().map((user) => `${user}:signers`)
    const files = new Map((await objects(git, [...new Set(names)])).map(({ name, bytes }) => [name, bytes]))
    const signersOf = new Map(
        [...users].map(([folder, entries]) => [
            folder,
            entries.flatMap((user) => signersIn(files.get(`${user}:signers`)?.toString("utf8") ?? "")),
        ]),
    )
    return {
        commits,
        signers: new Map(ids.map((id) => [id, signersOf.get(folderOf.get(id) ?? "") ?? []])),
    }
}

/** The tree that git itself makes of two commits; undefined when it cannot, as where both have changed a line. */
export async function mergedTree(git: Checkout, one: string, other: string): Promise<string | undefined> {
    try {
        const merging = ["merge-tree", "--write-tree", "--no-messages", "-z", one, other]
        return fromNul(await git.run([...plain, ...merging]))[0]
    } catch {
        return undefined
    }
}

/** Objects by their names; those that do not exist are left out. */
async function objects(
    git: Checkout,
    names: readonly string[],
): Promise<readonly { readonly name: string; readonly id: string; readonly bytes: Buffer }[]> {
    const input = Buffer.from(names.map((name) => `${name}\n`).join(""))
    const output = await git.run([...plain, "cat-file", "--batch"], input)
    const found = []
    let at = 0
    for (const name of names) {
        const end = output.indexOf(10, at)
        const [id = "", kind = "", size = ""] = output.toString("utf8", at, end).split(" ")
        at = end + 1
        if (!/^[0-9a-f]{40,64}$/u.test(id) || kind === "missing") continue
        found.push({ name, id, bytes: output.subarray(at, at + Number(size)) })
        at += Number(size) + 1
    }
    return found
}

/** The folders in a tree object: mode, name, a NUL, and the bytes of the id. */
function entriesOf(tree: Buffer, length: number): readonly string[] {
    const ids: string[] = []
    for (let at = 0; at < tree.length;) {
        const end = tree.indexOf(0, at)
        if (tree.toString("latin1", at, at + 6) === "40000 ")
            ids.push(tree.toString("hex", end + 1, end + 1 + length))
        at = end + 1 + length
    }
    return ids
}
