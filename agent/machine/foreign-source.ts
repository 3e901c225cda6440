import { statSync } from "node:fs"
import type { Stats } from "node:fs"
import { dirname } from "node:path"
import type { Manifest } from "./manifest/manifest.ts"

/**
 * Sources that somebody else than root and us can exchange, by owning them or a directory above: with one warning each,
 * for what they seal in its place is installed.
 */
export function foreignSources({ secrets, userMode }: Manifest, self: number): string[] {
    if (userMode) return []
    // Those of the Nix store, nearly always all of them, cost nothing.
    const sources = new Set(
        secrets.flatMap(({ source }) => (source.startsWith("/nix/store/") ? [] : [source])),
    )
    return [...sources].flatMap((source) => {
        const by = exchangedBy(source, self)
        return by === undefined
            ? []
            : [`${source} can be exchanged by ${by}: keep it in the Nix store or where only root can write`]
    })
}

function exchangedBy(source: string, self: number): string | undefined {
    for (let path = source; ; path = dirname(path)) {
        const status = statusOf(path)
        if (status !== undefined) {
            const { uid, mode } = status
            if (uid !== 0 && uid !== self) return `uid ${uid}, who owns ${path}`
            const isSticky = status.isDirectory() && (mode & 0o1000) !== 0
            if ((mode & 0o002) !== 0 && !isSticky) return `everybody, who can write to ${path}`
        }
        if (path === "/") return undefined
    }
}

/** `undefined` where nothing can be looked at: why a source cannot be read is said where it is read. */
function statusOf(path: string): Stats | undefined {
    try {
        return statSync(path, { throwIfNoEntry: false })
    } catch {
        return undefined
    }
}
