// Which machine has which file of a secret: the one that lies in the tree, an earlier one of git's, or none.

import { createHash } from "node:crypto"
import { secretsOf } from "../../repo/access.ts"
import type { Repo } from "../../repo/repo.ts"
import { openDebts, sealOf } from "../change/debts.ts"
import { fromNul } from "../git/git.ts"
import type { Checkout } from "../git/git.ts"
import { blobs } from "../git/history.ts"
import { fileOf, readSecret } from "../repository/secret-file.ts"
import type { Heard, Installed } from "./heard.ts"
import type { InstalledFiles } from "./report.ts"

/** A secret that a machine may read, and what it has of it. */
export interface Arrival {
    readonly path: string
    readonly state: "current" | "earlier" | "absent"
    /** When the earlier file was committed, RFC 3339. */
    readonly from?: string
}

/** What a machine has of the secrets that it may read, and what is to be remembered of it. */
export async function arrivalsOf(
    flake: string,
    git: Checkout | undefined,
    {
        repo,
        machine,
        files,
    }: { readonly repo: Repo; readonly machine: string; readonly files: InstalledFiles },
): Promise<{ readonly arrivals: readonly Arrival[]; readonly installed: ReadonlyMap<string, Installed> }> {
    const paths = [...secretsOf(repo, { kind: "machine", name: machine }).keys()]
    const arrivals = new Map<string, Arrival>()
    const installed = new Map<string, Installed>()
    for (const path of paths) {
        const file = readSecret(flake, path)
        if (file === undefined || !files.has(hashOf(file))) continue
        arrivals.set(path, { path, state: "current" })
        installed.set(path, { hash: hashOf(file), iv: sealOf(file)?.iv ?? null })
    }
    const open = paths.filter((path) => !arrivals.has(path))
    for (const { path, file, date } of await earlierFiles(git, open)) {
        if (arrivals.has(path) || !files.has(hashOf(file))) continue
        arrivals.set(path, { path, state: "earlier", from: date })
        installed.set(path, { hash: hashOf(file), iv: sealOf(file)?.iv ?? null })
    }
    return {
        arrivals: paths.map((path) => arrivals.get(path) ?? { path, state: "absent" }),
        installed,
    }
}

/** A value that was changed and that a machine does not have yet, as far as it was heard. */
export interface Pending {
    readonly path: string
    readonly machine: string
    /** When it was heard. */
    readonly at: string
}

/** What machines that were heard do not have yet. A file that was only sealed anew holds the value of before. */
export function pendingIn(flake: string, repo: Repo, heard: ReadonlyMap<string, Heard>): readonly Pending[] {
    const hashes = new Map<string, { readonly hash: string; readonly iv: string | null } | undefined>()
    const current = (path: string) => {
        if (!hashes.has(path)) {
            const file = readSecret(flake, path)
            hashes.set(path, file && { hash: hashOf(file), iv: sealOf(file)?.iv ?? null })
        }
        return hashes.get(path)
    }
    return [...heard].flatMap(([machine, { at, files }]) => {
        if (!repo.machines.has(machine)) return []
        const mine = secretsOf(repo, { kind: "machine", name: machine })
        return [...files].flatMap(([path, installed]) => {
            const now = mine.has(path) ? current(path) : undefined
            if (now === undefined || isSame(now, installed)) return []
            const isOnlySealed = openDebts(flake, path).some(({ iv }) => iv === now.iv)
            return isOnlySealed ? [] : [{ path, machine, at }]
        })
    })
}

/** Whether a machine has the value that lies in the tree, as far as it was heard. */
export function hasArrived(flake: string, path: string, heard: Heard | undefined): boolean {
    const installed = heard?.files.get(path)
    const file = readSecret(flake, path)
    if (installed === undefined || file === undefined) return false
    return isSame({ hash: hashOf(file), iv: sealOf(file)?.iv ?? null }, installed)
}

/** The same file, or the same sealed value with other readers. */
function isSame(
    now: { readonly hash: string; readonly iv: string | null },
    then: { readonly hash: string; readonly iv: string | null },
): boolean {
    return now.hash === then.hash || (now.iv !== null && now.iv === then.iv)
}

/** Every file that these secrets have had, the newest first. */
async function earlierFiles(
    git: Checkout | undefined,
    paths: readonly string[],
): Promise<readonly { readonly path: string; readonly file: Buffer; readonly date: string }[]> {
    if (git?.head === undefined || paths.length === 0) return []
    const byFile = new Map(paths.map((path) => [fileOf(path), path]))
    // Of many the log of all costs less than a long line of them.
    const places = paths.length > 500 ? ["sops", "vars"] : [...byFile.keys()]
    const how = [
        "-z",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--diff-merges=first-parent",
        "--format=%x01%cI",
    ]
    const output = await git.run([
        "log",
        ...how,
        "--end-of-options",
        git.head,
        "--",
        ...places.map((place) => `:(top,literal)${git.prefix}${place}`),
    ])
    const found: { path: string; id: string; date: string }[] = []
    const tokens = fromNul(output)
    let date = ""
    for (let index = 0; index < tokens.length; index++) {
        const token = (tokens[index] ?? "").trimStart()
        if (token.startsWith("\u0001")) date = token.slice(1).trim()
        else if (token.startsWith(":")) {
            const [, , , id = ""] = token.split(" ")
            const path = byFile.get((tokens[++index] ?? "").slice(git.prefix.length))
            if (path !== undefined && !/^0+$/u.test(id)) found.push({ path, id, date })
        }
    }
    const contents = await blobs(
        git.run,
        found.map(({ id }) => ({ blob: { mode: "100644", id } })),
    )
    return found.flatMap((each) => {
        const file = contents.get(each.id)
        return file === undefined ? [] : [{ path: each.path, date: each.date, file }]
    })
}

function hashOf(file: Buffer): string {
    return createHash("sha256").update(file).digest("hex")
}
