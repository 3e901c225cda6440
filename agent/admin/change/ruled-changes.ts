// What an edit of a repository with a `.sops.yaml` changes in the tree besides the contents of its encrypted files.

import type { Edit } from "../../repo/difference.ts"
import type { Repo } from "../../repo/repo.ts"
import type { Write } from "./staging.ts"

/** Files that get another name, and those that go. */
export function ruledChanges(before: Repo, { repo: after, moved = new Map() }: Edit): readonly Write[] {
    const origins = new Set(moved.values())
    return [
        ...[...moved].map(([path, from]): Write => ({ kind: "move", path, from })),
        ...[...before.secrets.keys()]
            .filter((path) => !after.secrets.has(path) && !origins.has(path))
            .map((path): Write => ({ kind: "unlink", path })),
    ]
}
