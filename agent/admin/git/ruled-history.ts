// Every state that a repository with a `.sops.yaml` was ever committed in. Which files were encrypted at some time says a
// search for what only sops writes; five git processes, whatever the number of commits.

import { isAbsolute } from "node:path"
import type { Repo } from "../../repo/repo.ts"
import { emptyRepo } from "../../repo/repo.ts"
import type { RuledFile } from "../../repo/verify-ruled.ts"
import type { Config } from "../../sops/config/config.ts"
import { lookAtBytes, modelOf, sealedMark } from "../repository/ruled-tree.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"
import { blobs, type Commit, commitsTo, type History, type Moment, replayed, type RunGit } from "./history.ts"
import { configIn } from "./ruled-at.ts"

/** As many bytes of paths as a command line surely takes. */
const fewPaths = 100_000

/** The versions that lead to `revision`, as `versions` has them. */
export async function ruledVersions(
    git: RunGit,
    revision: string,
    prefix: string,
    { configPath, config }: Pick<RuledTree, "configPath" | "config">,
): Promise<History> {
    const sealed = await everSealed(git, revision, prefix)
    const paths = [...sealed, ...(isAbsolute(configPath) ? [] : [configPath])]
    const size = paths.reduce((sum, path) => sum + prefix.length + path.length + 20, 0)
    // No paths at all are all paths.
    const commits =
        paths.length === 0 ? [] : await commitsTo(git, revision, prefix, size < fewPaths ? paths : [""])
    const wanted = commits
        .flatMap(({ changes }) => changes)
        .filter(
            ({ path, blob }) =>
                blob?.mode.startsWith("100") === true && (path === configPath || sealed.has(path)),
        )
    const contents = await blobs(git, wanted)
    const seen: Seen = {
        configPath,
        files: new Map(),
        configs: new Map(),
        tree: await treeOf(git, revision, prefix),
    }
    for (const { path, blob } of wanted) {
        const bytes = contents.get(blob?.id ?? "")
        if (bytes === undefined || blob === undefined) continue
        if (path === configPath) seen.configs.set(blob.id, configIn(bytes))
        else {
            const file = await lookAtBytes(path, bytes)
            if (file !== undefined && file !== "plain") seen.files.set(`${blob.id} ${path}`, file)
        }
    }
    const nothing: Config = { rules: [], keys: [], findings: [] }
    return replayed(commits, () => new State(seen, new Map(), isAbsolute(configPath) ? config : nothing))
}

/** The files of the past, as they were looked at. */
interface Seen {
    readonly configPath: string
    /** By blob and path: the name of a file says how it is laid out. */
    readonly files: Map<string, RuledFile>
    readonly configs: Map<string, Config>
    /** All files of the last commit: machines have folders among them. */
    readonly tree: readonly string[]
}

class State implements Moment {
    repo: Repo = emptyRepo
    recipients: ReadonlyMap<string, readonly string[]> = new Map()
    readonly #seen: Seen
    readonly #files: Map<string, RuledFile>
    #config: Config

    constructor(seen: Seen, files: ReadonlyMap<string, RuledFile>, config: Config) {
        this.#seen = seen
        this.#files = new Map(files)
        this.#config = config
    }

    copy(): State {
        const copy = new State(this.#seen, this.#files, this.#config)
        copy.repo = this.repo
        copy.recipients = this.recipients
        return copy
    }

    change(changes: Commit["changes"]): void {
        const { configPath, configs, files, tree } = this.#seen
        let isChanged = false
        for (const { path, blob } of changes) {
            const file = blob && files.get(`${blob.id} ${path}`)
            if (path === configPath) {
                this.#config = configs.get(blob?.id ?? "") ?? { rules: [], keys: [], findings: [] }
                isChanged = true
            } else if (file !== undefined || this.#files.has(path)) {
                isChanged = true
                if (file === undefined) this.#files.delete(path)
                else this.#files.set(path, file)
            }
        }
        if (!isChanged) return
        const { repo, spelled } = modelOf(this.#config, this.#files, tree)
        this.repo = repo
        this.recipients = new Map(
            [...this.#files].map(([path, file]) => [
                path,
                file.kind === "sealed" ? file.groups.flat().map(spelled) : [],
            ]),
        )
    }
}

/** The paths of files in which at some time there was more, or less, of what only sops writes. */
async function everSealed(git: RunGit, revision: string, prefix: string): Promise<ReadonlySet<string>> {
    const where = prefix === "" ? [] : [`:(top,literal)${prefix}`]
    const output = await git([
        "log",
        "-z",
        "--full-history",
        "--no-renames",
        "--diff-merges=first-parent",
        // As the files are, and not as the drivers of git show them.
        "--no-textconv",
        "--no-ext-diff",
        `-S${sealedMark}`,
        "--name-only",
        "--format=",
        "--end-of-options",
        revision,
        "--",
        ...where,
    ])
    const paths = output.toString("utf8").split("\0")
    return new Set(
        paths.flatMap((path) => (path === "" ? [] : [path.replace(/^\n/u, "").slice(prefix.length)])),
    )
}

async function treeOf(git: RunGit, revision: string, prefix: string): Promise<readonly string[]> {
    const listing = await git([
        "ls-tree",
        "-r",
        "-z",
        "--name-only",
        "--full-tree",
        revision,
        ...(prefix === "" ? [] : [prefix]),
    ])
    return listing
        .toString("utf8")
        .split("\0")
        .map((path) => path.slice(prefix.length))
}
