// What the resident agent has in its memory after many reloads: the host's private key once or a few times, and no
// plaintext from each of them. Its own memory is read, as root can: what matters is that it does not add up.
import { createHash } from "node:crypto"
import { spawn } from "node:child_process"
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs"
import { expect, onTestFinished, test, vi } from "vitest"
import { bundledAgent } from "../bundled.ts"
import { World } from "./world.ts"

const agent = await bundledAgent()
const soon = { timeout: 120_000, interval: 20 }
const reloads = 400

/** How often some bytes are found in the memory of a process that it can write to. */
function count(pid: number, needle: Buffer): number {
    const memory = openSync(`/proc/${pid}/mem`, "r")
    let found = 0
    for (const line of readFileSync(`/proc/${pid}/maps`, "latin1").split("\n")) {
        const [, from = "", to = ""] = /^([0-9a-f]+)-([0-9a-f]+) rw/u.exec(line) ?? []
        if (from === "") continue
        const start = Number.parseInt(from, 16)
        const bytes = Buffer.alloc(Number.parseInt(to, 16) - start)
        try {
            readSync(memory, bytes, 0, bytes.length, start)
        } catch {
            // The kernel's own pages cannot be read.
            continue
        }
        for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) found++
    }
    closeSync(memory)
    return found
}

/** The seed in a private key file of OpenSSH: behind the last 64-byte string. */
function seedOf(file: string): Buffer {
    const body = Buffer.from(file.replaceAll(/-----.*-----|\s/gu, ""), "base64")
    const length = Buffer.from([0, 0, 0, 64])
    const at = body.lastIndexOf(length)
    return body.subarray(at + 4, at + 36)
}

test("neither the host key nor plaintexts add up in the resident agent", async () => {
    const world = new World()
    await world.seal("s", "CANARY-of-the-first-secret")
    await world.seal("y.yaml", "a: CANARY-of-yaml-one\nb: CANARY-of-yaml-two\n", "yaml")
    const secrets = [
        { name: "s", sopsFile: "s" },
        { name: "a", key: "a", format: "yaml", sopsFile: "y.yaml" },
    ]
    const manifest = world.manifest({ secrets })
    const told = world.at("notified")
    writeFileSync(told, "")
    const descriptor = openSync(told, "a")
    const command = `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=sdnotify exec "$0" "$@"`
    const args = ["-c", command, process.execPath, agent, "run", "--interval=3600", manifest]
    const child = spawn("sh", args, { stdio: ["ignore", "ignore", "ignore", descriptor] })
    closeSync(descriptor)
    onTestFinished(() => void child.kill("SIGKILL"))
    const isReady = async (times: number): Promise<void> => {
        await vi.waitFor(
            () =>
                expect(readFileSync(told, "utf8").split("READY=1").length - 1).toBeGreaterThanOrEqual(times),
            soon,
        )
    }
    await isReady(1)
    for (let reload = 1; reload <= reloads; reload++) {
        // Every other time the files are new, so that they are opened and not remembered.
        if (reload % 2 === 0) {
            writeFileSync(world.at("s"), readFileSync(world.at("s")))
            writeFileSync(world.at("y.yaml"), readFileSync(world.at("y.yaml")))
        }
        child.kill("SIGHUP")
        await isReady(reload + 1)
    }

    const pid = child.pid ?? 0
    const seed = seedOf(world.key.privateKey.toString())
    const scalar = createHash("sha512").update(seed).digest().subarray(0, 32)
    const found = {
        seed: count(pid, seed),
        scalar: count(pid, scalar),
        armor: count(pid, Buffer.from(world.key.privateKey.toString().split("\n")[3]?.slice(0, 40) ?? "")),
        plaintexts:
            count(pid, Buffer.from("CANARY-of-the-first")) + count(pid, Buffer.from("CANARY-of-yaml")),
    }
    if (process.env["HOSTSEAL_MEMORY"] !== undefined) console.log(found)
    expect(found.seed).toBeLessThanOrEqual(1)
    expect(found.scalar).toBeLessThanOrEqual(2)
    expect(found.armor).toBeLessThanOrEqual(8)
    expect(found.plaintexts).toBeLessThanOrEqual(40)
}, 300_000)
