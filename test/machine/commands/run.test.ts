import { execFileSync, spawn } from "node:child_process"
import {
    chmodSync,
    closeSync,
    existsSync,
    mkdirSync,
    openSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs"
import { expect, onTestFinished, test, vi } from "vitest"
import { generateIdentity } from "../../../agent/age/identity.ts"
import { makeHost } from "../../host.ts"
import { bundledAgent } from "../../bundled.ts"
import { mountSmall } from "../machine.ts"
import { World } from "../world.ts"

const agent = await bundledAgent()
const soon = { timeout: 60_000, interval: 30 }

/** The resident agent as a unit with `OpenFile=…:sdnotify` starts it; what it tells systemd ends up in a file. */
function start(
    world: World,
    manifest: string,
    { interval = 3600, env = {} }: { interval?: number; env?: object } = {},
) {
    const told = world.at("notified")
    const descriptor = openSync(told, "a")
    const command = `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=sdnotify exec "$0" "$@"`
    const child = spawn(
        "sh",
        ["-c", command, process.execPath, agent, "run", `--interval=${interval}`, manifest],
        { stdio: ["ignore", "pipe", "pipe", descriptor], env: { PATH: process.env["PATH"], ...env } },
    )
    closeSync(descriptor)
    let said = ""
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (said += String(chunk)))
    const ended = new Promise<number | null>((resolve) => {
        child.once("close", (code) => resolve(code))
    })
    onTestFinished(async () => {
        child.kill("SIGKILL")
        await ended
        expect(said).not.toContain("CANARY")
    })
    return { child, ended, said: () => said, notified: () => readFileSync(told, "utf8") }
}

async function machine(interval?: number) {
    const world = new World()
    await world.seal("s", "CANARY-1")
    await world.seal("t", "CANARY-t")
    const secrets = [
        { name: "s", sopsFile: "s", path: world.at("etc/s") },
        { name: "t", sopsFile: "t" },
    ]
    const manifest = world.manifest({ secrets })
    const resident = start(world, manifest, interval === undefined ? {} : { interval })
    await vi.waitFor(() => expect(resident.notified()).toContain("READY=1"), soon)
    return { world, manifest, ...resident }
}

test("is ready when the secrets are there, with counts and no names", async () => {
    const { world, notified } = await machine()
    expect(notified()).toBe("READY=1\nSTATUS=2 installed, 0 failed")
    expect(world.read("s")).toBe("CANARY-1")
})

test("reloads on SIGHUP, and says so in one message before", async () => {
    const { world, child, notified } = await machine()
    await world.seal("u", "CANARY-u")
    world.manifest({ secrets: [{ name: "u", sopsFile: "u" }] })
    child.kill("SIGHUP")
    await vi.waitFor(
        () =>
            expect(notified()).toMatch(
                /RELOADING=1\nMONOTONIC_USEC=\d+READY=1\nSTATUS=1 installed, 0 failed$/u,
            ),
        soon,
    )
    expect(world.read("u")).toBe("CANARY-u")
    expect(world.has("s")).toBe(false)
})

test("installs again when a source changes", async () => {
    const { world } = await machine()
    await world.seal("s", "CANARY-2")
    await vi.waitFor(() => expect(world.read("s")).toBe("CANARY-2"), soon)
})

test("installs again when the manifest is replaced", async () => {
    const { world } = await machine()
    world.manifest({ secrets: [{ name: "other", sopsFile: "t" }] })
    await vi.waitFor(() => expect(world.has("other")).toBe(true), soon)
})

test("puts back what was changed: a content, a file, the symlink", async () => {
    const { world, said } = await machine()
    writeFileSync(`${world.symlink}/s`, "tampered")
    await vi.waitFor(() => expect(world.read("s")).toBe("CANARY-1"), soon)
    expect(said()).toContain("putting back what was changed: s has another content")
    rmSync(`${world.symlink}/t`)
    await vi.waitFor(() => expect(world.read("t")).toBe("CANARY-t"), soon)
    rmSync(world.symlink)
    await vi.waitFor(() => expect(world.read("t")).toBe("CANARY-t"), soon)
})

test("puts back everything when all of it is gone, with what it knew of it", async () => {
    const { world, said } = await machine(0.3)
    execFileSync("umount", ["--lazy", world.mountPoint])
    await vi.waitFor(() => expect(world.read("t")).toBe("CANARY-t"), soon)
    expect(said()).toContain(`${world.symlink} does not lead to a generation`)
    await vi.waitFor(() => expect(world.read("s")).toBe("CANARY-1"), soon)
    rmSync(`${world.mountPoint}/.hostseal`, { recursive: true })
    await vi.waitFor(() => expect(said()).toContain("leads to a generation that nothing is known of"), soon)
    await vi.waitFor(() => expect(existsSync(`${world.mountPoint}/.hostseal/status.json`)).toBe(true), soon)
    expect(world.read("t")).toBe("CANARY-t")
})

