// Whole systems as Nix builds them: boots, switches from one to another, users, and machines that forget or may not
// write to /etc. What only a virtual machine with NixOS shows is said in docs/testing.md.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { root } from "../../agent/build/build.ts"
import { seal } from "../host.ts"
import { hostKeyPath, hostPrivateKey } from "./generated.ts"
import { Machine } from "./machine.ts"
import { provisionSystems, switchTo, systemUnit } from "./switch.ts"

const source = "/nix/store/l9amv2kvhmg2r1kc3ihsm30awlk2gli9-secrets.yaml"
const recipient = readFileSync(join(root, "test/nix/vectors/ssh_host_ed25519_key.pub"), "utf8").trim()
const early = (name: string): string =>
    `[Unit]\nDefaultDependencies=no\nBefore=sysinit.target sysinit-reactivation.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/local/sbin/${name}\n`

let machine: Machine
beforeEach(() => {
    machine = Machine.make()
})
afterEach(() => machine.scrap())

const invocation = (unit: string): string =>
    machine.run("systemctl", "show", "--value", "-p", "InvocationID", unit)
const generation = (): string => machine.run("readlink", "/run/secrets")
const shadow = (): string => machine.run("sh", "-c", "grep ^alice: /etc/shadow | cut -d: -f2").trim()

async function reseal(text: string): Promise<void> {
    machine.write(source, await seal(text, "yaml", recipient))
}

describe("a switch", () => {
    test("to a system with other secrets installs them before anything else goes on", async () => {
        const [wifi = "", server = ""] = provisionSystems(machine, "wifi", "web-server")
        machine.write("/usr/lib/sysusers.d/test.conf", "g keys 96\nu nginx - -\n")
        systemUnit(machine, "reader.service", early("reader"), "sysinit-reactivation.target.requires")
        machine.write("/usr/local/sbin/reader", "#!/bin/sh\ncat /run/secrets/token > /run/seen 2>&1\n", 0o755)
        const order = "[Unit]\nAfter=sops-install-secrets.service\n"
        machine.write("/usr/lib/systemd/system/reader.service.d/order.conf", order)
        expect(await machine.boot()).toEqual([])
        expect(machine.run("cat", "/run/secrets/wifi")).toBe("CANARY wifi")
        const before = generation()
        expect(switchTo(machine, wifi, server)).toContain("sops-install-secrets.service")
        expect(machine.run("cat", "/run/secrets/database/password")).toBe("CANARY database")
        expect(machine.attempt("test", "-e", "/run/secrets/wifi").status).not.toBe(0)
        expect(machine.run("cat", "/run/seen")).toBe(machine.run("cat", "/run/secrets/token"))
        expect(generation()).not.toBe(before)
        expect(machine.failedUnits()).toEqual([])
        expect(machine.run("findmnt", "-no", "FSTYPE", "/run/secrets.d")).toBe("ramfs\n")
    })

    test("to the same system runs nothing again", async () => {
        const [wifi = ""] = provisionSystems(machine, "wifi")
        expect(await machine.boot()).toEqual([])
        const before = [invocation("sops-install-secrets"), generation()]
        expect(switchTo(machine, wifi, wifi)).toEqual([])
        expect([invocation("sops-install-secrets"), generation()]).toEqual(before)
    })

    test("to a system without secrets takes the memory away", async () => {
        const [wifi = "", nothing = ""] = provisionSystems(machine, "wifi", "nothing")
        expect(await machine.boot()).toEqual([])
        machine.run("systemctl", "stop", "sops-install-secrets.service", "run-secrets.d.mount")
        switchTo(machine, wifi, nothing)
        expect(machine.attempt("findmnt", "/run/secrets.d").status).not.toBe(0)
        expect(machine.failedUnits()).toEqual([])
    })

    test("that is only tried says what it would do, and does nothing", async () => {
        const [system = ""] = provisionSystems(machine, "users-by-script")
        machine.init = "/usr/local/sbin/init"
        machine.write(
            machine.init,
            `#!/bin/bash\n${system}/activate\nexec /usr/lib/systemd/systemd "$@"\n`,
            0o755,
        )
        expect(await machine.boot()).toEqual([])
        const before = generation()
        await reseal("wifi: CANARY-another\nalice-password: CANARY-hash\n")
        const said = machine.run("env", "NIXOS_ACTION=dry-activate", `${system}/activate`)
        expect(said).toContain("would modify secret: wifi")
        expect(said).not.toContain("CANARY")
        expect([generation(), machine.run("cat", "/run/secrets/wifi")]).toEqual([before, "CANARY wifi"])
    })
})

