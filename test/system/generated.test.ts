import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { root } from "../../agent/build/build.ts"
import { makeHost, seal } from "../host.ts"
import { type Generated, provision } from "./generated.ts"
import { Machine } from "./machine.ts"

const configurations = ["web-server", "templates", "paths", "policies", "users-by-unit", "watch"]
const recipientLine = readFileSync(join(root, "test", "nix", "vectors", "ssh_host_ed25519_key.pub"), "utf8")

describe.each(configurations)("the units generated for the configuration %s", (configuration) => {
    let machine: Machine
    let entries: Generated[]
    let failed: string[]

    beforeAll(async () => {
        machine = Machine.make()
        machine.write("/var/log/journal/.keep", "")
        entries = provision(machine, configuration)
        failed = await machine.boot()
    })

    afterAll(() => machine.remove())

    test("are taken by systemd without complaint", () => {
        const units = machine.run("ls", "/etc/systemd/system").split("\n")
        const ours = units.filter((name) => /^(?:sops|hostseal|run-secrets).*\.\w+$/.test(name))
        const { stderr } = machine.attempt("systemd-analyze", "verify", "--man=no", ...ours)
        expect(stderr).toBe("")
    })

    test("install every secret with its owner and mode", () => {
        expect(failed).toEqual([])
        for (const { path, mode, owner, uid } of entries) {
            const wanted = `${owner ?? uid} ${mode.replace(/^0/, "")}`
            const format = owner === null ? "%u %a" : "%U %a"
            expect(machine.run("stat", "-Lc", format, path).trim()).toBe(wanted)
        }
    })

    test("keep plaintext in a memory file system that the host sees", () => {
        expect(machine.run("findmnt", "-no", "FSTYPE", "/run/secrets.d")).toBe("ramfs\n")
    })

    test("shut down without a cycle; nothing is left on the disk, and the next boot is the same", async () => {
        await machine.shutdown()
        expect(filesWith("CANARY", machine.disk)).toEqual([])
        expect(await machine.boot()).toEqual([])
        const before = machine.run("journalctl", "--no-pager", "-b", "-1", "-o", "cat")
        expect(before).not.toMatch(/ordering cycle|Job .* deleted to break/)
    })
})

describe("the units generated for users", () => {
    let machine: Machine

    beforeAll(async () => {
        machine = Machine.make()
        provision(machine, "users-by-unit")
        expect(await machine.boot()).toEqual([])
    })

    afterAll(() => machine.remove())

    test("install what users need before users are made, and the rest after", () => {
        const [early, users, late] = [
            "sops-install-secrets-for-users",
            "systemd-sysusers",
            "sops-install-secrets",
        ].map((unit) =>
            Number(
                machine.run("systemctl", "show", "--value", "-p", "ExecMainStartTimestampMonotonic", unit),
            ),
        )
        expect(early).toBeGreaterThan(0)
        expect(users).toBeGreaterThan(early ?? 0)
        expect(late).toBeGreaterThan(users ?? 0)
    })
})

describe("the unit generated for a web server", () => {
    let machine: Machine
    const source = "/nix/store/l9amv2kvhmg2r1kc3ihsm30awlk2gli9-secrets.yaml"
    const document = (password: string): string =>
        `database:\n    password: ${password}\n    port: 5432\nwifi: CANARY-wifi\n`

    beforeAll(async () => {
        machine = Machine.make()
        provision(machine, "web-server")
        const settings =
            "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=\nExecStart=/bin/echo started\n"
        machine.write("/etc/systemd/system/nginx.service.d/test.conf", settings)
        machine.link("/etc/systemd/system/multi-user.target.wants/nginx.service", "../nginx.service")
        expect(await machine.boot()).toEqual([])
    })

    afterAll(() => machine.remove())

    test("restarts the service whose secret changed", async () => {
        expect(starts()).toBe(1)
        machine.write(source, await seal(document("CANARY-new"), "yaml", recipientLine.trim()))
        machine.run("systemctl", "restart", "sops-install-secrets")
        machine.run("sh", "-c", "while systemctl list-jobs -q --no-legend | grep -q .; do sleep 0.1; done")
        expect(machine.run("cat", "/run/secrets/database/password")).toBe("CANARY-new")
        expect(starts()).toBe(2)
    })

    test("fails visibly when a secret cannot be opened, and the others stay", async () => {
        machine.write(source, await seal(document("CANARY-lost"), "yaml", makeHost().recipient))
        expect(machine.attempt("systemctl", "restart", "sops-install-secrets").status).not.toBe(0)
        expect(machine.failedUnits()).toEqual(["sops-install-secrets.service"])
        expect(machine.run("cat", "/run/secrets/database/password")).toBe("CANARY-new")
        expect(machine.run("ls", "/run/secrets")).toContain("certificate\n")
    })

    function starts(): number {
        return (
            machine.run("journalctl", "-q", "-u", "nginx", "-o", "cat", "-t", "echo").match(/^started$/gm)
                ?.length ?? 0
        )
    }
})

describe("a credential of the module", () => {
    let machine: Machine

    beforeAll(async () => {
        machine = Machine.make()
        provision(machine, "credentials")
        // PATH of the unit has directories of the Nix store alone.
        const command =
            "/bin/sh -c '/usr/bin/wc -c < $CREDENTIALS_DIRECTORY/database-password; /usr/bin/id -u'"
        const settings = `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=\nExecStart=${command}\n`
        machine.write("/etc/systemd/system/app.service.d/test.conf", settings)
        expect(await machine.boot()).toEqual([])
    })

    afterAll(() => machine.remove())

    test("reaches a service without a user of its own", () => {
        const length = machine.run("sh", "-c", "wc -c < /run/secrets/database/password").trim()
        expect(machine.journal("app")).toMatch(new RegExp(`: ${length}$(?:.|\\n)*: 6\\d{4}$`, "m"))
    })
})

function filesWith(value: string, directory: string): string[] {
    const command = `grep -rlaF '${value}' '${directory}' || true`
    return execFileSync("sh", ["-c", command], { encoding: "utf8" }).split("\n").filter(Boolean)
}
