import type { Live } from "./live.ts"
import type { AnyEntry } from "../manifest/manifest.ts"
import type { Planned } from "./plan.ts"
import { keyedHash } from "./state.ts"
import type { InstalledFile } from "./state.ts"

/** What is going to be remembered of each file, by its place below the generation. */
export function installedFiles(
    files: readonly Planned[],
    live: Live,
    now: { readonly generation: number; readonly at: Date },
): Map<string, InstalledFile> {
    const visible = files.filter(({ entry }) => !entry.hidden)
    return new Map(visible.map((planned) => [planned.entry.file, installedFile(planned, live, now)]))
}

function installedFile(
    { entry, value, attributes, stale, origin, binding, sourceHash }: Planned,
    live: Live,
    now: { readonly generation: number; readonly at: Date },
): InstalledFile {
    const before = contentBefore(entry, value, live)
    return {
        mac: before?.mac ?? keyedHash(live.state.key, value),
        ...attributes,
        since: before?.since ?? now.generation,
        at: before?.at ?? now.at.toISOString(),
        stale,
        ...(origin === undefined ? {} : { origin }),
        ...(binding === undefined ? {} : { binding }),
        ...(sourceHash === undefined ? {} : { sourceHash }),
    }
}

/** What was remembered of the same content. */
function contentBefore(entry: AnyEntry, value: Buffer, live: Live): InstalledFile | undefined {
    const before = live.state.files.get(entry.file)
    if (before === undefined) return undefined
    const there = live.file(entry.file)
    // The very bytes that were checked against the hash when they were taken from the live file (open-secrets.ts).
    if (there !== undefined && value === there.content) return before
    return keyedHash(live.state.key, value) === before.mac ? before : undefined
}