test("puts back what is changed while it still is at work on another change", async () => {
    const world = new World()
    await world.seal("s", "CANARY-1")
    await world.seal("t", "CANARY-t")
    // Units are asked for between the switch and the end of a run.
    world.write(
        "bin/systemctl",
        `#!/bin/sh\ncase "$*" in *try-restart*) rm ${world.symlink}/t; echo "$*" >> ${world.at("asked")} ;; esac\n`,
        0o755,
    )
    const secrets = [
        { name: "s", sopsFile: "s", restartUnits: ["app.service"] },
        { name: "t", sopsFile: "t" },
    ]
    const env = {
        PATH: `${world.at("bin")}:${process.env["PATH"] ?? ""}`,
        SOPS_RESTART_UNITS_VIA_SYSTEMCTL: "1",
    }
    const { notified } = start(world, world.manifest({ secrets }), { env })
    await vi.waitFor(() => expect(notified()).toContain("READY=1"), soon)
    await world.seal("s", "CANARY-2")
    await vi.waitFor(() => expect(existsSync(world.at("asked"))).toBe(true), soon)
    await vi.waitFor(() => expect(world.read("t")).toBe("CANARY-t"), soon)
    expect(world.read("s")).toBe("CANARY-2")
})

test("does not go on restarting a unit that changes its own secret when it starts", async () => {
    const world = new World()
    await world.seal("s", "CANARY-1")
    world.write(
        "bin/systemctl",
        `#!/bin/sh\ncase "$*" in *try-restart*) echo "$*" >> ${world.at("asked")}; chmod 0440 ${world.symlink}/s ;; esac\n`,
        0o755,
    )
    const secrets = [{ name: "s", sopsFile: "s", restartUnits: ["app.service"] }]
    const env = {
        PATH: `${world.at("bin")}:${process.env["PATH"] ?? ""}`,
        SOPS_RESTART_UNITS_VIA_SYSTEMCTL: "1",
    }
    const { notified, said } = start(world, world.manifest({ secrets }), { interval: 1, env })
    await vi.waitFor(() => expect(notified()).toContain("READY=1"), soon)
    const asked = (): number => readFileSync(world.at("asked"), "utf8").split("\n").length - 1
    chmodSync(`${world.symlink}/s`, 0o440)
    await vi.waitFor(() => expect(said()).toContain("s has another mode, again"), soon)
    await new Promise((resolve) => {
        setTimeout(resolve, 2500)
    })
    expect(asked()).toBe(1)
    expect(world.stat("run/secrets/s")).toBe("0:0 0400")
    expect(world.generation).toBe(3)
    await world.seal("s", "CANARY-2")
    await vi.waitFor(() => expect(asked()).toBeGreaterThan(1), soon)
    expect(world.read("s")).toBe("CANARY-2")
})

test("puts back a link elsewhere, which it looks at from time to time", async () => {
    const { world } = await machine(0.2)
    rmSync(world.at("etc/s"))
    await vi.waitFor(() => expect(readFileSync(world.at("etc/s"), "utf8")).toBe("CANARY-1"), soon)
})

test("does not go round in circles over what it cannot put right", async () => {
    const { world } = await machine(0.1)
    rmSync(world.at("etc"), { recursive: true })
    writeFileSync(world.at("etc"), "in the way")
    await vi.waitFor(() => expect(world.generation).toBe(2), soon)
    await new Promise((resolve) => {
        setTimeout(resolve, 1500)
    })
    expect(world.generation).toBe(2)
})

test("keeps the last good value when a source goes bad, says so, and stays", async () => {
    const { world, notified, said, child } = await machine()
    await world.seal("s", "CANARY-2", "binary", makeHost().recipient)
    await vi.waitFor(() => expect(notified()).toContain("STATUS=2 installed, 1 failed"), soon)
    expect(said()).toContain('secret "s": not renewed, the last good value stays')
    expect(world.read("s")).toBe("CANARY-1")
    writeFileSync(world.at("manifest.json"), "{")
    await vi.waitFor(() => expect(notified()).toContain("STATUS=the last run failed"), soon)
    expect(child.exitCode).toBeNull()
    expect(world.read("t")).toBe("CANARY-t")
})

test("tries again by itself when there was no room", async () => {
    const world = new World()
    mkdirSync(world.mountPoint)
    const isSafe = mountSmall(world.mountPoint, "64k")
    await world.seal("s", "CANARY-1")
    const manifest = world.manifest({ secrets: [{ name: "s", sopsFile: "s" }] })
    const { notified, said, ended } = start(world, manifest, { interval: 0.3 })
    // Where it may be swapped, nothing is installed to it at all.
    if (!isSafe) return expect(await ended).toBe(65)
    await vi.waitFor(() => expect(notified()).toContain("READY=1"), soon)
    await world.seal("s", "CANARY".repeat(20_000))
    await vi.waitFor(() => expect(said()).toContain("is full"), soon)
    // Not said when the file has changed again meanwhile, which would be another reason for a run.
    await vi.waitFor(() => expect(said()).toContain("trying again"), soon)
    expect(world.read("s")).toBe("CANARY-1")
    // Named with its source, or in a user namespace mount would hand back options that the kernel refuses there.
    execFileSync("mount", ["-o", "remount,size=1m", "none", world.mountPoint])
    await vi.waitFor(() => expect(world.read("s")).toHaveLength(120_000), soon)
    const runs = world.generation
    await new Promise((resolve) => {
        setTimeout(resolve, 1000)
    })
    expect(world.generation).toBe(runs)
})

