// The NixOS test of sops-nix on booted machines: secrets by a script before systemd, and by units. What it expects of GnuPG,
// which this Debian has not, is in test/machine/promises.test.ts.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { makeHost, seal } from "../host.ts"
import { writtenManifest, writtenSecret, writtenTemplate } from "../machine/manifest-examples.ts"
import { provision } from "./generated.ts"
import { Machine, agent, node } from "./machine.ts"
import {
    booted,
    counted,
    nested,
    pruned,
    type Promised,
    type Step,
    steps,
    text,
    users,
    usersAfterSwitch,
    value,
} from "./promises.ts"

const keyFile = "/run/age-keys.txt"
const program = `${node} /opt/names/sops-install-secrets`
const placeholder = "<SOPS:0123:PLACEHOLDER>"
const own = generateIdentity()
const ssh = makeHost()

/** Keys, sources and the program; the manifests are as the module writes them. */
async function provide(machine: Machine, secrets: readonly object[], fields: object = {}): Promise<void> {
    machine.link("/opt/names/sops-install-secrets", agent)
    machine.write("/etc/age-keys.txt", `${own.secret}\n`, 0o600)
    const document = `test_key: ${value}\nnested:\n    test:\n        file: ${nested}\n`
    machine.write("/etc/hostseal/secrets.yaml", await seal(document, "yaml", own.recipient, ssh.recipient))
    const early = { secretsMountPoint: "/run/secrets-for-users.d", symlinkPath: "/run/secrets-for-users" }
    const path = "/run/secrets-for-users/test_key"
    write(machine, "users.json", [{ name: "test_key", path }], early)
    write(machine, "manifest.json", secrets, fields)
}

function write(machine: Machine, name: string, secrets: readonly object[], fields: object): void {
    const yaml = { sopsFile: "/etc/hostseal/secrets.yaml", format: "yaml", key: "test_key" }
    const manifest = writtenManifest({
        ageKeyFile: keyFile,
        ageSshKeyPaths: [],
        logging: { keyImport: true, secretChanges: true },
        ...fields,
        secrets: secrets.map((secret) => writtenSecret({ name: "", ...yaml, ...secret })),
    })
    machine.write(`/etc/hostseal/${name}`, JSON.stringify(manifest))
}

const forUser = { name: "nested/test/file", key: "nested/test/file", owner: "example-user" }

function every(promises: readonly Promised[], machine: () => Machine): void {
    test.each(promises)("%s: %s", (_part, _promise, look) => look(machine()))
}

test("all that it expects is here", () => {
    const rows = [...booted, ...counted, ...pruned, ...steps.flatMap(({ after }) => after)]
    const printed = steps.filter(({ prints }) => prints !== undefined)
    const ofUsers = [...users(""), ...usersAfterSwitch(""), ...users(""), ...users("")]
    // Two more, of RSA host keys and GnuPG homes, are in test/machine/promises.test.ts.
    expect(rows.length + printed.length + ofUsers.length).toBe(73)
})

