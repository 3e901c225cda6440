import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { codeOf } from "./system-error.ts"

/**
 * Makes a folder and those above it that are missing. Node's own recursion does the same, but where nothing can be
 * written it says that something is not there.
 */
export function makeFolders(path: string, mode = 0o777): void {
    try {
        mkdirSync(path, { mode })
    } catch (error) {
        const code = codeOf(error)
        if (code === "EEXIST" || code === "EISDIR") return
        if (code !== "ENOENT" || dirname(path) === path) throw error
        makeFolders(dirname(path), mode)
        makeFolders(path, mode)
    }
}
