import { UserError } from "../../error.ts"
import type { Host } from "../host.ts"
import type { Manifest } from "./manifest.ts"
import { readNamed } from "../named-file.ts"
import { largestManifest, parseManifest } from "./parse.ts"

/** Reads the manifest at a path. Throws `UserError`. */
export function readManifest(path: string, runtimeDirectory: () => string): Manifest {
    const { content } = readNamed(path, largestManifest, `failed to open manifest ${path}`)
    return parseManifest(content, path, runtimeDirectory)
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
