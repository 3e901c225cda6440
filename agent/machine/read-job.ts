import { UserError } from "../error.ts"
import type { Host } from "./host.ts"
import type { Manifest } from "./manifest.ts"
import { largestManifest, parseManifest } from "./read-manifest.ts"
import { readRegular } from "./regular-file.ts"
import { reasonOf } from "./system-error.ts"

/** Reads the manifest at a path. Throws `UserError`. */
export function readManifest(path: string, runtimeDirectory: () => string): Manifest {
    const limit = (size: number): void => {
        if (size > largestManifest)
            throw new UserError(`${path} is larger than ${largestManifest / 1024 / 1024} MiB`)
    }
    let found
    try {
        found = readRegular(path, "follow", limit)
    } catch (error) {
        if (error instanceof UserError) throw error
        throw new UserError(`failed to open manifest ${path}: ${reasonOf(error)}`, { cause: error })
    }
    if (found === undefined) throw new UserError(`failed to open manifest ${path}: it is not a regular file`)
    return parseManifest(found.content, path, runtimeDirectory)
}

/** What `%r` stands for when something is installed. Throws `UserError`. */
export function runtimeDirectoryOf(host: Host): () => string {
    return () => {
        const directory = host.env["XDG_RUNTIME_DIR"]
        if (directory === undefined || directory === "")
            throw new UserError("cannot figure out runtime directory: $XDG_RUNTIME_DIR is not set")
        return directory
    }
}
