// What an edit of a repository with a `.sops.yaml` changes in the tree besides the contents of its encrypted files.

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
