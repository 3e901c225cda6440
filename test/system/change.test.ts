import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { makeHost } from "../host.ts"
import { Machine } from "./machine.ts"
import { type Wanted, addUsers, configure, consumer, installUnit } from "./provision.ts"

describe("a changed configuration", () => {
    const host = makeHost()
    let machine: Machine

    const wanted = (token: string): Wanted[] => [
        {
            name: "token",
            plaintext: token,
            restartUnits: ["app.service", "off.service"],
            reloadUnits: ["proxy.service"],
        },
        { name: "same", plaintext: "CANARY-same", restartUnits: ["calm.service"] },
        { name: "typo", plaintext: token, restartUnits: ["no-such.service", "app.service"] },
    ]

    beforeAll(async () => {
        machine = Machine.make()
        addUsers(machine)
        await configure(machine, host, wanted("CANARY-0"))
        installUnit(machine)
        for (const name of ["app", "calm", "proxy"]) consumer(machine, name, "md5sum < /run/secrets/token")
        machine.unit("off.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n")
        expect(await machine.boot()).toEqual([])
    })

    afterAll(() => machine.remove())

    test("starts nothing anew at boot", () => {
        for (const name of ["app", "calm", "proxy"]) expect(starts(name)).toBe(1)
        expect(reloads()).toBe(0)
    })

    test("that changes nothing restarts nothing", async () => {
        await configure(machine, host, wanted("CANARY-0"))
        machine.run("systemctl", "restart", "sops-install-secrets")
        settle()
        expect(["app", "calm", "proxy"].map(starts)).toEqual([1, 1, 1])
    })

    test("restarts and reloads those units, once each, that run and use what changed", async () => {
        await configure(machine, host, wanted("CANARY-1"))
        machine.run("systemctl", "restart", "sops-install-secrets")
        settle()
        expect(["app", "calm", "proxy"].map(starts)).toEqual([2, 1, 1])
        expect(reloads()).toBe(1)
        expect(machine.attempt("systemctl", "is-active", "off").stdout).toBe("inactive\n")
    })

    test("is live before a unit restarts", () => {
        const sum = machine.run("sh", "-c", "md5sum < /run/secrets/token")
        expect(machine.run("journalctl", "-q", "-u", "app", "-o", "cat", "-t", "sh").split("\n").at(-2)).toBe(
            sum.trim(),
        )
    })

    test("names a unit that does not exist, and is installed all the same", () => {
        expect(machine.journal("sops-install-secrets")).toContain("no-such.service")
        expect(machine.run("systemctl", "is-active", "sops-install-secrets")).toBe("active\n")
    })

    test("says what changed, never a value", () => {
        expect(machine.journal("sops-install-secrets")).toContain("modifying secrets: token, typo")
        expect(machine.journal()).not.toContain("CANARY")
    })

    function starts(name: string): number {
        return (
            machine.run("journalctl", "-q", "-u", name, "-o", "cat", "-t", "sh").match(/ -$/gm)?.length ?? 0
        )
    }

    function reloads(): number {
        return (
            machine.run("journalctl", "-q", "-u", "proxy", "-o", "cat", "-t", "sh").match(/^reloaded$/gm)
                ?.length ?? 0
        )
    }

    /** Restarts are asked for with --no-block. */
    function settle(): void {
        machine.run("sh", "-c", "while systemctl list-jobs -q --no-legend | grep -q .; do sleep 0.1; done")
    }
})
