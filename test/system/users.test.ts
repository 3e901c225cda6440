import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { makeHost } from "../host.ts"
import { Machine, agent, node } from "./machine.ts"
import { configure, hostKey, installUnit } from "./provision.ts"

const usersManifest = "/etc/hostseal/users.json"

describe("secrets that are needed to make users", () => {
    let machine: Machine

    beforeAll(async () => {
        const host = makeHost()
        machine = Machine.make()
        const early = { secretsMountPoint: "/run/secrets-for-users.d", symlinkPath: "/run/secrets-for-users" }
        // Made by mkpasswd of the word CANARY; systemd-sysusers takes a hash from a credential of this name.
        const hash =
            "$6$salt$CANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCA"
        const password = {
            name: "carol-password",
            plaintext: hash,
            path: "/run/secrets-for-users/carol-password",
        }
        await configure(machine, host, [password], early, usersManifest)
        // carol does not exist before systemd-sysusers has run.
        machine.write("/usr/lib/sysusers.d/carol.conf", "u! carol 1500 - / /bin/sh\n")
        const late = { name: "mail", plaintext: "CANARY-mail", owner: "carol", group: "carol" }
        await configure(machine, host, [late])
        installUnit(machine)
        machine.unit(
            "sops-install-secrets-for-users.service",
            `[Unit]
DefaultDependencies=no
RequiresMountsFor=${hostKey}
Before=systemd-sysusers.service shutdown.target
Conflicts=shutdown.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${node} ${agent} install --ignore-passwd ${usersManifest}
`,
            "systemd-sysusers.service",
        )
        machine.write(
            "/etc/systemd/system/systemd-sysusers.service.d/password.conf",
            "[Service]\nLoadCredential=passwd.hashed-password.carol:/run/secrets-for-users/carol-password\n",
        )
        expect(await machine.boot()).toEqual([])
    })

    afterAll(() => machine.remove())

    test("are there before users are made", () => {
        expect(machine.run("getent", "shadow", "carol")).toMatch(/^carol:\$6\$salt\$CANARY/)
    })

    test("belong to root alone, as no user can be looked up yet", () => {
        expect(machine.run("stat", "-c", "%u:%g %a", "/run/secrets-for-users/carol-password")).toBe(
            "0:0 400\n",
        )
    })

    test("leave the other secrets to their owners afterwards", () => {
        expect(machine.run("stat", "-c", "%U:%G %a", "/run/secrets/mail")).toBe("carol:carol 400\n")
    })
})
