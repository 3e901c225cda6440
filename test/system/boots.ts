// Boots in which secrets used to be lost, each with the units or the script that the module makes of a configuration of
// test/nix. What a boot is to show is a row: a name, and a look at the machine that throws where something is missing.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../agent/build/build.ts"
import { seal } from "../host.ts"
import { activate, hostKeyPath, hostPrivateKey, provision } from "./generated.ts"
import { expectText, holds, isActive, noCircle, waitFor, wireguard } from "./looks.ts"
import { agent, type Machine, node } from "./machine.ts"

/** A machine before it is switched on, what is done when it is up, and what has to be so then. */
export interface Boot {
    readonly name: string
    readonly configuration: string
    readonly prepare: (machine: Machine) => Promise<void> | void
    readonly afterwards?: (machine: Machine) => void
    readonly rows: Readonly<Record<string, (machine: Machine) => void>>
}

const source = "/nix/store/l9amv2kvhmg2r1kc3ihsm30awlk2gli9-secrets.yaml"
const publicKey = readFileSync(join(root, "test", "nix", "vectors", "ssh_host_ed25519_key.pub"), "utf8")

async function early(machine: Machine): Promise<void> {
    machine.write(source, await seal(`wifi: ${wireguard}\n`, "yaml", publicKey.trim()))
    machine.write(
        "/etc/systemd/network/10-wg.netdev",
        "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKeyFile=/run/secrets/wg\n",
    )
    machine.write(
        "/etc/systemd/system/systemd-networkd.service.d/credential.conf",
        "[Service]\nLoadCredential=wg:/run/secrets/wg\n",
    )
    const networkd = "/usr/lib/systemd/system/systemd-networkd.service"
    machine.link("/etc/systemd/system/multi-user.target.wants/systemd-networkd.service", networkd)
    machine.write(
        "/etc/tmpfiles.d/test.conf",
        "C /var/lib/iwd/home.psk - - - - /run/secrets/wifi\nD /var/cleared 0755 root root -\n",
    )
    machine.write("/usr/local/bin/early-firewall", "#!/bin/sh\n/usr/bin/wc -c < /run/secrets/wifi\n", 0o755)
    for (const [link, target] of [
        ["/var/lib/app", "/persist/app"],
        ["/etc/NetworkManager/system-connections", "/persist/connections"],
    ] as const) {
        machine.write(`${target}/.keep`, "")
        machine.link(link, target)
    }
    machine.write("/srv/data/.keep", "")
    machine.write("/data/.keep", "")
    slowMount(machine, "data")
}

/** A disk at `/${name}` that is there after a while, and that nothing waits for. */
function slowMount(machine: Machine, name: string): void {
    const options = `bind,nofail,x-systemd.requires=slow-${name}.service`
    machine.write("/etc/fstab", `/srv/${name} /${name} none ${options} 0 0\n`)
    machine.unit(
        `slow-${name}.service`,
        `[Unit]\nDefaultDependencies=no\nBefore=${name}.mount\n[Service]\nType=oneshot\nExecStart=/usr/bin/sleep 1.5\n`,
    )
}

const earlyRows: Boot["rows"] = {
    "a network device of systemd-networkd has its key": (machine) => {
        isActive(machine, "systemd-networkd.service")
        const journal = machine.journal("systemd-networkd")
        if (/ignoring network device|No such file/u.test(journal)) throw new Error(journal)
    },
    "systemd-networkd has its credential at the first start": (machine) => {
        isActive(machine, "systemd-networkd.service")
        expectText(machine.run("systemctl", "show", "--value", "-p", "NRestarts", "systemd-networkd"), "0\n")
        holds(machine, "/run/credentials/systemd-networkd.service/wg")
    },
    "systemd-tmpfiles copies a secret": (machine) => holds(machine, "/var/lib/iwd/home.psk"),
    "nftables reads a secret": (machine) => isActive(machine, "nftables.service"),
    "the firewall reads a secret": (machine) => isActive(machine, "firewall.service"),
    "systemd-resolved reads a secret": (machine) => isActive(machine, "systemd-resolved.service"),
    "iwd reads what systemd-tmpfiles has copied": (machine) => isActive(machine, "iwd.service"),
    "early units of the configuration have their secrets": (machine) => {
        for (const unit of ["early-consumer", "by-credential", "early-firewall"])
            isActive(machine, `${unit}.service`)
    },
    "a path in a top directory that is not there yet": (machine) => holds(machine, "/secrets/app/token"),
    "a path through a link into another top directory": (machine) => {
        holds(machine, "/persist/app/token")
        holds(machine, "/persist/connections/wifi")
    },
    "a path in a directory that systemd-tmpfiles clears": (machine) => holds(machine, "/var/cleared/token"),
    "a path on a disk that is mounted late": (machine) => {
        machine.run("mountpoint", "/data")
        holds(machine, "/srv/data/app/token")
    },
    "no unit was left out to break a circle": noCircle,
}

