// What an edit of a repository with a `.sops.yaml` changes in the tree besides the contents of its encrypted files.

import { dropsClouds } from "../../repo/ruled-change.ts"
import { ruleFor } from "../../sops/config/config.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"
import type { taskFor } from "./sealing/seal.ts"
import type { Repo } from "../../repo/repo.ts"
import { readSecret } from "../repository/secret-file.ts"
import type { TreeEdit } from "../repository/working-tree.ts"
import type { Write } from "./staging.ts"

/** Files that get another name, those that go, and the configuration. */
export function ruledChanges(
    flake: string,
    before: Repo,
    { repo: after, moved = new Map(), rules }: TreeEdit,
): readonly Write[] {
    return [
        ...(rules === undefined
            ? []
            : [{ kind: "bytes" as const, path: rules.configPath, bytes: Buffer.from(rules.source) }]),
        ...[...moved].flatMap(([path, from]): readonly Write[] => {
            const bytes = readSecret(flake, from)
            return bytes === undefined ? [] : [{ kind: "bytes", path, bytes }]
        }),
        ...[...before.secrets.keys()]
            .filter((path) => !after.secrets.has(path))
            .map((path): Write => ({ kind: "unlink", path })),
    ]
}

/** What the rule of a file says besides for whom it is: what is encrypted in a new one, and that no key of a cloud stays. */
export function aboutRule(
    path: string,
    ruled: RuledTree | undefined,
    everything: boolean,
): Parameters<typeof taskFor>[3] {
    const rule = ruled && ruleFor(ruled.config, path)
    if (rule === undefined) return {}
    const file = everything ? ruled?.files.get(path) : undefined
    return {
        options: { rule: rule.selection, macOnlyEncrypted: rule.macOnlyEncrypted },
        dropsClouds: file !== undefined && dropsClouds(file, rule.groups),
    }
}