test("watches what a manifest names that could not be installed yet", async () => {
    const { world, said } = await machine()
    const key = generateIdentity()
    await world.seal("s", "CANARY-2", "binary", key.recipient)
    const late = { secrets: [{ name: "s", sopsFile: "s" }], ageKeyFile: world.at("late/key.txt") }
    mkdirSync(world.at("late"))
    world.manifest(late)
    await vi.waitFor(() => expect(said()).toContain("cannot read keyfile"), soon)
    world.write("late/key.txt", key.secret, 0o600)
    await vi.waitFor(() => expect(world.read("s")).toBe("CANARY-2"), soon)
})

test("a template whose text is a secret of its own is rendered, and not for ever", async () => {
    const world = new World()
    await world.seal("s", "CANARY-1")
    const wanted = {
        secrets: [
            { name: "s", sopsFile: "s" },
            { name: "t", sopsFile: "s" },
        ],
        templates: [{ name: "x", file: `${world.symlink}/s` }],
    }
    start(world, world.manifest(wanted))
    await vi.waitFor(() => expect(world.read("rendered/x")).toBe("CANARY-1"), soon)
    await new Promise((resolve) => {
        setTimeout(resolve, 1500)
    })
    expect(world.generation).toBeLessThan(4)
    await world.seal("s", "CANARY-2")
    await vi.waitFor(() => expect(world.read("rendered/x")).toBe("CANARY-2"), soon)
})

test("what changes because of each run does not keep it busy, nor from ending", async () => {
    const world = new World()
    const text = world.write("text", "0")
    const noisy = `#!/bin/sh\ncase "$*" in *try-restart*) date +%s%N > ${text} ;; esac\n`
    world.write("bin/systemctl", noisy, 0o755)
    const env = {
        PATH: `${world.at("bin")}:${process.env["PATH"] ?? ""}`,
        SOPS_RESTART_UNITS_VIA_SYSTEMCTL: "1",
    }
    const templates = [{ name: "x", file: text, restartUnits: ["app.service"] }]
    const { child, ended, said, notified } = start(world, world.manifest({ templates }), { env })
    await vi.waitFor(() => expect(notified()).toContain("READY=1"), soon)
    writeFileSync(text, "1")
    await vi.waitFor(() => expect(said()).toContain("10 runs in a row"), soon)
    await new Promise((resolve) => {
        setTimeout(resolve, 1500)
    })
    expect(world.generation).toBe(11)
    // A reload is what somebody asks for.
    child.kill("SIGHUP")
    await vi.waitFor(() => expect(world.generation).toBe(12), soon)
    child.kill("SIGTERM")
    expect(await ended).toBe(0)
})

test("ends on SIGTERM and leaves everything in place", async () => {
    const { world, child, ended, notified } = await machine()
    child.kill("SIGTERM")
    expect(await ended).toBe(0)
    expect(notified()).toContain("STOPPING=1")
    expect(world.read("s")).toBe("CANARY-1")
})

test("waits for a key in a directory that is not there yet, and installs when it is", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    rmSync(world.at("host_key"))
    const late = world.at("disk/etc/ssh/key")
    const manifest = world.manifest({
        secrets: [{ name: "s", sopsFile: "s" }],
        ageSshKeyPaths: [late],
    })
    const { said, notified, child, ended } = start(world, manifest)
    await vi.waitFor(() => expect(notified()).toContain("READY=1\nSTATUS=waiting for what is missing"), soon)
    expect(said()).toContain("this machine has no key to open secrets with")
    expect(existsSync(world.symlink)).toBe(false)

    world.write("disk/etc/ssh/key", world.key.privateKey, 0o600)
    await vi.waitFor(() => expect(notified()).toContain("STATUS=1 installed, 0 failed"), soon)
    expect(world.read("s")).toBe("CANARY")
    // It looked more often than that, and said it once.
    expect(said().match(/no key to open secrets with/gu)).toHaveLength(1)
    child.kill("SIGTERM")
    expect(await ended).toBe(0)
})

test("does not begin when it takes another configuration", async () => {
    const world = new World()
    expect(await start(world, world.write("bad.json", "{}")).ended).toBe(65)
})

test("tells the watchdog that it is alive", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const manifest = world.manifest({ secrets: [{ name: "s", sopsFile: "s" }] })
    const { notified } = start(world, manifest, { env: { WATCHDOG_USEC: "200000" } })
    await vi.waitFor(() => expect(notified().split("WATCHDOG=1").length).toBeGreaterThan(5), soon)
})
