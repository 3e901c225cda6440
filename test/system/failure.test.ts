import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { makeHost } from "../host.ts"
import { Machine, agent, node } from "./machine.ts"
import { type Wanted, addUsers, configure, consumer, installUnit, manifestPath } from "./provision.ts"

describe("a machine with a secret that it cannot open", () => {
    const host = makeHost()
    const stranger = makeHost()
    let machine: Machine
    let failed: string[]

    const wanted: Wanted[] = [
        { name: "good", plaintext: "CANARY-good" },
        { name: "foreign", plaintext: "CANARY-foreign", recipient: stranger.recipient },
        { name: "orphan", plaintext: "CANARY-orphan", owner: "nobody-by-this-name" },
        { name: "also-good", plaintext: "CANARY-also" },
    ]

    beforeAll(async () => {
        machine = Machine.make()
        addUsers(machine)
        await configure(machine, host, wanted)
        installUnit(machine)
        consumer(machine, "app", "wc -c < /run/secrets/good")
        failed = await machine.boot()
    })

    afterAll(() => machine.remove())

    test("boots all the same, with every other secret", () => {
        expect(failed).toEqual(["sops-install-secrets.service"])
        expect(machine.run("ls", "/run/secrets")).toBe("also-good\ngood\n")
        expect(machine.journal("app")).toMatch(/: 11$/m)
    })

    test("has a unit that failed", () => {
        expect(machine.run("systemctl", "show", "-p", "Result", "sops-install-secrets")).toBe(
            "Result=exit-code\n",
        )
    })

    test("says which secret, which file, who could read it and which keys were tried", () => {
        const journal = machine.journal("sops-install-secrets")
        for (const fact of ["foreign", "/etc/hostseal/foreign.sops", stranger.recipient, host.recipient])
            expect(journal).toContain(fact)
        expect(journal).toMatch(/orphan.*(?:\n.*)?nobody-by-this-name/)
        expect(journal).not.toContain("CANARY")
    })

    test("tells the same when it is asked for its status", () => {
        const { stdout } = machine.attempt(node, agent, "status", "--json", manifestPath)
        expect(stdout).toContain('"foreign"')
        expect(stdout).not.toContain("CANARY")
    })

    test("keeps the last good value of a secret that fails later", async () => {
        const broken = wanted.map((secret) =>
            secret.name === "good" ? { ...secret, recipient: stranger.recipient } : secret,
        )
        await configure(machine, host, broken)
        expect(machine.attempt("systemctl", "restart", "sops-install-secrets").status).not.toBe(0)
        expect(machine.run("cat", "/run/secrets/good")).toBe("CANARY-good")
        expect(machine.run("readlink", "/run/secrets")).toBe("/run/secrets.d/2\n")
    })

    test("is well again once the configuration is", async () => {
        await configure(
            machine,
            host,
            wanted.filter(({ name }) => name.endsWith("good")),
        )
        machine.run("systemctl", "restart", "sops-install-secrets")
        expect(machine.failedUnits()).toEqual([])
    })
})

describe("a machine without the key that its secrets are sealed to", () => {
    let machine: Machine

    beforeAll(async () => {
        machine = Machine.make()
        addUsers(machine)
        await configure(machine, makeHost(), [{ name: "token", plaintext: "CANARY" }])
        machine.write("/etc/ssh/ssh_host_ed25519_key", "not a key\n", 0o600)
        installUnit(machine)
        expect(await machine.boot()).toEqual(["sops-install-secrets.service"])
    })

    afterAll(() => machine.remove())

    test("installs nothing, and names the file that is no key", () => {
        expect(machine.attempt("ls", "/run/secrets").status).not.toBe(0)
        expect(machine.journal("sops-install-secrets")).toContain("/etc/ssh/ssh_host_ed25519_key")
    })
})
