// What commands change: the repository in the working tree, whichever way it is laid out.

import type { Edit } from "../../repo/difference.ts"
import { whyLeftOut } from "../../repo/ruled-change.ts"
import { ruleFor } from "../../sops/config/config.ts"
import type { Context } from "../context.ts"
import { layoutOf } from "./layout.ts"
import type { RuledTree } from "./ruled-tree.ts"
import { loadWorktree } from "./worktree.ts"
import type { Worktree } from "./worktree.ts"

/** A working tree. `sealed` are the secrets with a file. */
export interface WorkingTree extends Worktree {
    /** Where the rules of a `.sops.yaml` say who reads what, and no links. */
    readonly ruled?: RuledTree
    /** Secrets whose files no command here can write, and why: `has several key groups`. */
    readonly leftOut: ReadonlyMap<string, string>
}

/** An edit; `rules` is the tree as it is with another `.sops.yaml`, if that is changed. */
export interface TreeEdit extends Edit {
    readonly rules?: RuledTree
}

/** Reads the working tree. Throws `UserError` where it cannot be known who reads what. */
export async function loadWorkingTree(flake: string, context: Context): Promise<WorkingTree> {
    if (layoutOf(flake, context) === "clan") return { ...loadWorktree(flake), leftOut: new Map() }
    const { loadRuled } = await import("./ruled-tree.ts")
    const ruled = await loadRuled(flake, context)
    return {
        flake,
        repo: ruled.repo,
        sealed: new Set(ruled.files.keys()),
        strays: [],
        dangling: [],
        unreadable: [],
        unlinked: [],
        ruled,
        leftOut: leftOutBy(ruled),
    }
}

/** The files that cannot be brought to the rules of a configuration here, and why. */
export function leftOutBy({ config, files, spelled }: RuledTree): WorkingTree["leftOut"] {
    const leftOut = new Map<string, string>()
    for (const [path, file] of files) {
        const why = whyLeftOut(file, ruleFor(config, path)?.groups, spelled)
        if (why !== undefined) leftOut.set(path, why)
    }
    return leftOut
}
