// Puts onto a machine what the NixOS module generates for one of the configurations of test/nix: units, manifests,
// sources and templates at the store paths that they have in the golden files.

import { cpSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../agent/build/build.ts"
import { type Machine, agent, node } from "./machine.ts"

const golden = join(root, "test", "nix", "golden", "nixos")
const vectors = join(root, "test", "nix", "vectors")

/** Where the host key of every generated machine lies, and what it is. */
export const hostKeyPath = "/etc/ssh/ssh_host_ed25519_key"
export const hostPrivateKey = readFileSync(join(vectors, "ssh_host_ed25519_key"))
const store = "/nix/store/00000000000000000000000000000000"

/** An entry of a generated manifest, as far as the tests look at it. */
export interface Generated {
    readonly name: string
    readonly path: string
    readonly mode: string
    readonly owner: string | null
    readonly uid: number
    readonly file?: string
}

/** Everything of a configuration; answers what its manifests ask for. */
export function provision(machine: Machine, configuration: string): Generated[] {
    const from = join(golden, configuration)
    cpSync(join(from, "units"), machine.inside("/etc/systemd/system"), {
        recursive: true,
        verbatimSymlinks: true,
    })
    const sources: Record<string, string> = JSON.parse(readFileSync(join(from, "sources.json"), "utf8"))
    for (const [path, source] of Object.entries(sources))
        machine.write(path, readFileSync(join(root, source)))
    for (const name of ["hostseal-agent", "sops-install-secrets"]) program(machine, name)
    machine.link(`${store}-coreutils-9.8/bin/mkdir`, "/usr/bin/mkdir")
    machine.link(`${store}-util-linux-2.41/bin/mount`, "/usr/bin/mount")
    machine.write(hostKeyPath, hostPrivateKey, 0o600)
    // The other key of the configuration is nobody's concern here: its unit has nothing to do.
    machine.write(`${store}-unit-script-sshd-keygen-start/bin/sshd-keygen-start`, "#!/bin/sh\n", 0o755)
    const manifests = globSync("manifest*.json", { cwd: from })
    const entries = manifests.flatMap((name) => manifest(machine, join(from, name), name))
    const users = new Set(entries.flatMap(({ owner }) => owner ?? []))
    const lines = [...users].map((owner) => `u ${owner} - -\n`)
    machine.write("/usr/lib/sysusers.d/test.conf", `g keys 96\n${lines.join("")}`)
    return entries
}

/** Has the activation scripts of a configuration, and `after` them something more, run before PID 1 as NixOS does. */
export function activate(machine: Machine, configuration: string, after = "true"): void {
    const rest: { activationScripts: Record<string, { text: string }> } = JSON.parse(
        readFileSync(join(golden, configuration, "rest.json"), "utf8"),
    )
    const texts = ["setupSecretsForUsers", "setupSecrets"].map(
        (name) => rest.activationScripts[name]?.text ?? "",
    )
    const init = ["#!/bin/bash", ...texts, after, 'exec /usr/lib/systemd/systemd "$@"', ""].join("\n")
    machine.init = "/usr/local/sbin/activate"
    machine.write(machine.init, init, 0o755)
}

function manifest(machine: Machine, file: string, name: string): Generated[] {
    const content = readFileSync(file, "utf8")
    machine.write(`${store}-${name}`, content)
    const { secrets, templates }: { secrets: Generated[]; templates: Generated[] } = JSON.parse(content)
    for (const { file: text, name: template } of templates)
        if (text?.startsWith(store)) machine.write(text, `template ${template}\n`)
    return [...secrets, ...templates]
}

/** As the package makes it: the agent goes by the name that it was called with. */
function program(machine: Machine, name: string): void {
    const link = `/opt/names/${name}`
    machine.link(link, agent)
    machine.write(
        `${store}-hostseal-agent-0.1.0/bin/${name}`,
        `#!/bin/sh\nexec ${node} ${link} "$@"\n`,
        0o755,
    )
}
