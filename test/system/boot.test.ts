import { execFileSync } from "node:child_process"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { makeHost } from "../host.ts"
import { Machine } from "./machine.ts"
import { addUsers, configure, consumer, installUnit } from "./provision.ts"

describe("a machine that boots", () => {
    let machine: Machine
    let failed: string[]

    beforeAll(async () => {
        machine = Machine.make()
        addUsers(machine)
        machine.write("/var/log/journal/.keep", "")
        await configure(
            machine,
            makeHost(),
            [
                { name: "web/token", plaintext: "CANARY-token", owner: "alice", group: "web", mode: "0440" },
                { name: "plain", plaintext: "CANARY-plain" },
                { name: "linked", plaintext: "CANARY-linked", path: "/var/lib/app/key", owner: "alice" },
                {
                    name: "from-yaml",
                    plaintext: "a:\n    b:\n        - x\n        - CANARY-b\n",
                    format: "yaml",
                    key: "a/b/1",
                },
            ],
            { templates: [{ name: "app.conf", content: "t=<SOPS:plain:PLACEHOLDER>\n", owner: "alice" }] },
        )
        installUnit(machine)
        // Nothing orders these after the secrets but the boot itself.
        consumer(machine, "web", "wc -c < /run/secrets/web/token", "User=alice")
        consumer(
            machine,
            "sandboxed",
            "wc -c < $CREDENTIALS_DIRECTORY/key; id -u",
            "DynamicUser=yes\nLoadCredential=key:/run/secrets/plain",
        )
        consumer(machine, "nosy", "cat /run/secrets/plain", "User=alice")
        failed = await machine.boot()
    })

    afterAll(() => machine.remove())

    test("installs the secrets before ordinary services start", () => {
        expect(machine.run("systemctl", "show", "-p", "ActiveState,Result", "sops-install-secrets")).toBe(
            "Result=success\nActiveState=active\n",
        )
        expect(machine.journal("web")).toMatch(/sh\[\d+\]: 12$/m)
    })

    test("gives each file its owner, group and mode", () => {
        const stat = ["stat", "-c", "%n %U %G %a"]
        expect(
            machine.run(...stat, "/run/secrets.d/1/web/token", "/run/secrets.d/1/plain").split("\n"),
        ).toEqual(["/run/secrets.d/1/web/token alice web 440", "/run/secrets.d/1/plain root root 400", ""])
        expect(machine.run("readlink", "/run/secrets", "/var/lib/app/key")).toBe(
            "/run/secrets.d/1\n/run/secrets/linked\n",
        )
    })

    test("installs values from documents and templates", () => {
        expect(machine.run("cat", "/run/secrets/from-yaml", "/run/secrets/rendered/app.conf")).toBe(
            "CANARY-bt=CANARY-plain\n",
        )
    })

    test("keeps them in memory that is never swapped", () => {
        expect(machine.run("findmnt", "-no", "FSTYPE,OPTIONS", "/run/secrets.d")).toMatch(
            /^(?:ramfs .*|tmpfs .*noswap.*)\n$/,
        )
    })

    test("hands a secret to a service without a user of its own", () => {
        expect(machine.journal("sandboxed")).toMatch(/: 12$(?:.|\n)*: 6\d{4}$/m)
    })

    test("lets nobody else read them", () => {
        expect(failed).toEqual(["nosy.service"])
        expect(machine.run("systemctl", "--failed", "--plain", "--no-legend", "-q")).toMatch(
            /^nosy\.service /,
        )
        expect(
            machine.attempt("setpriv", "--reuid=1000", "--clear-groups", "ls", "/run/secrets.d").status,
        ).not.toBe(0)
    })

    test("writes no value into the journal", () => {
        expect(machine.journal("sops-install-secrets")).not.toContain("CANARY")
    })

    test("shuts down without an ordering cycle, and leaves nothing on the disk", async () => {
        await machine.shutdown()
        expect(found(machine.disk)).toEqual([])
        await machine.boot()
        const before = machine.run("journalctl", "--no-pager", "-b", "-1", "-o", "cat")
        expect(before).toContain("Reached target")
        expect(before).not.toMatch(/ordering cycle|Job .* deleted to break/)
        expect(machine.run("ls", "/run/secrets.d")).toBe("1\n")
    })
})

/** The files below a directory that hold a plaintext of a test. */
function found(directory: string): string[] {
    const command = `grep -rlaF CANARY '${directory}' || true`
    return execFileSync("sh", ["-c", command], { encoding: "utf8" }).split("\n").filter(Boolean)
}
