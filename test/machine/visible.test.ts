// Nobody can read a secret before it is theirs (docs/security-rules.md#files).

import { spawn } from "node:child_process"
import { chmodSync, closeSync, mkdirSync, openSync, readSync, writeFileSync } from "node:fs"
import { afterEach, expect, test } from "vitest"
import { stranger, World } from "./world.ts"

const umask = process.umask()
afterEach(() => process.umask(umask))

/**
 * Watches directories until it is told to stop: reports every file that somebody else could open, or that ever had
 * a mode that was wider than 0400. As another user where there is one, and as whoever we are else.
 */
const watcher = `
const fs = require("node:fs"), path = require("node:path")
let stop = false
process.stdin.on("data", () => { stop = true })
const found = new Set()
let looks = 0
function look(directory) {
    let names
    try { names = fs.readdirSync(directory) } catch { names = guesses() }
    for (const name of names) {
        const file = path.join(directory, name)
        try {
            const status = fs.lstatSync(file)
            if (status.isDirectory()) { look(file); continue }
            looks++
            if (!status.isFile() || name.startsWith("status.json")) continue
            if ((status.mode & 0o377) !== 0 && !(status.mode === 0o100600)) found.add("mode " + status.mode.toString(8))
            if (process.getuid() === status.uid) continue
            fs.closeSync(fs.openSync(file, "r"))
            found.add("opened " + file)
        } catch {}
    }
}
const [, directory, link] = process.argv
// Who may not list a directory may still know the names in it.
function guesses() {
    const live = Number(path.basename(fs.readlinkSync(link)))
    return [live - 1, live, live + 1].map(String).concat([".hostseal", "staging", "d", "s0", "s1", "s2", "s3"])
}
process.stdout.write("ready")
function turn() {
    look(directory)
    if (!stop) return setImmediate(turn)
    process.stdout.write(JSON.stringify({ looks, found: [...found] }))
    process.exit()
}
turn()
`

for (const mask of [0o022, 0o000]) {
    test(`nobody else opens a secret while it is written, with umask ${mask.toString(8)}`, async () => {
        process.umask(mask)
        const world = new World()
        chmodSync(world.directory, 0o755)
        const secrets = Array.from({ length: 50 }, (_, index) => ({
            name: `${index % 2 === 0 ? "d/" : ""}s${index}`,
            sopsFile: "s",
        }))
        await world.seal("s", "CANARY-0")
        await world.install({ secrets })
        const watchers = [{}, ...(stranger === 0 ? [] : [{ uid: stranger, gid: stranger }])].map((as) =>
            conversation(["-e", watcher, world.mountPoint, world.symlink], as),
        )
        for (const { ready } of watchers) await ready
        // Each run has a new value, so each file is written anew: 10,000 writes with both masks.
        for (let run = 1; run <= 100; run++) {
            await world.seal("s", `CANARY-${run}`)
            await world.install({ secrets })
        }
        for (const { stop } of watchers) {
            const { looks, found } = await stop()
            expect(looks).toBeGreaterThan(0)
            expect(found).toEqual([])
        }
    }, 120_000)
}

/** A node program that says "ready", goes on until it reads something, and then prints JSON. */
function conversation(args: readonly string[], as: { uid?: number; gid?: number } = {}) {
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], ...as })
    let said = ""
    child.stdout.on("data", (chunk) => (said += String(chunk)))
    const ready = new Promise((resolve) => {
        child.stdout.once("data", resolve)
    })
    const ended = new Promise((resolve) => {
        child.once("close", resolve)
    })
    const stop = async (): Promise<Record<string, unknown>> => {
        child.stdin.end("stop")
        await ended
        return JSON.parse(said.slice("ready".length))
    }
    return { ready, stop }
}

test("what is planted in the staging place is gone before anything is written", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const secrets = [{ name: "s", sopsFile: "s" }]
    await world.install({ secrets })
    mkdirSync(`${world.mountPoint}/.hostseal/staging`)
    writeFileSync(`${world.mountPoint}/.hostseal/staging/s`, "planted")
    const early = openSync(`${world.mountPoint}/.hostseal/staging/s`, "r")
    await world.seal("s", "CANARY-2")
    await world.install({ secrets })
    const seen = Buffer.alloc(20)
    expect(seen.subarray(0, readSync(early, seen)).toString()).toBe("planted")
    closeSync(early)
    expect(world.read("s")).toBe("CANARY-2")
})

test("a reader that goes through the link again and again always finds the file", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const secrets = [{ name: "s", sopsFile: "s" }]
    await world.install({ secrets })
    const reader = `
        const fs = require("node:fs")
        let stop = false, misses = 0, reads = 0
        process.stdin.on("data", () => { stop = true })
        process.stdout.write("ready")
        function turn() {
            for (let i = 0; i < 100; i++) {
                reads++
                try { if (fs.readFileSync(process.argv[1], "utf8") !== "CANARY") misses++ } catch { misses++ }
            }
            if (!stop) return setImmediate(turn)
            process.stdout.write(JSON.stringify({ misses, reads }))
            process.exit()
        }
        turn()`
    const { ready, stop } = conversation(["-e", reader, `${world.symlink}/s`])
    await ready
    // All generations stay: between reading the link and opening the file one may go.
    for (let run = 0; run < 100; run++) await world.install({ secrets, keepGenerations: 0 })
    const { misses, reads } = await stop()
    expect(reads).toBeGreaterThan(100)
    expect(misses).toBe(0)
}, 60_000)
