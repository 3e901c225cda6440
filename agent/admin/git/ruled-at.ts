// A repository with a `.sops.yaml` as it was in a commit.

import { isAbsolute } from "node:path"
import type { Held } from "../../repo/consent/accepted.ts"
import type { Repo } from "../../repo/repo.ts"
import type { RuledFile } from "../../repo/verify-ruled.ts"
import { readConfig } from "../../sops/config/config.ts"
import type { Config } from "../../sops/config/config.ts"
import { SopsError } from "../../sops/error.ts"
import { formatOf } from "../../sops/format.ts"
import { heldIn } from "../change/held.ts"
import { configName } from "../repository/layout.ts"
import { lookAtBytes, modelOf, naming, sealedMark } from "../repository/ruled-tree.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"
import { GitError } from "./git.ts"
import type { Checkout } from "./git.ts"
import { blobs } from "./history.ts"

/** Where the configuration lies, what it is now, and which files are asked for. */
interface Wanted extends Pick<RuledTree, "configPath" | "config"> {
    readonly files: { readonly has: (path: string) => boolean }
}

/** The repository under a `.sops.yaml` as it was in a commit: every file that was encrypted there. Three git processes. */
export async function ruledRepoAt(git: Pick<Checkout, "run" | "prefix">, revision: string): Promise<Repo> {
    const files = await sealedAt(git, revision)
    return (await ruledAt(git, revision, { configPath: configName, config: nothing, files })).repo
}

/** The files of a commit that hold what only sops writes. */
async function sealedAt(
    { run, prefix }: Pick<Checkout, "run" | "prefix">,
    revision: string,
): Promise<ReadonlySet<string>> {
    const where = prefix === "" ? [] : ["--", `:(top,literal)${prefix}`]
    const grep = ["grep", "-z", "-l", "--full-name", "-F", "-e", sealedMark, revision, ...where]
    try {
        const paths = (await run(grep)).toString("utf8").split("\0").slice(0, -1)
        return new Set(paths.map((path) => path.slice(revision.length + 1 + prefix.length)))
    } catch (error) {
        // There is none.
        if (error instanceof GitError && error.status === 1) return new Set()
        throw error
    }
}

const nothing: Config = { rules: [], keys: [], findings: [] }

/**
 * Who could read the files of `tree` in a commit, and what these said. A configuration that lay nowhere, or that sops
 * would refuse, names nobody. Two git processes.
 */
export async function ruledAt(
    { run, prefix }: Pick<Checkout, "run" | "prefix">,
    revision: string,
    { configPath, config: present, files: wanted }: Wanted,
): Promise<{ readonly repo: Repo; readonly held: ReadonlyMap<string, Held | undefined> }> {
    const listing = await run([
        "ls-tree",
        "-r",
        "-z",
        "--full-tree",
        revision,
        ...(prefix === "" ? [] : [prefix]),
    ])
    const all = listing
        .toString("utf8")
        .split("\0")
        .flatMap((line) => {
            const [about = "", path] = line.split("\t")
            const [mode = "", , id = ""] = about.split(" ")
            return path === undefined ? [] : [{ path: path.slice(prefix.length), blob: { mode, id } }]
        })
    const needed = all.filter(
        ({ path, blob }) => blob.mode.startsWith("100") && (path === configPath || wanted.has(path)),
    )
    const contents = await blobs(run, needed)
    const files = new Map<string, RuledFile>()
    const found = new Map<string, Held | undefined>()
    // One that lies elsewhere has no past here.
    let config = isAbsolute(configPath) ? present : nothing
    for (const { path, blob } of needed) {
        const bytes = contents.get(blob.id)
        if (bytes === undefined) continue
        if (path === configPath) config = configIn(bytes)
        else {
            const file = await lookAtBytes(path, bytes)
            if (file === undefined || file === "plain") continue
            files.set(path, file)
            found.set(path, await heldIn(bytes, blob.id, formatOf(path)))
        }
    }
    const { repo, spelled } = modelOf(
        config,
        files,
        all.map(({ path }) => path),
    )
    const held = new Map(
        [...found].map(([path, one]) => [path, one && { ...one, labels: one.labels.map(spelled) }] as const),
    )
    return { repo, held }
}

/** The configuration in a file; one that sops would refuse names nobody. */
export function configIn(bytes: Buffer): Config {
    try {
        const config = readConfig(bytes.toString("utf8").replace(/^\uFEFF/u, ""))
        return naming(config, `a ${configName} in the history`)
    } catch (error) {
        if (error instanceof SopsError) return nothing
        throw error
    }
}
