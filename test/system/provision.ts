// Puts onto a machine what its configuration would: host key, users, sealed sources, a manifest, and the unit that
// installs it, as the NixOS module orders it.

import { type Host, seal } from "../host.ts"
import {
    type WrittenEntry,
    writtenManifest,
    writtenSecret,
    writtenTemplate,
} from "../machine/manifest-examples.ts"
import type { Format } from "../../agent/sops/format.ts"
import { type Machine, agent, node } from "./machine.ts"

export const hostKey = "/etc/ssh/ssh_host_ed25519_key"
export const manifestPath = "/etc/hostseal/manifest.json"

/** A secret in the words of the manifest; `plaintext` is sealed to `recipient`, or to the host. */
export interface Wanted {
    readonly name: string
    readonly plaintext: string
    readonly format?: Format
    readonly recipient?: string
    readonly [field: string]: unknown
}

/** A user and groups that are not Debian's; systemd-sysusers makes them at boot. */
export function addUsers(machine: Machine): void {
    machine.write("/usr/lib/sysusers.d/test.conf", "u alice 1000 - /\ng keys 96\ng web 900\n")
}

/** The host key, and whatever the manifest needs; can be called again for a changed configuration. */
export async function configure(
    machine: Machine,
    host: Host,
    wanted: readonly Wanted[],
    rest: { readonly templates?: readonly WrittenEntry[]; readonly [field: string]: unknown } = {},
    path = manifestPath,
): Promise<void> {
    machine.write(hostKey, host.privateKey, 0o600)
    const secrets = []
    for (const { plaintext, recipient, ...fields } of wanted) {
        const format = fields.format ?? "binary"
        const sopsFile = `/etc/hostseal/${fields.name.replaceAll("/", "-")}.sops`
        machine.write(sopsFile, await seal(plaintext, format, recipient ?? host.recipient))
        secrets.push(writtenSecret({ format, sopsFile, ...fields }))
    }
    const placeholders = wanted.map(({ name }) => [name, `<SOPS:${name}:PLACEHOLDER>`])
    const templates = (rest.templates ?? []).map((template) => writtenTemplate(template))
    const placeholderBySecretName = Object.fromEntries(placeholders)
    const manifest = writtenManifest({ placeholderBySecretName, ...rest, secrets, templates })
    machine.write(path, JSON.stringify(manifest))
}

/** The unit that installs regular secrets, as the module writes it. */
export function installUnit(machine: Machine): void {
    machine.unit(
        "sops-install-secrets.service",
        `[Unit]
DefaultDependencies=no
RequiresMountsFor=${hostKey}
After=local-fs.target systemd-sysusers.service
Before=sysinit.target shutdown.target
Conflicts=shutdown.target
[Service]
Type=oneshot
RemainAfterExit=yes
Environment=SOPS_RESTART_UNITS_VIA_SYSTEMCTL=1
ExecStart=${node} ${agent} install ${manifestPath}
`,
        "sysinit.target",
    )
}

/** A service that stays, and writes to its journal what it was given at each start. */
export function consumer(machine: Machine, name: string, command: string, settings = ""): void {
    machine.unit(
        `${name}.service`,
        `[Service]
Type=oneshot
RemainAfterExit=yes
${settings}
ExecStart=/bin/sh -c '${command}'
ExecReload=/bin/sh -c 'echo reloaded'
`,
        "multi-user.target",
    )
}