describe("secrets by a script, before systemd", () => {
    const hooks = {
        restartUnits: ["restart-unit.service", "reload-unit.service"],
        reloadUnits: ["reload-trigger.service"],
    }
    const secrets = [
        { name: "test_key", ...hooks },
        { name: "test_key_someuser_somegroup", uid: 1000, gid: 1000 },
        { name: "test_key_someuser_root", uid: 1000 },
        { name: "test_key_1001_1001", uid: 1001, gid: 1001 },
        { name: "existing-file", path: "/run/existing-file" },
        forUser,
    ]
    const templates = [
        {
            name: "test_template",
            content: text(placeholder),
            owner: "someuser",
            group: "somegroup",
            ...hooks,
        },
        { name: "test_default", content: `Test value: ${placeholder}\n`, path: "/etc/externally/linked" },
        { name: "test_uid_gid", content: `Test value: ${placeholder}\n`, uid: 420, gid: 420 },
    ].map(writtenTemplate)
    const rest = { templates, placeholderBySecretName: { test_key: placeholder }, keepGenerations: 0 }
    let machine: Machine

    beforeAll(async () => {
        machine = Machine.make()
        await provide(machine, secrets, rest)
        machine.write("/nix/store/ssh-ed25519-key", ssh.privateKey, 0o444)
        write(machine, "by-ssh.json", [{ name: "test_key", path: "/run/by-ssh/test_key" }], {
            ageKeyFile: "/etc/generated.txt",
            ageSshKeyPaths: ["/nix/store/ssh-ed25519-key"],
            secretsMountPoint: "/run/by-ssh.d",
            symlinkPath: "/run/by-ssh",
        })
        machine.write("/etc/generated.txt", `${generateIdentity().secret}\n`, 0o600)
        machine.write("/usr/local/sbin/activation", activation, 0o755)
        machine.init = "/usr/local/sbin/init"
        machine.write(
            machine.init,
            `#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
install -m 0700 /etc/age-keys.txt ${keyFile}
mkdir /run/secrets; touch /run/existing-file
/usr/local/sbin/activation
exec /usr/lib/systemd/systemd "$@"
`,
            0o755,
        )
        machine.unit(
            "restart-unit.service",
            "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ok > /restarted'\n",
        )
        for (const name of ["reload-unit", "reload-trigger"])
            machine.unit(
                `${name}.service`,
                "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecReload=/bin/sh -c 'echo ok > /reloaded'\n",
                "multi-user.target",
            )
        expect(await machine.boot()).toEqual([])
    })
    afterAll(() => machine.remove())

    every([...booted, ...users("user-passwords")], () => machine)

    describe("with generations up to 99", () => {
        beforeAll(() => {
            machine.run("bash", "-c", "mkdir /run/secrets.d/{2..99} /run/secrets.d/non-numeric")
            machine.run("ln", "-fsn", "/run/secrets.d/99", "/run/secrets")
            switchTo("test")
        })
        every(counted, () => machine)
    })
    describe("with ten generations to keep", () => {
        beforeAll(() => {
            write(machine, "manifest.json", secrets, { ...rest, keepGenerations: 10 })
            switchTo("test")
        })
        every([...pruned, ...usersAfterSwitch("user-passwords")], () => machine)
    })

    describe.each(steps.map((step) => [step.before, step] as const))("after %s", (_, step: Step) => {
        let printed: string
        beforeAll(() => {
            if (step === steps[0]) machine.run("rm", "-f", "/restarted", "/reloaded")
            machine.run("sh", "-c", step.before)
            printed = switchTo(step.action)
        })
        if (step.prints !== undefined)
            test(`restart-and-reload: it prints ${step.prints.join(", ")}`, () =>
                expect(printed.trim().split("\n")).toEqual(step.prints))
        every(step.after, () => machine)
    })

    /** What switch-to-configuration does about secrets: the scripts, and then the lists that they leave. */
    function switchTo(action: Step["action"]): string {
        machine.run("mkdir", "-p", "/run/current-system", "/run/nixos")
        const printed = machine.run("env", `NIXOS_ACTION=${action}`, "/usr/local/sbin/activation")
        const lists = [
            ["restart", "reload-unit.service", "systemctl reload"],
            ["restart", "restart-unit.service", "systemctl restart"],
            ["reload", "reload-trigger.service", "systemctl reload"],
        ] as const
        for (const [list, unit, command] of action === "test" ? lists : [])
            machine.run(
                "sh",
                "-c",
                `if grep -qx ${unit} /run/nixos/activation-${list}-list 2>/dev/null; then ${command} ${unit}; fi`,
            )
        machine.run("sh", "-c", "rm -f /run/nixos/*-list")
        return printed
    }
})

const activation = `#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
${program} -ignore-passwd /etc/hostseal/users.json
if [ "$NIXOS_ACTION" != dry-activate ]; then
    getent group somegroup > /dev/null || groupadd -g 1000 somegroup
    getent passwd someuser > /dev/null || useradd -M -u 1000 -g somegroup someuser
    getent passwd example-user > /dev/null || useradd -M -u 2000 example-user
    usermod -p "$(cat /run/secrets-for-users/test_key)" example-user
    ${program} /etc/hostseal/by-ssh.json > /dev/null
fi
${program} /etc/hostseal/manifest.json
`

describe.each([
    [
        "user-passwords-sysusers",
        "systemd-sysusers.service",
        "LoadCredential=passwd.hashed-password.example-user:/run/secrets-for-users/test_key",
    ],
    [
        "user-passwords-userborn",
        "userborn.service",
        `ExecStart=/bin/sh -c 'useradd -M -p "$(cat /run/secrets-for-users/test_key)" example-user'`,
    ],
])("secrets by units: %s", (part, maker, setting) => {
    let machine: Machine

    beforeAll(async () => {
        machine = Machine.make()
        await provide(machine, [forUser])
        // The units of the module, for the manifests of this test.
        provision(machine, "users-by-unit")
        for (const [name, args] of [
            ["sops-install-secrets-for-users", "-ignore-passwd /etc/hostseal/users.json"],
            ["sops-install-secrets", "/etc/hostseal/manifest.json"],
        ] as const)
            machine.write(
                `/etc/systemd/system/${name}.service.d/manifest.conf`,
                `[Service]\nExecStart=\nExecStart=${program} ${args}\n`,
            )
        const copy = `[Service]\nExecStartPre=/usr/bin/install -m 0700 /etc/age-keys.txt ${keyFile}\n`
        machine.write("/etc/systemd/system/sops-install-secrets-for-users.service.d/key.conf", copy)
        if (maker === "userborn.service")
            machine.unit(
                maker,
                `[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nRemainAfterExit=yes\n${setting}\n`,
                "sysinit.target",
            )
        else {
            machine.write("/usr/lib/sysusers.d/user.conf", "u! example-user 900 - / /bin/sh\n")
            machine.write(`/etc/systemd/system/${maker}.d/password.conf`, `[Service]\n${setting}\n`)
        }
        expect(await machine.boot()).toEqual([])
    })
    afterAll(() => machine.remove())

    every(users(part), () => machine)
})
