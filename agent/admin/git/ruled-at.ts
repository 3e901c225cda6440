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
import { lookAtBytes, modelOf } from "../repository/ruled-tree.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"
import type { Git } from "./git.ts"
import { blobs } from "./history.ts"

const nothing: Config = { rules: [], keys: [], findings: [] }

/**
 * Who could read the files of `tree` in a commit, and what these said. A configuration that lay nowhere, or that sops
 * would refuse, names nobody. Two git processes.
 */
export async function ruledAt(
    { run, prefix }: Pick<Git, "run" | "prefix">,
    revision: string,
    { configPath, config: present, files: wanted }: Pick<RuledTree, "configPath" | "config" | "files">,
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

function configIn(bytes: Buffer): Config {
    try {
        return readConfig(bytes.toString("utf8").replace(/^\uFEFF/u, ""))
    } catch (error) {
        if (error instanceof SopsError) return nothing
        throw error
    }
}
