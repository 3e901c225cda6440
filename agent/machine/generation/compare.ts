// What a run changes, decided before anything is written. A change is one of content, owner, group, mode or path
// (defect: sops-nix looks at content only, Mic92/sops-nix#220).

import { visibleName } from "../../error.ts"
import type { Live, LiveFile } from "./live.ts"
import { entriesOf } from "../manifest/manifest.ts"
import type { AnyEntry, Manifest } from "../manifest/manifest.ts"
import { isWithin, renderedDirectory } from "../manifest/names.ts"
import type { Planned } from "./plan.ts"
import { keyedHash } from "./state.ts"

export interface Delta {
    /** No generation was live before. */
    readonly first: boolean
    readonly added: readonly AnyEntry[]
    readonly modified: readonly AnyEntry[]
    /** Those of both that are what was installed before: only what is live was changed meanwhile. */
    readonly restored: ReadonlySet<AnyEntry>
    /** Names below the old generation that the manifest no longer has; those of templates with their directory. */
    readonly removed: readonly string[]
    /** The live file of an entry that is as it should be. */
    readonly unchanged: ReadonlyMap<AnyEntry, LiveFile>
}

/** An owner that could not be looked up in a dry run, where users may not exist yet: no reason to call it a change. */
export const unknownOwner = -1

/** Compares what is planned with what is live. */
export function compare(manifest: Manifest, files: readonly Planned[], live: Live): Delta {
    const placedAt = new Map(live.state.placed.map(({ file, path }) => [file, path]))
    const added: AnyEntry[] = []
    const modified: AnyEntry[] = []
    const restored = new Set<AnyEntry>()
    const unchanged = new Map<AnyEntry, LiveFile>()
    for (const planned of files) {
        const { entry } = planned
        if (entry.hidden) continue
        const there = live.file(entry.file)
        const moved = isKnown(entry, live) && isMoved(entry, placedAt.get(entry.file), manifest)
        const same = there !== undefined && isSame(planned, there)
        if (same) unchanged.set(entry, there)
        if (!moved && (same || isOnlyStricter(planned, there, live))) continue
        if (there === undefined) added.push(entry)
        else modified.push(entry)
        if (!moved && isAsInstalled(planned, live)) restored.add(entry)
    }
    const removed = removedNames(manifest, live)
    return { first: !live.exists, added, modified, restored, removed, unchanged }
}

/**
 * sops-nix's program takes the umask off the modes of secrets. That a file of its has bits for others to write now is
 * no reason to restart anything.
 */
function isOnlyStricter(planned: Planned, there: LiveFile | undefined, live: Live): boolean {
    if (there === undefined || isKnown(planned.entry, live)) return false
    const { mode } = planned.attributes
    return there.mode === (mode & ~0o022) && isSame(planned, { ...there, mode })
}

function isAsInstalled({ entry, value, attributes: { uid, gid, mode } }: Planned, live: Live): boolean {
    const before = live.state.files.get(entry.file)
    if (before === undefined || before.uid !== uid || before.gid !== gid || before.mode !== mode) return false
    return keyedHash(live.state.key, value) === before.mac
}

function isSame({ value, attributes }: Planned, there: LiveFile): boolean {
    return (
        there.content.equals(value) &&
        there.mode === attributes.mode &&
        (there.uid === attributes.uid || attributes.uid === unknownOwner) &&
        (there.gid === attributes.gid || attributes.gid === unknownOwner)
    )
}

/** Where things were put is only known of generations that this agent wrote. */
function isKnown(entry: AnyEntry, live: Live): boolean {
    return live.state.files.has(entry.file)
}

function isMoved(
    { path, misplaced }: AnyEntry,
    before: string | undefined,
    { symlinkPath }: Manifest,
): boolean {
    const elsewhere = misplaced !== undefined || isWithin(path, symlinkPath) ? undefined : path
    return elsewhere !== before
}

function removedNames(manifest: Manifest, live: Live): string[] {
    const { symlinkPath } = manifest
    const known = new Set<string>()
    for (const { file, path } of entriesOf(manifest)) {
        known.add(file)
        if (isWithin(path, symlinkPath)) known.add(path.slice(symlinkPath.length + 1))
    }
    return live.names().filter((name) => !known.has(name))
}

/**
 * The lines of sops-nix about changes (docs/sops-nix-contract.md#lines-about-changes): names sorted, one line for each kind. Nothing on a first
 * install.
 */
export function changeLines(delta: Delta, dry: boolean): string[] {
    if (delta.first) return []
    const isRendered = (name: string): boolean => name.startsWith(`${renderedDirectory}/`)
    const names = (entries: readonly AnyEntry[], kind: AnyEntry["kind"]): string[] =>
        entries.filter((entry) => entry.kind === kind).map((entry) => entry.name)
    return [
        line(dry ? "would add" : "adding", "secret", names(delta.added, "secret")),
        line(dry ? "would modify" : "modifying", "secret", names(delta.modified, "secret")),
        line(
            dry ? "would remove" : "removing",
            "secret",
            delta.removed.filter((name) => !isRendered(name)),
        ),
        line(dry ? "would add" : "adding", "rendered secret", names(delta.added, "template")),
        line(dry ? "would modify" : "modifying", "rendered secret", names(delta.modified, "template")),
        line(
            dry ? "would remove" : "removing",
            "rendered secret",
            delta.removed.filter(isRendered).map((name) => name.slice(renderedDirectory.length + 1)),
        ),
    ].filter((text) => text !== "")
}

function line(verb: string, noun: string, names: readonly string[]): string {
    if (names.length === 0) return ""
    // Sorted by bytes, as Go sorts.
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return `${verb} ${noun}${names.length === 1 ? "" : "s"}: ${sorted.map(visibleName).join(", ")}`
}
