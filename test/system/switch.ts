// A machine that has its units as NixOS has them, as one link into the store, and the steps of switch-to-configuration
// that matter to secrets.

import { readFileSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { bringClosure, builtSystem } from "./built.ts"
import { hostKeyPath, hostPrivateKey } from "./generated.ts"
import type { Machine } from "./machine.ts"

const units = "/etc/systemd/system"

/** Puts systems into the store of a machine that is switched off, and gives it the first; answers their paths. */
export function provisionSystems(machine: Machine, ...configurations: readonly string[]): string[] {
    const systems = configurations.map((name) => builtSystem(name))
    for (const system of systems) bringClosure(machine, system)
    machine.options = [...new Set(machine.options)]
    linkUnits(machine, systems[0] ?? "")
    machine.write(hostKeyPath, hostPrivateKey, 0o600)
    machine.write("/var/log/journal/.keep", "")
    // What NixOS has besides: a target that is there to be restarted.
    machine.write("/usr/lib/systemd/system/sysinit-reactivation.target", "[Unit]\nDescription=Reactivate\n")
    return systems
}

/** A unit of NixOS itself, in the place where Debian has its own. */
export function systemUnit(machine: Machine, name: string, text: string, ...wants: readonly string[]): void {
    machine.write(`/usr/lib/systemd/system/${name}`, text)
    for (const directory of wants) machine.link(`/usr/lib/systemd/system/${directory}/${name}`, `../${name}`)
}

/** Stops what changed, activates, and starts it again, what is early first; answers what changed. */
export function switchTo(machine: Machine, from: string, to: string): string[] {
    const changed = changedServices(from, to)
    if (changed.length > 0) machine.run("systemctl", "stop", ...changed)
    linkUnits(machine, to)
    machine.run(`${to}/activate`)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "sysinit-reactivation.target")
    machine.run("systemctl", "start", ...changed, "sysinit.target")
    return changed
}

/** Services of both systems whose files are not the same. */
function changedServices(from: string, to: string): string[] {
    const textsOf = (system: string): Map<string, string> => {
        const directory = join(system, units)
        const services = readdirSync(directory).filter((name) => name.endsWith(".service"))
        const files = services.filter((name) => statSync(join(directory, name)).isFile())
        return new Map(files.map((name) => [name, readFileSync(join(directory, name), "utf8")]))
    }
    const old = textsOf(from)
    return [...textsOf(to)]
        .filter(([name, text]) => old.has(name) && old.get(name) !== text)
        .map(([name]) => name)
}

function linkUnits(machine: Machine, system: string): void {
    rmSync(machine.inside(units), { recursive: true, force: true })
    symlinkSync(`${system}${units}`, machine.inside(units))
}
