import { visibleName } from "../../error.ts"
import type { Grantees } from "../../repo/edits.ts"
import type { Repo } from "../../repo/repo.ts"
import { grantsTo } from "../../repo/ruled.ts"
import { whyLeftOut } from "../../repo/ruled-change.ts"
import { ruleFor } from "../../sops/config/config.ts"
import { Failure } from "../failure.ts"
import type { RuledTree } from "./ruled-tree.ts"
import { readSecret } from "./secret-file.ts"

/**
 * The repository with a file at a path, for those whom its rule names. A file that is there stays as it is. Throws
 * `Failure` where no rule is for it, or one that cannot be followed here, and for names that a command gives: the rule
 * says who reads it.
 */
export function byRule(
    { flake, repo, config, configPath, holders, spelled }: RuledTree,
    path: string,
    named: Grantees = {},
): Repo {
    if ([named.users, named.machines, named.groups].some((names) => [...(names ?? [])].length > 0))
        throw new Failure("usage", `who reads ${visibleName(path)} stands in its rule in ${configPath}`, {
            hint: `to put somebody into it: hostseal grant ${visibleName(path)} --user NAME`,
        })
    if (repo.secrets.has(path)) return repo
    if (readSecret(flake, path) !== undefined)
        throw new Failure("refused", `${visibleName(path)} is there, and is not encrypted`, {
            hint: `look at it; sops encrypt -i ${visibleName(path)} encrypts it as it is`,
        })
    const rule = ruleFor(config, path)
    if (rule === undefined)
        throw new Failure("refused", `no rule in ${configPath} is for ${visibleName(path)}`, {
            hint: "add a rule whose path_regex matches it",
        })
    const why = whyLeftOut({ kind: "sealed", groups: [[]], options: "" }, rule.groups, spelled)
    if (why !== undefined)
        throw new Failure("refused", `${visibleName(path)} ${why} (${configPath}:${rule.line})`)
    const grants = grantsTo(rule.groups.flat().map(spelled), holders)
    return { ...repo, secrets: new Map([...repo.secrets, [path, grants]]) }
}
