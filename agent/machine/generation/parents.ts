import { UserError } from "../../error.ts"
import type { AnyEntry } from "../manifest/manifest.ts"
import { isWithin } from "../manifest/names.ts"
import type { NewDirectory } from "./open-directory.ts"
import type { Owners } from "../owners.ts"

/**
 * Directories that are made for a path belong to whom the manifest says, or else, in somebody's home, to the owner of
 * the nearest directory there (Mic92/sops-nix#235), or else to us.
 */
export function parentsOf(
    { label, parents }: AnyEntry,
    owners: Owners,
    self: { readonly uid: number; readonly gid: number },
): NewDirectory {
    return (path, nearest) => {
        const home = owners.homes().find(({ directory }) => isWithin(path, directory))
        const inherited = home && isWithin(nearest.path, home.directory) ? nearest.status : (home ?? self)
        const uid = parents.owner === undefined ? inherited.uid : owners.user(parents.owner)
        const gid = parents.group === undefined ? inherited.gid : owners.group(parents.group)
        if (uid === undefined || gid === undefined)
            throw new UserError(`cannot make ${path} for ${label}: its parentOwner or parentGroup is unknown`)
        return { uid, gid, mode: parents.mode ?? 0o755 }
    }
}
