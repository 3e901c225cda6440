// Where vars lie: values that a generator made, each in a folder of its own (docs/clan-contract.md#layout).

import { problemOfName } from "./names.ts"

/** Whose the values of a generator are: all machines', one machine's, or those of something that is exported. */
export type VarArea = "shared" | "per-machine" | "per-export"

/** A var, taken apart. */
export interface VarPlace {
    readonly area: VarArea
    /** The machine or export; `undefined` where all share it. */
    readonly owner: string | undefined
    readonly generator: string
    readonly file: string
}

/** The place of the var at this path; `undefined` for any other path. */
export function placeOfVar(path: string): VarPlace | undefined {
    const [, area, owner, generator, file] =
        /^vars\/(?:(shared)|(?:per-machine|per-export)\/([^/]+))\/([^/]+)\/([^/]+)$/u.exec(path) ?? []
    if (generator === undefined || file === undefined) return undefined
    if (area === "shared") return { area, owner: undefined, generator, file }
    return {
        area: path.startsWith("vars/per-machine/") ? "per-machine" : "per-export",
        owner,
        generator,
        file,
    }
}

/** Whether this is the path of a var. */
export function isVar(path: string): boolean {
    return placeOfVar(path) !== undefined
}

/** The path of a var without its file: where clan has it, and what the values of one generator have in common. */
export function folderOfVar(path: string): string {
    return path.slice(0, path.lastIndexOf("/"))
}

/**
 * Why this cannot be the path of a var, a new one or one that exists; `undefined` when it can. Whatever passes leads to
 * no place but that of a var.
 */
export function problemOfVar(path: string, age: "new" | "existing"): string | undefined {
    const place = placeOfVar(path)
    const names = path.split("/").slice(2)
    if (place === undefined || names.some((name) => name.startsWith(".")))
        return "a var is vars/shared/GENERATOR/FILE or vars/per-machine/MACHINE/GENERATOR/FILE"
    if (age === "existing") return undefined
    return names.map((name) => problemOfName("secret", name)).find((problem) => problem !== undefined)
}
