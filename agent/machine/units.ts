// Units that want to hear of changes. They are asked after the switch, so that they see the new secrets (docs/sops-nix-contract.md#defects, D4),
// each once (D26), and a unit that does not exist is a warning with its name and nothing more.

import { appendFileSync, existsSync } from "node:fs"
import { join } from "node:path"
import type { Delta } from "./generation/compare.ts"
import { searchPath } from "./host.ts"
import type { Host } from "./host.ts"
import type { AnyEntry } from "./manifest/manifest.ts"
import { reasonOf } from "../os/system-error.ts"

export interface UnitChanges {
    readonly restart: readonly string[]
    /** None of those that are restarted. */
    readonly reload: readonly string[]
}

/**
 * The units of everything that was added or modified, but for files that are only put back once more (`again`): a unit
 * that changes its own secret when it starts would be restarted for ever.
 */
export function unitsOf(
    { added, modified, restored }: Delta,
    again: ReadonlySet<string> = new Set(),
): UnitChanges {
    const changed: readonly AnyEntry[] = [...added, ...modified].filter(
        (entry) => !(restored.has(entry) && again.has(entry.file)),
    )
    const restart = new Set(changed.flatMap((entry) => entry.restartUnits))
    const reload = new Set(changed.flatMap((entry) => entry.reloadUnits))
    return { restart: [...restart], reload: [...reload.difference(restart)] }
}

/** Says what would be asked for: in the lists of a dry activation where NixOS reads them, or else to people. Returns warnings. */
export function rehearseUnits(changes: UnitChanges, userMode: boolean, host: Host): string[] {
    if (!asksItself(userMode, host) && existsSync(join(host.runDirectory, "nixos")))
        return listUnits(changes, "dry-activation", host)
    for (const unit of changes.restart) host.tellBare(`would restart ${unit}`)
    for (const unit of changes.reload) host.tellBare(`would reload ${unit}`)
    return []
}

/** Whether systemd is asked, and not NixOS. */
function asksItself(userMode: boolean, { env }: Host): boolean {
    return env["SOPS_RESTART_UNITS_VIA_SYSTEMCTL"] === "1" || userMode
}

/**
 * Asks for restarts and reloads: systemd itself when run as a unit, else through the lists that NixOS reads after its
 * activation scripts. Of what starts while the machine boots nothing is restarted: it finds the new secrets anyway. A unit
 * that has failed is started, now that what it missed is there; one that was stopped by hand stays stopped. systemctl
 * never waits: what is ordered after us would wait for itself. Returns warnings.
 */
export async function refreshUnits(
    changes: UnitChanges,
    { first, userMode }: { readonly first: boolean; readonly userMode: boolean },
    host: Host,
): Promise<string[]> {
    if (changes.restart.length + changes.reload.length === 0) return []
    if (!asksItself(userMode, host)) {
        // While NixOS boots nobody reads them, and the next switch must not find them.
        const isBoot = first && !existsSync(join(host.runDirectory, "current-system"))
        return isBoot ? [] : listUnits(changes, "activation", host)
    }
    const manager = userMode ? ["--user"] : []
    const ask = (verb: string, units: readonly string[]): Promise<string[]> =>
        systemctl([...manager, "--no-block", verb, "--", ...units], units, host)
    // A first install may be the one of this boot, or one on a machine that has been up for long (docs/sops-nix-contract.md#defects, D27).
    const isBoot = first && !(await isUp(manager, host))
    const { reset, start } = await rescue(changes.restart, isBoot, manager, host)
    const warnings = await ask("reset-failed", reset)
    if (!isBoot) {
        warnings.push(...(await ask("try-restart", changes.restart)))
        warnings.push(...(await ask("try-reload-or-restart", changes.reload)))
    }
    // Last: what is started only now is not restarted at once.
    warnings.push(...(await ask("start", start)))
    return warnings
}

/**
 * What units that do not run need. While the machine boots, only those that have failed: everything else has its turn
 * still before it.
 */
async function rescue(
    units: readonly string[],
    isBoot: boolean,
    manager: readonly string[],
    host: Host,
): Promise<{ readonly reset: readonly string[]; readonly start: readonly string[] }> {
    if (units.length === 0) return { reset: [], start: [] }
    const { parseStates, rescueOf, shownProperties, switchTarget } = await import("./unit-states.ts")
    const show = async (properties: string, names: readonly string[]) => {
        const result = await runSystemctl(
            [...manager, "show", `--property=${properties}`, "--", ...names],
            host,
        )
        return parseStates(result?.stdout.toString() ?? "")
    }
    const { reset, start, maybe } = rescueOf(await show(shownProperties, [...units, switchTarget]))
    if (isBoot) return { reset: start, start }
    const wanters = [...new Set([...maybe.values()].flat())]
    if (wanters.length === 0) return { reset, start }
    const active = new Set(
        (await show("Id,ActiveState", wanters)).flatMap((state) =>
            state.get("ActiveState") === "active" ? (state.get("Id") ?? []) : [],
        ),
    )
    const missed = [...maybe].flatMap(([unit, by]) => (by.some((one) => active.has(one)) ? [unit] : []))
    return { reset, start: [...start, ...missed] }
}

/**
 * Writes the lists of NixOS: `switch-to-configuration` restarts what is in those of an activation and removes them, and
 * shows those of a dry one. Returns warnings.
 */
function listUnits(
    { restart, reload }: UnitChanges,
    kind: "activation" | "dry-activation",
    host: Host,
): string[] {
    const directory = join(host.runDirectory, "nixos")
    if (!existsSync(directory)) return []
    try {
        for (const [name, units] of [
            [`${kind}-restart-list`, restart] as const,
            [`${kind}-reload-list`, reload] as const,
        ]) {
            if (units.length > 0)
                appendFileSync(join(directory, name), units.map((unit) => `${unit}\n`).join(""), {
                    mode: 0o600,
                })
        }
        return []
    } catch (error) {
        return [`cannot ask for units to be restarted: ${reasonOf(error)}`]
    }
}

/** Whether the service manager has finished booting; it then never says "starting" again. */
async function isUp(manager: readonly string[], host: Host): Promise<boolean> {
    const result = await runSystemctl([...manager, "is-system-running"], host)
    return result !== undefined && ["running", "degraded"].includes(result.stdout.toString().trim())
}

async function systemctl(args: readonly string[], units: readonly string[], host: Host): Promise<string[]> {
    if (units.length === 0) return []
    const result = await runSystemctl(args, host)
    if (result === undefined) return [`cannot ask for ${units.join(", ")}: systemctl cannot be started`]
    if (result.end.kind === "exit" && result.end.code === 0) return []
    const said = result.stderr
        .split("\n")
        .map((text) => text.trim())
        .filter((text) => text !== "")
    // It goes on with the other units, and says which ones it could not restart.
    return said.length > 0 ? said : [`systemctl failed for ${units.join(", ")}`]
}

async function runSystemctl(args: readonly string[], host: Host) {
    const { childEnvironment, findProgram, run } = await import("../os/children.ts")
    const program = findProgram("systemctl", searchPath(host))
    if (program === undefined) return undefined
    try {
        return await run({ program, args, env: childEnvironment(host.env), deadline: 30_000 })
    } catch {
        return undefined
    }
}
