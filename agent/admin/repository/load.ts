import type { Repo } from "../../repo/repo.ts"
import type { Context } from "../context.ts"
import { layoutOf } from "./layout.ts"
import { loadWorktree } from "./worktree.ts"

/** The repository in the working tree, whichever way it is laid out: who there is, and who may read what. */
export async function loadRepo(flake: string, context: Context): Promise<Repo> {
    if (layoutOf(flake, context) === "clan") return loadWorktree(flake).repo
    return (await import("./ruled-tree.ts")).loadRuled(flake, context).then(({ repo }) => repo)
}

/** Who there is, whatever they may read: under a `.sops.yaml` no encrypted file is looked at for it. */
export async function loadReaders(flake: string, context: Context): Promise<Repo> {
    if (layoutOf(flake, context) === "clan") return loadWorktree(flake).repo
    return (await import("./ruled-tree.ts")).loadNames(flake, context)
}
