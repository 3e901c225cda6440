import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { makeHost, seal } from "../host.ts"
import { Machine, agent, node } from "./machine.ts"
import { addUsers, configure, manifestPath } from "./provision.ts"

describe("the resident agent", () => {
    const host = makeHost()
    const unit = "hostseal-agent.service"
    let machine: Machine

    beforeAll(async () => {
        machine = Machine.make()
        addUsers(machine)
        await configure(machine, host, [
            { name: "token", plaintext: "CANARY-0", owner: "alice" },
            { name: "other", plaintext: "CANARY-other" },
        ])
        machine.unit(
            unit,
            `[Service]
Type=notify-reload
NotifyAccess=main
OpenFile=/run/systemd/notify:sdnotify
WatchdogSec=2
Restart=on-failure
RestartSec=100ms
ExecStart=${node} ${agent} run ${manifestPath}
`,
            "multi-user.target",
        )
        expect(await machine.boot()).toEqual([])
    })

    afterAll(() => machine.remove())

    test("is ready once the secrets are there, and says how many", () => {
        expect(show("ActiveState")).toBe("active")
        expect(show("StatusText")).toMatch(/\b2\b/)
        expect(token()).toBe("CANARY-0")
    })

    test("installs anew on reload, and the reload ends when that is done", async () => {
        await configure(machine, host, [{ name: "token", plaintext: "CANARY-1", owner: "alice" }])
        machine.run("systemctl", "reload", unit)
        expect(token()).toBe("CANARY-1")
        expect(machine.attempt("test", "-e", "/run/secrets/other").status).toBe(1)
        expect(machine.run("stat", "-Lc", "%U %a", "/run/secrets/token")).toBe("alice 400\n")
    })

    test("installs anew when a source changes", async () => {
        machine.write("/etc/hostseal/token.sops", await seal("CANARY-2", "binary", host.recipient))
        await vi.waitFor(() => expect(token()).toBe("CANARY-2"), { timeout: 60_000, interval: 100 })
    })

    test("puts back what somebody changed or removed", async () => {
        machine.run("sh", "-c", "echo wrong > /run/secrets/token")
        await vi.waitFor(() => expect(token()).toBe("CANARY-2"), { timeout: 60_000, interval: 100 })
        machine.run("rm", "/run/secrets")
        await vi.waitFor(() => expect(token()).toBe("CANARY-2"), { timeout: 60_000, interval: 100 })
    })

    test("keeps the last good value when a source goes bad, and stays", async () => {
        machine.write("/etc/hostseal/token.sops", "{}")
        machine.attempt("systemctl", "reload", unit)
        expect(show("ActiveState")).toBe("active")
        expect(token()).toBe("CANARY-2")
        expect(machine.journal(unit)).toContain("/etc/hostseal/token.sops")
    })

    test("is alive to systemd all the time", async () => {
        const pid = show("MainPID")
        await new Promise((resolve) => setTimeout(resolve, 5_000))
        expect(show("MainPID")).toBe(pid)
        expect(show("NRestarts")).toBe("0")
    })

    test("is started anew by the watchdog when it hangs", async () => {
        machine.run("sh", "-c", `kill -STOP ${show("MainPID")}`)
        await vi.waitFor(() => expect(show("NRestarts")).toBe("1"), { timeout: 60_000, interval: 200 })
        await vi.waitFor(() => expect(show("ActiveState")).toBe("active"), { timeout: 60_000, interval: 200 })
        expect(token()).toBe("CANARY-2")
    })

    test("leaves the secrets in place when it is stopped, and no value in the journal", () => {
        machine.run("systemctl", "stop", unit)
        expect(show("Result")).toBe("success")
        expect(token()).toBe("CANARY-2")
        expect(machine.journal()).not.toContain("CANARY")
    })

    function show(property: string): string {
        return machine.run("systemctl", "show", "--value", "-p", property, unit).trim()
    }

    function token(): string {
        return machine.attempt("cat", "/run/secrets/token").stdout
    }
})
