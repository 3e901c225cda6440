import { existsSync, lstatSync } from "node:fs"
import { join } from "node:path"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"

/** How a repository is laid out: clan's folders below `sops` and `vars`, or files under the rules of a `.sops.yaml`. */
export type Layout = "clan" | "sops"

/** The configuration of a repository that sops alone serves, as far as its layout goes. */
export const configName = ".sops.yaml"

/**
 * The layout of a repository: `--layout`, or what its folders show. Where there are clan's folders they count, also
 * beside a `.sops.yaml`; a repository with neither is one that clan's commands begin.
 */
export function layoutOf(flake: string, { flags, env }: Pick<Context, "flags" | "env">): Layout {
    if (flags.layout !== undefined) return flags.layout
    if (hasClanFolders(flake)) return "clan"
    const isThere = existsSync(join(flake, configName)) || (env["SOPS_CONFIG"] ?? "") !== ""
    return isThere ? "sops" : "clan"
}

/** Whether there is anything in the places where clan's commands look. */
export function hasClanFolders(flake: string): boolean {
    return ["sops/users", "sops/machines", "sops/groups", "sops/secrets", "vars"].some(
        (path) => lstatSync(join(flake, path), { throwIfNoEntry: false }) !== undefined,
    )
}

/** Throws for a command that serves clan's layout only, before it makes clan's folders beside a `.sops.yaml`. */
export function needsClan(flake: string, context: Context): void {
    if (layoutOf(flake, context) === "clan") return
    throw new Failure(
        "refused",
        `who reads what in this repository stands in ${configName}, which this command does not change`,
        {
            hint: `change ${configName}, then: hostseal key update; --layout clan begins clan's folders beside it`,
        },
    )
}