describe("users", () => {
    test("that userborn makes have their password at once, and a new one after a switch", async () => {
        const [system = ""] = provisionSystems(machine, "users-by-unit")
        const hash = "/run/secrets-for-users/alice-password"
        const script = `#!/bin/sh\nsed -i /^alice:/d /etc/shadow\nprintf 'alice:%s:1::::::\\n' "$(cat ${hash})" >> /etc/shadow\n`
        machine.write("/usr/local/sbin/userborn", script, 0o755)
        const wanted = ["sysinit.target.wants", "sysinit-reactivation.target.requires"]
        systemUnit(machine, "userborn.service", early("userborn"), ...wanted)
        expect(await machine.boot()).toEqual([])
        expect(shadow()).toBe("$6$CANARY$alice")
        await reseal("wifi: CANARY-wifi\nalice-password: $6$CANARY$other\n")
        machine.run("systemctl", "stop", "userborn", "sops-install-secrets", "sops-install-secrets-for-users")
        switchTo(machine, system, system)
        expect(shadow()).toBe("$6$CANARY$other")
    })

    test("that systemd-sysusers makes have their password as a credential", async () => {
        provisionSystems(machine, "sysusers")
        machine.write("/usr/lib/sysusers.d/alice.conf", "u alice 1000 - /\n")
        const credential = "passwd.hashed-password.alice:/run/secrets-for-users/alice-password"
        machine.write(
            "/usr/lib/systemd/system/systemd-sysusers.service.d/password.conf",
            `[Unit]\nConditionNeedsUpdate=\n[Service]\nLoadCredential=${credential}\n`,
        )
        expect(await machine.boot()).toEqual([])
        expect(shadow()).toBe("$6$CANARY$alice")
    })
})

describe("a machine", () => {
    test("has all that a repository holds for it", async () => {
        provisionSystems(machine, "repository")
        machine.write("/usr/lib/sysusers.d/test.conf", "g keys 96\nu nginx - -\n")
        expect(await machine.boot()).toEqual([])
        expect(machine.run("sh", "-c", "cd /run/secrets && ls").split("\n")).toContain("tls-key")
        expect(machine.run("stat", "-Lc", "%U", "/run/secrets/tls-key")).toBe("nginx\n")
        const hash = "/run/secrets-for-users/vars/per-machine/web/root-password/hash"
        expect(machine.run("cat", hash)).toContain("CANARY")
    })

    test("whose /etc is an overlay that nobody may write to has its secrets", async () => {
        provisionSystems(machine, "wifi")
        machine.write("/var/empty/.keep", "")
        machine.init = "/usr/local/sbin/init"
        const overlay = "mount -t overlay -o ro,lowerdir=/etc:/var/empty overlay /etc"
        machine.write(machine.init, `#!/bin/bash\n${overlay}\nexec /usr/lib/systemd/systemd "$@"\n`, 0o755)
        await machine.boot()
        expect(machine.run("findmnt", "-no", "FSTYPE", "/etc")).toBe("overlay\n")
        expect(machine.attempt("touch", "/etc/file").status).not.toBe(0)
        expect(machine.run("systemctl", "is-active", "sops-install-secrets")).toBe("active\n")
        expect(machine.run("cat", "/run/secrets/wifi")).toBe("CANARY wifi")
    })

    test("that forgets all but /persist has its secrets at every boot", async () => {
        provisionSystems(machine, "key-bound-by-a-service")
        machine.unlink(hostKeyPath)
        machine.write("/persist/etc/ssh/ssh_host_ed25519_key", hostPrivateKey, 0o600)
        machine.options = [
            ...machine.options,
            "--volatile=overlay",
            `--bind=${machine.inside("/persist")}:/persist`,
        ]
        for (const boot of [1, 2]) {
            expect(await machine.boot(), `boot ${boot}`).toEqual([])
            expect(machine.attempt("test", "-e", "/srv/seen").status).not.toBe(0)
            machine.run("touch", "/srv/seen")
            expect(machine.run("cat", "/run/secrets/wifi")).toBe("CANARY wifi")
            expect(machine.run("cat", "/run/secrets-for-users/alice-password")).toBe("$6$CANARY$alice")
            await machine.cut()
        }
    })
})