const late = {
    "a unit that failed for want of the secret runs": (machine: Machine) => isActive(machine, "app.service"),
    "a unit that was stopped by hand stays stopped": (machine: Machine) =>
        expectText(machine.attempt("systemctl", "is-active", "stopped").stdout, "inactive\n"),
}

const usersRows: Boot["rows"] = {
    "users have their secret before they are made": (machine) => {
        isActive(machine, "sops-install-secrets-for-users.service")
        isActive(machine, "systemd-sysusers.service")
        machine.run("test", "-s", "/run/secrets-for-users/alice-password")
    },
    "everything else is there, too": (machine) => machine.run("test", "-s", "/run/secrets/wifi"),
    "no unit was left out to break a circle": noCircle,
}

const memoryRows: Boot["rows"] = {
    "the secrets are there": (machine) => {
        isActive(machine, "sops-install-secrets.service")
        machine.run("test", "-s", "/run/secrets/wifi")
    },
    "no unit failed": (machine) => expectText(machine.failedUnits().join(" "), ""),
}

/** Values that are made up where no key opens anything. */
const made = "stand-in-not-a-secret-wifi"

export const boots: readonly Boot[] = [
    {
        name: "a machine without its keys",
        configuration: "stand-in",
        prepare: (machine) => {
            machine.unlink(hostKeyPath)
            activate(machine, "stand-in")
        },
        rows: {
            "has made-up secrets, in both phases": (machine) => {
                expectText(machine.run("cat", "/run/secrets/wifi"), made)
                expectText(machine.run("cat", "/run/secrets-for-users/password"), "a password of the test")
            },
            "says so in the status": (machine) => {
                const { status, stdout } = machine.attempt(node, agent, "status")
                if (status !== 5 || !stdout.includes("made up")) throw new Error(`${status}: ${stdout}`)
            },
            "has the real ones as soon as a key is there, and none made up after that": (machine) => {
                const manifest: object = JSON.parse(machine.run("sh", "-c", "cat /nix/store/*-manifest.json"))
                machine.write(
                    "/etc/with-key.json",
                    JSON.stringify({ ...manifest, ageSshKeyPaths: [hostKeyPath] }),
                )
                machine.write(hostKeyPath, hostPrivateKey, 0o600)
                const install = ["install", "/etc/with-key.json"]
                machine.run(node, agent, ...install)
                machine.unlink(hostKeyPath)
                if (machine.attempt(node, agent, ...install).status === 0) throw new Error("made up anew")
                if (machine.run("cat", "/run/secrets/wifi") === made) throw new Error("made up anew")
            },
            "no unit failed": (machine) => expectText(machine.failedUnits().join(" "), ""),
        },
    },
    {
        name: "a tmpfs",
        configuration: "tmpfs",
        prepare: () => undefined,
        rows: {
            ...memoryRows,
            "they lie in a tmpfs that is never swapped": (machine) => {
                const mount = machine.run("findmnt", "-no", "FSTYPE,OPTIONS", "/run/secrets.d")
                if (!/^tmpfs .*noswap/u.test(mount)) throw new Error(mount)
            },
        },
    },
    {
        name: "a tmpfs in a user namespace",
        configuration: "tmpfs",
        prepare: (machine) => {
            machine.hasUserNamespace = true
        },
        rows: {
            ...memoryRows,
            "they lie in a ramfs, since noswap is refused there": (machine) =>
                expectText(machine.run("findmnt", "-no", "FSTYPE", "/run/secrets.d"), "ramfs\n"),
        },
    },
    { name: "early readers, by unit", configuration: "early-units", prepare: early, rows: earlyRows },
    {
        name: "early readers, by script",
        configuration: "early-script",
        prepare: async (machine) => {
            await early(machine)
            // As boot.postBootCommands, which comes after the scripts.
            activate(machine, "early-script", "/bin/cat /run/secrets/wifi > /run/post-boot")
        },
        rows: {
            ...earlyRows,
            "boot.postBootCommands reads a secret": (machine) => holds(machine, "/run/post-boot"),
        },
    },
    {
        name: "the key on a disk of systemd.mounts, 1.5 s late",
        configuration: "key-on-mounts",
        prepare: (machine) => {
            machine.write("/srv/persist/etc/ssh/ssh_host_ed25519_key", hostPrivateKey, 0o600)
            machine.write("/persist/.keep", "")
            machine.unlink(hostKeyPath)
        },
        rows: usersRows,
    },
    {
        name: "the key bound into its place by a service, 1.5 s late",
        configuration: "key-bound-by-a-service",
        prepare: (machine) => {
            machine.write("/persist/etc/ssh/ssh_host_ed25519_key", hostPrivateKey, 0o600)
            machine.unlink(hostKeyPath)
        },
        rows: usersRows,
    },
    {
        name: "the key on a disk that is nofail, 1.5 s late",
        configuration: "key-on-a-nofail-disk",
        prepare: (machine) => {
            machine.write("/srv/persist/etc/ssh/ssh_host_ed25519_key", hostPrivateKey, 0o600)
            machine.write("/persist/.keep", "")
            machine.unlink(hostKeyPath)
            slowMount(machine, "persist")
        },
        rows: memoryRows,
    },
    {
        name: "a local file system that wants a secret",
        configuration: "local-mount",
        prepare: (machine) => {
            machine.write("/srv/wifi", "")
            machine.write(
                "/etc/fstab",
                "/run/secrets/wifi /srv/wifi none bind,x-password=/run/secrets/wifi 0 0\n",
            )
        },
        rows: {
            ...memoryRows,
            "it is mounted": (machine) => machine.run("test", "-s", "/srv/wifi"),
            "no unit was left out to break a circle": noCircle,
        },
    },
    {
        name: "a key that comes after the boot, by unit",
        configuration: "late-key",
        prepare: (machine) => machine.unlink(hostKeyPath),
        afterwards: (machine) => {
            machine.run("systemctl", "stop", "stopped")
            machine.write(hostKeyPath, hostPrivateKey, 0o600)
            waitFor(machine, "systemctl is-active sops-install-secrets app")
        },
        rows: {
            ...late,
            "the resident agent waited for it": (machine) => {
                isActive(machine, "hostseal-agent.service")
                expectText(
                    machine.run("systemctl", "show", "--value", "-p", "NRestarts", "hostseal-agent"),
                    "0\n",
                )
            },
        },
    },
    {
        name: "a key that is mounted after the boot, by unit",
        configuration: "late-key",
        prepare: (machine) => {
            machine.unlink(hostKeyPath)
            machine.write("/srv/ssh/ssh_host_ed25519_key", hostPrivateKey, 0o600)
        },
        afterwards: (machine) => {
            machine.run("systemctl", "stop", "stopped")
            machine.run("mount", "--bind", "/srv/ssh", "/etc/ssh")
            waitFor(machine, "systemctl is-active sops-install-secrets app")
        },
        rows: late,
    },
    {
        name: "a key that comes after the boot, by script",
        configuration: "late-key-by-script",
        prepare: (machine) => {
            machine.unlink(hostKeyPath)
            activate(machine, "late-key-by-script")
        },
        afterwards: (machine) => {
            machine.run("systemctl", "stop", "stopped")
            machine.write(hostKeyPath, hostPrivateKey, 0o600)
            machine.run("systemctl", "restart", "sops-install-secrets")
            waitFor(machine, "systemctl is-active app")
        },
        rows: late,
    },
]

/** Puts a configuration on a machine, boots it, and answers what is wrong for each row: `undefined` where nothing is. */
export async function outcomeOf(boot: Boot, machine: Machine): Promise<Map<string, string | undefined>> {
    machine.write("/var/log/journal/.keep", "")
    provision(machine, boot.configuration)
    await boot.prepare(machine)
    await machine.boot()
    const broken = attempt(() => boot.afterwards?.(machine))
    return new Map(
        Object.entries(boot.rows).map(([row, look]) => [row, broken ?? attempt(() => look(machine))]),
    )
}

function attempt(act: () => void): string | undefined {
    try {
        act()
        return undefined
    } catch (error) {
        return error instanceof Error ? error.message : String(error)
    }
}
