import { visible, visibleJson } from "../../error.ts"
import { driftText, findDrift } from "../generation/drift.ts"
import type { Host } from "../host.ts"
import type { Manifest } from "../manifest/manifest.ts"
import { readManifest, runtimeDirectoryOf } from "../manifest/read.ts"
import { exitCodes } from "../report.ts"
import { readStatus } from "../status/read-status.ts"
import { statusPath } from "../status/status.ts"
import type { Status, StatusEntry } from "../status/status.ts"

/** A status with what was changed since. */
interface Installation extends Status {
    readonly drift: readonly string[]
}

/** `status [--json] [MANIFEST]`: what is installed. Never a value; no key is read. Returns the exit code. */
export function statusCommand(
    { manifest: path, json }: { readonly manifest: string | undefined; readonly json: boolean },
    host: Host,
): number {
    const places =
        path === undefined
            ? [
                  statusPath(`${host.runDirectory}/secrets.d`),
                  statusPath(`${host.runDirectory}/secrets-for-users.d`),
              ]
            : placesOf(readManifest(path, runtimeDirectoryOf(host)))
    const found = places.flatMap((place) => readStatus(place) ?? [])
    // A copy says the same as the original.
    const statuses = path === undefined ? found : found.slice(0, 1)
    if (statuses.length === 0) {
        if (json) host.print(JSON.stringify({ version: 1, installations: [] }))
        else host.tell(`nothing is installed: there is no ${places.join(" and no ")}`)
        return exitCodes.nothing
    }
    const installations = statuses.map((status) => ({
        ...status,
        drift:
            status.generation === null
                ? []
                : findDrift(status.mountPoint, status.symlink).map((change) => driftText(change)),
    }))
    if (json) host.print(visibleJson({ version: 1, installations }))
    else
        for (const installation of installations)
            for (const line of lines(installation)) host.print(visible(line))
    return installations.every(isFine) ? exitCodes.done : exitCodes.drift
}

function placesOf({ mountPoint, statusFile }: Manifest): string[] {
    return [statusPath(mountPoint), ...(statusFile === undefined ? [] : [statusFile])]
}

function isFine({ run, drift, secrets, templates }: Installation): boolean {
    const entries = [...secrets, ...templates]
    return run.result === "ok" && drift.length === 0 && entries.every(({ state }) => state === "installed")
}

function lines(installation: Installation): string[] {
    const { symlink, generation, manifest, run, secrets, templates, drift, identities } = installation
    return [
        `${symlink}: ${generation === null ? "no generation" : `generation ${generation}`}, from ${manifest}`,
        `  last run ${run.at}: ${run.result}, exit code ${run.exitCode}`,
        ...(run.result === "failed" ? run.problems.map((problem) => `    ${problem}`) : []),
        ...run.warnings.map((warning) => `    warning: ${warning}`),
        ...drift.map((change) => `  changed since: ${change}`),
        ...identities.flatMap(({ path, recipients, problem }) =>
            recipients.length === 0
                ? [`  key ${path}: ${problem ?? "unusable"}`]
                : recipients.map((text) => `  key ${text} (${path})`),
        ),
        ...secrets.flatMap((entry) => entryLines("secret", entry)),
        ...templates.flatMap((entry) => entryLines("template", entry)),
    ]
}

function entryLines(
    kind: string,
    { name, state, path, source, generation, since, problem }: StatusEntry,
): string[] {
    const origin = source === null ? "" : ` from ${source}`
    const age = generation === null ? "" : `, since generation ${generation} (${since ?? ""})`
    return [
        `  ${state.padEnd(9)} ${kind} ${name} at ${path}${origin}${age}`,
        ...problem.map((line) => `      ${line}`),
    ]
}
