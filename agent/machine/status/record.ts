// Writes down what a run came to. That this fails is never more than a warning: the secrets are what matters.

import { existsSync } from "node:fs"
import { explain } from "../../error.ts"
import { BindingError } from "../binding.ts"
import { privateDirectory } from "../generation/generation.ts"
import type { Host } from "../host.ts"
import { liveNumber } from "../generation/live.ts"
import type { AnyEntry, Manifest } from "../manifest/manifest.ts"
import { metricsText } from "./metrics.ts"
import { Abandoned } from "../generation/plan.ts"
import type { Failure } from "../generation/plan.ts"
import type { Job, Prepared } from "../prepare.ts"
import { exitCodeFor } from "../report.ts"
import type { InstalledFile } from "../generation/state.ts"
import { replaceFile, statusPath, writeStatus } from "./status.ts"
import type { Status, StatusEntry } from "./status.ts"
import { reasonOf } from "../../os/system-error.ts"
import { version } from "../version.ts"

export interface Result {
    readonly number: number
    readonly installed: ReadonlyMap<string, InstalledFile>
    readonly exitCode: number
    readonly failures: readonly Failure[]
    readonly warnings: readonly string[]
}

/** The status after a run that switched to a new generation. */
export async function recordRun(prepared: Prepared, job: Job, result: Result, host: Host): Promise<void> {
    const { manifest, keys, owners } = prepared
    const at = host.now().toISOString()
    const isFine = result.exitCode === 0
    const problems = new Map(result.failures.map((failure) => [failure.entry, failure]))
    const entry = (one: AnyEntry): StatusEntry =>
        statusEntry(one, result.installed.get(one.file), problems.get(one), prepared.standIn)
    const status: Status = {
        ...about(job),
        generation: result.number,
        run: {
            at,
            result: isFine ? "ok" : "partial",
            exitCode: result.exitCode,
            problems: result.failures.map(({ entry: { label }, problem }) => `${label}: ${problem.message}`),
            warnings: [...keys.warnings, ...result.warnings],
        },
        lastSuccess: isFine && !prepared.standIn ? at : ((await readBefore(manifest))?.lastSuccess ?? null),
        identities: keys.tried.map(({ path, recipients, problem }) => ({
            path,
            recipients: [...recipients],
            problem: problem ?? null,
        })),
        secrets: manifest.secrets.map(entry),
        templates: manifest.templates.map(entry),
    }
    write(status, manifest, owners.keysGroup, host)
}

/** The status after a run that changed nothing: what is installed is as it was before. */
export async function recordFailure(job: Job, error: unknown, host: Host): Promise<void> {
    const { manifest } = job
    const before = await readBefore(manifest)
    const status: Status = {
        ...about(job),
        generation: liveOrNone(manifest.mountPoint, manifest.symlinkPath),
        run: {
            at: host.now().toISOString(),
            result: "failed",
            exitCode: exitCodeFor(error),
            problems: explain(error),
            warnings: [],
        },
        lastSuccess: before?.lastSuccess ?? null,
        identities: before?.identities ?? [],
        secrets: outdated(before?.secrets, "secret", error),
        templates: outdated(before?.templates, "template", error),
    }
    write(status, manifest, host.gid, host)
}

/** What was installed before, with what went wrong with it in a run that installed nothing because of that. */
function outdated(
    before: readonly StatusEntry[] = [],
    kind: AnyEntry["kind"],
    error: unknown,
): readonly StatusEntry[] {
    if (!(error instanceof Abandoned)) return before
    const failed = error.failures.filter(({ entry }) => entry.kind === kind)
    const problems = new Map(failed.map(({ entry, problem }) => [entry.name, explain(problem)]))
    return before.map((entry) => {
        const problem = problems.get(entry.name)
        if (problem === undefined) return entry
        return { ...entry, problem, state: entry.state === "missing" ? "missing" : "stale" }
    })
}

/**
 * After a reboot the private one is gone, and a copy of it may not be. Nothing needs this when all is well. One that
 * cannot be read is none: what went wrong with the run is what counts.
 */
async function readBefore({ mountPoint, symlinkPath }: Manifest): Promise<Status | undefined> {
    if (liveOrNone(mountPoint, symlinkPath) === null) return undefined
    const { readStatus } = await import("./read-status.ts")
    try {
        return readStatus(statusPath(mountPoint))
    } catch {
        return undefined
    }
}

function liveOrNone(mountPoint: string, symlinkPath: string): number | null {
    try {
        return liveNumber(mountPoint, symlinkPath) ?? null
    } catch {
        return null
    }
}

function about({ manifest, path }: Job) {
    const { mountPoint, symlinkPath } = manifest
    return { version: 1, agent: version, manifest: path, symlink: symlinkPath, mountPoint } as const
}

function statusEntry(
    entry: AnyEntry,
    installed: InstalledFile | undefined,
    failure: Failure | undefined,
    standIn: boolean,
): StatusEntry {
    return {
        name: entry.name,
        state: stateOf(installed, standIn),
        path: entry.path,
        source: entry.kind === "secret" ? entry.source : (entry.textFile ?? null),
        sourceHash: installed?.sourceHash ?? null,
        format: entry.kind === "secret" ? entry.format : null,
        key: entry.kind === "secret" ? entry.key : null,
        owner: installed?.uid ?? null,
        group: installed?.gid ?? null,
        mode: (installed?.mode ?? entry.mode).toString(8).padStart(4, "0"),
        generation: installed?.since ?? null,
        since: installed?.at ?? null,
        optional: entry.optional,
        binding:
            failure?.problem instanceof BindingError
                ? failure.problem.verdict
                : (installed?.binding?.verdict ?? null),
        problem: failure === undefined ? [] : explain(failure.problem),
    }
}

function stateOf(installed: InstalledFile | undefined, standIn: boolean): StatusEntry["state"] {
    if (installed === undefined) return "missing"
    if (standIn) return "stand-in"
    return installed.stale ? "stale" : "installed"
}

function write(status: Status, manifest: Manifest, group: number, host: Host): void {
    const { mountPoint, statusFile, metricsFile, metricsNames } = manifest
    // Before the first mount of a boot it would be written to the disk below it.
    const isMounted = existsSync(privateDirectory(mountPoint))
    const places = [
        ...(isMounted ? [statusPath(mountPoint)] : []),
        ...(statusFile === undefined ? [] : [statusFile]),
    ]
    for (const path of places) attempt(path, host, () => writeStatus(path, status, group))
    if (metricsFile !== undefined)
        attempt(metricsFile, host, () =>
            replaceFile(metricsFile, metricsText(status, metricsNames), 0o644, group),
        )
}

function attempt(path: string, host: Host, action: () => void): void {
    try {
        action()
    } catch (error) {
        host.tell(`warning: cannot write ${path}: ${reasonOf(error)}`)
    }
}
