import type { KeyObject } from "node:crypto"
import { UserError } from "../../error.ts"
import type { Host } from "../host.ts"
import type { AnyEntry, Manifest } from "../manifest/manifest.ts"
import { isWithin } from "../manifest/names.ts"
import { parentsOf } from "./parents.ts"
import { place, placedBy, takeAway } from "./place.ts"
import type { Placement } from "./place.ts"
import type { Failure } from "./plan.ts"
import type { Prepared } from "../prepare.ts"
import type { InstalledFile, Placed } from "./state.ts"
import { withoutCall } from "../../os/system-error.ts"

/** What is to be outside of the generation, and what is there and no longer wanted. */
export interface Placements {
    readonly wanted: readonly Placement[]
    readonly old: readonly Placed[]
    /** What an earlier run put where this one puts nothing yet. */
    readonly kept: readonly Placed[]
}

/** Compares what the manifest wants outside of the generation with what earlier runs put there. */
export function placementsOf(
    { manifest, files, owners, live }: Prepared,
    installed: ReadonlyMap<string, InstalledFile>,
    host: Host,
): Placements {
    const notYet = new Set((host.env[notYetVariable] ?? "").split(":"))
    const wanted = files
        .filter(({ entry }) => entry.misplaced !== undefined || isElsewhere(entry, manifest))
        .filter(({ entry }) => !notYet.has(entry.path))
        .map(({ entry, value, attributes }) => ({
            entry,
            target: `${manifest.symlinkPath}/${entry.file}`,
            content: value,
            mac: installed.get(entry.file)?.mac ?? "",
            attributes,
            parents: parentsOf(entry, owners, host),
        }))
    const paths = new Set(wanted.map(({ entry }) => entry.path))
    return {
        wanted,
        old: live.state.placed.filter(({ path }) => !paths.has(path) && !notYet.has(path)),
        kept: live.state.placed.filter(({ path }) => notYet.has(path)),
    }
}

/**
 * Names paths, with colons between them, that are left alone: a disk that is mounted later, or a directory that
 * systemd-tmpfiles makes anew, would hide or take away what is put there now. Another run does it when it is time.
 */
const notYetVariable = "HOSTSEAL_NOT_YET"

/** Everything that a state has to remember, so that a run that is killed loses track of nothing. */
export function placedIn({ wanted, old, kept }: Placements): Placed[] {
    return [...wanted.map(placedBy), ...old, ...kept]
}

function isElsewhere({ path }: AnyEntry, { symlinkPath }: Manifest): boolean {
    return !isWithin(path, symlinkPath)
}

/** What came of putting things in their places. */
export interface Placing {
    /** Each thing that cannot be where it is wanted is a failure of its own. */
    readonly failures: readonly Failure[]
    /** Paths that lead to the place of another one, which has it. */
    readonly displaced: readonly string[]
}

/** Puts everything in its place. */
export function placeAll({ wanted }: Placements, host: Host, warn: (warning: string) => void): Placing {
    const failures: Failure[] = []
    const displaced: string[] = []
    const taken = new Map<string, AnyEntry>()
    for (const placement of wanted) {
        try {
            if (placement.entry.misplaced !== undefined) throw new UserError(placement.entry.misplaced)
            const { entry } = placement
            const before = place(placement, taken, {
                replaced: (path) => host.tell(`replaced the file ${path} by a link to the ${entry.label}`),
                warn,
            })
            if (before === undefined) continue
            displaced.push(before.path)
            warn(
                `${before.path} and ${entry.path} are one place, where only ${entry.label} is: ` +
                    `give ${before.label} another path`,
            )
        } catch (error) {
            const problem =
                error instanceof UserError
                    ? error
                    : new UserError(`cannot put it at ${placement.entry.path}`, { cause: withoutCall(error) })
            failures.push({ entry: placement.entry, problem, became: "not placed" })
        }
    }
    return { failures, displaced }
}

/** Takes away what is no longer wanted; returns what is left because it could not be. */
export function takeAwayOld({ old }: Placements, key: KeyObject, warn: (problem: string) => void): Placed[] {
    return old.filter((placed) => {
        try {
            takeAway(placed, key)
            return false
        } catch (error) {
            warn(error instanceof Error ? error.message : `cannot remove ${placed.path}`)
            return true
        }
    })
}
