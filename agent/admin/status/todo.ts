import type { Finding } from "../../repo/generators/findings.ts"

/** One thing that is to be done in a repository. */
export interface Todo {
    /**
     * `key`: there is none, or it is nobody's. `disagrees`: links, rules and files. `owed`: a value that somebody knows
     * who may not. `interrupted`, `conflict`, `uncommitted`: what lies in the tree. `previous`: a value before that is still
     * there. The others are about generators.
     */
    readonly kind:
        | "key"
        | "disagrees"
        | "owed"
        | "interrupted"
        | "conflict"
        | "uncommitted"
        | "previous"
        | Finding["code"]
    /** A path in the repository; null when it is about no place. */
    readonly path: string | null
    readonly message: string
    /** The command that mends it, or advice where none does; null where nothing is known. */
    readonly next: string | null
}
