import { existsSync } from "node:fs"
import { openDirectory } from "./open-directory.ts"

/** For all to enter, as /run and /var are. */
export const openToAll = 0o755

/**
 * Makes a directory that something of ours is to lie in, and what is missing above it, with this mode whatever the
 * umask. One that is there stays as it is. Throws `UserError`.
 */
export function provideDirectory(path: string, mode: number): void {
    if (!existsSync(path)) openDirectory(path, () => ({ uid: -1, gid: -1, mode }))?.close()
}
