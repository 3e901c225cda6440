// Puts onto a machine what the NixOS module generates for one of the configurations of test/nix, as Nix builds it: units,
// manifests, sources, templates and the program.

import { cpSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../agent/build/build.ts"
import { bringClosure, builtSystem } from "./built.ts"
import type { Machine } from "./machine.ts"

const golden = join(root, "test", "nix", "golden", "nixos")
const vectors = join(root, "test", "nix", "vectors")

/** Where the host key of every generated machine lies, and what it is. */
export const hostKeyPath = "/etc/ssh/ssh_host_ed25519_key"
export const hostPrivateKey = readFileSync(join(vectors, "ssh_host_ed25519_key"))

/** An entry of a generated manifest, as far as the tests look at it. */
export interface Generated {
    readonly name: string
    readonly path: string
    readonly mode: string
    readonly owner: string | null
    readonly uid: number
}

/** Everything of a configuration; answers what its manifests ask for. */
export function provision(machine: Machine, configuration: string): Generated[] {
    const system = builtSystem(configuration)
    bringClosure(machine, system)
    cpSync(join(system, "etc/systemd/system"), machine.inside("/etc/systemd/system"), {
        recursive: true,
        verbatimSymlinks: true,
    })
    machine.write(hostKeyPath, hostPrivateKey, 0o600)
    const manifests = globSync("manifest*.json", { cwd: join(golden, configuration) })
    const entries = manifests.flatMap((name) => entriesOf(join(golden, configuration, name)))
    const users = new Set(entries.flatMap(({ owner }) => owner ?? []))
    const lines = [...users].map((owner) => `u ${owner} - -\n`)
    machine.write("/usr/lib/sysusers.d/test.conf", `g keys 96\n${lines.join("")}`)
    return entries
}

/** Has the activation scripts of a configuration, and `after` them something more, run before PID 1 as NixOS does. */
export function activate(machine: Machine, configuration: string, after = "true"): void {
    const scripts = readFileSync(join(builtSystem(configuration), "activate"), "utf8")
    machine.init = "/usr/local/sbin/activate"
    machine.write(machine.init, `${scripts}\n${after}\nexec /usr/lib/systemd/systemd "$@"\n`, 0o755)
}

function entriesOf(manifest: string): Generated[] {
    const { secrets, templates }: { secrets: Generated[]; templates: Generated[] } = JSON.parse(
        readFileSync(manifest, "utf8"),
    )
    return [...secrets, ...templates]
}
