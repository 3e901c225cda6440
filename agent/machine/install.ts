// The job of the agent, in its order: decide, write a generation, switch to it, tidy up. The switch is the only
// commit point; until then a failure leaves the machine as it was, and after it the new secrets are in use.

import { mkdirSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import { UserError } from "../error.ts"
import { bindingWarnings } from "./binding.ts"
import { changeLines } from "./generation/compare.ts"
import { preparePrivateDirectory, prune, switchTo, writeGeneration } from "./generation/generation.ts"
import type { NewFile, NewLink } from "./generation/generation.ts"
import type { Host } from "./host.ts"
import { removeLegacyKey } from "./generation/legacy-key.ts"
import { acquireLock, lockDirectory } from "./lock.ts"
import type { Manifest } from "./manifest/manifest.ts"
import { isMemory, mountMemory } from "./generation/mount.ts"
import { isWithin } from "./manifest/names.ts"
import { installedFiles } from "./generation/next-state.ts"
import { placeAll, placedIn, placementsOf, takeAwayOld } from "./generation/place-all.ts"
import type { Failure } from "./generation/plan.ts"
import { prepare } from "./prepare.ts"
import type { Job, Prepared } from "./prepare.ts"
import { openToAll, provideDirectory } from "./generation/provide-directory.ts"
import { recordFailure, recordRun } from "./status/record.ts"
import { exitCodeOf, tellFailures } from "./report.ts"
import { removeState, writeState } from "./generation/state.ts"
import type { State } from "./generation/state.ts"
import { reasonOf } from "../os/system-error.ts"
import { refreshUnits, rehearseUnits, unitsOf } from "./units.ts"
import { version } from "./version.ts"

/** What a run came to. */
export interface Outcome {
    readonly exitCode: number
    /** Files of the new generation. */
    readonly installed: number
    readonly failures: readonly Failure[]
    /** Paths outside of the generation that this run could not make what they should be. */
    readonly unplaced: readonly string[]
}

/**
 * Makes the machine hold what the manifest says. Throws `UserError` when nothing could be done, with the status
 * saying so; what failed alone is in the outcome, and was told.
 */
export async function install(job: Job, host: Host): Promise<Outcome> {
    if (job.mode.dry) return await rehearse(job, host)
    const { mountPoint } = job.manifest
    const release = await acquireLock(lockDirectory(mountPoint), (pid) =>
        host.tell(`waiting for process ${pid}, which installs to ${mountPoint}`),
    )
    try {
        const prepared = await prepare(job.manifest, job.mode, host)
        try {
            return await commit(prepared, job, host)
        } finally {
            prepared.wipe()
        }
    } catch (error) {
        await recordFailure(job, error, host)
        throw error
    } finally {
        release()
    }
}

/** A run that only says what it would do (NIXOS_ACTION=dry-activate). */
async function rehearse({ manifest, mode }: Job, host: Host): Promise<Outcome> {
    const { delta, failures, files, warnings, wipe } = await prepare(manifest, mode, host)
    wipe()
    const problems = delta.first ? [] : rehearseUnits(unitsOf(delta), manifest.userMode, host)
    for (const warning of [...manifest.warnings, ...warnings, ...problems]) host.tell(`warning: ${warning}`)
    if (manifest.logChanges) for (const line of changeLines(delta, true)) host.print(line)
    tellFailures(failures, host)
    return { exitCode: exitCodeOf(failures), installed: files.length, failures, unplaced: [] }
}

async function commit(prepared: Prepared, job: Job, host: Host): Promise<Outcome> {
    const { manifest, live, delta, files } = prepared
    await provideMemory(prepared, host)
    // What is made in a home is for its owner alone.
    provideDirectory(dirname(manifest.symlinkPath), manifest.userMode ? 0o700 : openToAll)
    const number = live.number + 1
    const installed = installedFiles(files, live, { generation: number, at: host.now() })
    const placements = placementsOf(prepared, installed, host)
    const state = {
        key: live.state.key,
        files: installed,
        placed: placedIn(placements),
        standIn: prepared.standIn,
    }
    publish(prepared, number, state, { host, heartbeat: job.mode.heartbeat })

    // From here on the new secrets are in use.
    const warnings = [
        ...manifest.warnings,
        ...prepared.warnings,
        ...bindingWarnings(files.map(({ binding }) => binding)),
    ]
    const warn = (problem: string): unknown => warnings.push(problem)
    // First what is no longer wanted: it may lie where something new has to be, or be the same place by another path.
    const old = takeAwayOld(placements, state.key, warn)
    const { failures: notPlaced, displaced } = placeAll(placements, host, warn)
    const failures = [...prepared.failures, ...notPlaced]
    const refused = new Set([...displaced, ...notPlaced.map(({ entry }) => entry.path)])
    tidy(manifest, number, warn, () => {
        if (placements.old.length === 0 && refused.size === 0) return
        // What could not be put somewhere is not there, unless it was before.
        const before = live.state.placed.filter(({ path }) => refused.has(path) && !displaced.includes(path))
        const wanted = placements.wanted.filter(({ entry }) => !refused.has(entry.path))
        const placed = [...placedIn({ ...placements, wanted, old }), ...before]
        writeState(manifest.mountPoint, number, version, { ...state, placed })
    })
    const when = { first: delta.first, userMode: manifest.userMode }
    warnings.push(...(await refreshUnits(unitsOf(delta, job.mode.again), when, host)))

    if (manifest.logChanges) for (const line of changeLines(delta, false)) host.print(line)
    tellFailures(failures, host)
    for (const warning of warnings) host.tell(`warning: ${warning}`)
    const exitCode = exitCodeOf(failures)
    await recordRun(prepared, job, { number, installed, exitCode, failures, warnings }, host)
    const unplaced = [...notPlaced.map(({ entry }) => entry), ...old].map(({ path }) => path)
    return { exitCode, installed: files.length, failures, unplaced }
}

/** A memory file system at the mount point; a user's lies in one already. */
async function provideMemory({ manifest, owners }: Prepared, host: Host): Promise<void> {
    const { mountPoint, useTmpfs, userMode } = manifest
    if (userMode) {
        mkdirSync(mountPoint, { recursive: true, mode: 0o751 })
        if (!isMemory(mountPoint))
            throw new UserError(`${mountPoint} is not on a memory file system`, {
                hint: "plaintexts are never written to a disk; $XDG_RUNTIME_DIR should be a tmpfs",
            })
    } else await mountMemory(mountPoint, { useTmpfs, keysGroup: owners.keysGroup }, host)
    preparePrivateDirectory(mountPoint)
}

/** Writes the generation and its state, and switches to it. */
function publish(
    prepared: Prepared,
    number: number,
    state: State,
    { host, heartbeat }: { readonly host: Host; readonly heartbeat: () => void },
): void {
    const { mountPoint, symlinkPath } = prepared.manifest
    const owner = { uid: host.uid, gid: prepared.owners.keysGroup }
    const directory = writeGeneration(mountPoint, number, { ...contentsOf(prepared), owner }, heartbeat)
    let replaced
    try {
        writeState(mountPoint, number, version, state)
        replaced = switchTo(symlinkPath, directory)
    } catch (error) {
        rmSync(directory, { recursive: true, force: true })
        removeState(mountPoint, number)
        throw error instanceof UserError
            ? error
            : new UserError(`cannot write to ${mountPoint}`, { cause: error, hint: "the old secrets stay" })
    }
    // docs/sops-nix-contract.md#defects, D23: it is replaced, and not silently.
    if (replaced !== undefined)
        host.tell(`replaced the ${replaced} at ${symlinkPath} by a link to the secrets`)
}

function contentsOf({ manifest, files, delta }: Prepared): { files: NewFile[]; links: NewLink[] } {
    const { symlinkPath } = manifest
    const visible = files.filter(({ entry }) => !entry.hidden)
    return {
        files: visible.map(({ entry, value, attributes }) => {
            const same = delta.unchanged.get(entry)?.path
            return {
                file: entry.file,
                content: value,
                ...attributes,
                ...(same === undefined ? {} : { same }),
            }
        }),
        // A `path` below the symlink is a link within the generation.
        links: files
            .filter(
                ({ entry: { path, file, misplaced } }) =>
                    misplaced === undefined &&
                    isWithin(path, symlinkPath) &&
                    path !== `${symlinkPath}/${file}`,
            )
            .map(({ entry: { path, file }, attributes: { uid, gid } }) => ({
                file: path.slice(symlinkPath.length + 1),
                target: `${symlinkPath}/${file}`,
                uid,
                gid,
            })),
    }
}

/** What comes after the switch: nothing of it can undo that. */
function tidy(
    manifest: Manifest,
    number: number,
    warn: (problem: string) => void,
    remember: () => void,
): void {
    const { mountPoint, keepGenerations } = manifest
    const tasks: (readonly [string, () => void])[] = [
        ["cannot write down what was removed", remember],
        [
            `cannot remove old generations in ${mountPoint}`,
            () => prune(mountPoint, number, keepGenerations, (going) => removeState(mountPoint, going)),
        ],
        [`cannot remove the keys that sops-nix left in ${mountPoint}`, () => removeLegacyKey(mountPoint)],
    ]
    for (const [problem, task] of tasks) {
        try {
            task()
        } catch (error) {
            warn(`${problem}: ${reasonOf(error)}`)
        }
    }
}
