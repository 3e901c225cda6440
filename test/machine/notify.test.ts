import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { notifierFor, openedDescriptor } from "../../agent/machine/notify.ts"
import { scratch, testHost } from "./machine.ts"
import { World } from "./world.ts"

const pid = String(process.pid)
const path = process.env["PATH"]
afterEach(() => {
    process.env["PATH"] = path
    delete process.env["NOTIFY_SOCKET"]
})

test("finds the descriptor by its name", () => {
    const env = { LISTEN_PID: pid, LISTEN_FDS: "2", LISTEN_FDNAMES: "stored:sdnotify" }
    expect(openedDescriptor(env)).toBe(4)
    expect(openedDescriptor({ ...env, LISTEN_PID: "1" })).toBeUndefined()
    // Never 3 + (-1): that is standard error.
    expect(openedDescriptor({ ...env, LISTEN_FDNAMES: "other" })).toBeUndefined()
    expect(openedDescriptor({})).toBeUndefined()
})

test("writes each message at once, and a status in one line", async () => {
    const file = join(scratch(), "messages")
    const descriptor = openSync(file, "a")
    const names = [...Array.from({ length: descriptor - 3 }, () => "x"), "sdnotify"].join(":")
    const host = testHost(scratch(), {
        env: { LISTEN_PID: pid, LISTEN_FDNAMES: names, WATCHDOG_USEC: "100000" },
    })
    const notifier = notifierFor(host)
    await notifier.ready("hi\nSTOPPING=1")
    notifier.alive()
    notifier.alive()
    await notifier.stopping()
    closeSync(descriptor)
    expect(readFileSync(file, "utf8")).toBe("READY=1\nSTATUS=hi STOPPING=1WATCHDOG=1STOPPING=1")
    expect(notifier.interval).toBe(50)
})

test("does without a service manager", async () => {
    const host = testHost(scratch())
    const notifier = notifierFor(host)
    await notifier.ready("x")
    notifier.alive()
    expect([notifier.interval, host.told]).toEqual([undefined, []])
})

/** A program in place of systemd's that notes its arguments. */
function program(exit = 0) {
    const directory = scratch()
    const log = join(directory, "log")
    mkdirSync(join(directory, "bin"))
    writeFileSync(log, "")
    const file = join(directory, "bin/systemd-notify")
    writeFileSync(
        file,
        `#!/bin/sh\necho "$@" >> ${log}\n[ ${exit} = 0 ] || echo "not sent" >&2\nexit ${exit}\n`,
    )
    chmodSync(file, 0o755)
    // The package takes its program from the environment of the process.
    const PATH = `${join(directory, "bin")}:/usr/bin:/bin`
    process.env["PATH"] = PATH
    process.env["NOTIFY_SOCKET"] = "/run/nowhere"
    return { env: { PATH, NOTIFY_SOCKET: "/run/nowhere" }, log: () => readFileSync(log, "utf8") }
}

test("READY and STATUS go through the package, the rest through its program", async () => {
    const { env, log } = program()
    const host = testHost(scratch(), { env })
    const notifier = notifierFor(host)
    await notifier.ready("2 installed")
    await notifier.status("3 installed")
    await notifier.stopping()
    await notifier.reloading()
    expect(log()).toMatch(
        new RegExp(
            `^--ready --pid=${pid} --status=2 installed\n--pid=${pid} --status=3 installed\n--pid=${pid} STOPPING=1\n--pid=${pid} RELOADING=1 MONOTONIC_USEC=\\d+\n$`,
            "u",
        ),
    )
    expect(host.told).toEqual([])
})

test("a message that does not arrive is a warning", async () => {
    const { env } = program(1)
    const host = testHost(scratch(), { env })
    await notifierFor(host).ready("x")
    await notifierFor(host).stopping()
    expect(host.told).toEqual([
        "hostseal-agent: warning: systemd was not told: not sent",
        "hostseal-agent: warning: systemd was not told: not sent",
    ])
})

test("a single installation says that it is ready where systemd listens", async () => {
    const { env, log } = program()
    const world = new World()
    await world.seal("s", "CANARY")
    const manifest = world.manifest({ secrets: [{ name: "s", sopsFile: "s" }] })
    expect((await world.runAs({ env }, "install", manifest)).code).toBe(0)
    expect(log()).toBe(`--ready --pid=${pid} --status=1 installed, 0 failed\n`)
})
