// kill -9 at every step: the old or the new generation is whole, never anything in between, and the next run is as
// if nothing had happened.

import { spawn, spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { bundledAgent } from "../bundled.ts"
import { World } from "./world.ts"

const agent = await bundledAgent()
const hook = fileURLToPath(new URL("kill-before.cjs", import.meta.url))

function runKilled(manifest: string, step: number | undefined) {
    return spawnSync(process.execPath, ["--require", hook, agent, "install", manifest], {
        env: { PATH: process.env["PATH"], ...(step === undefined ? {} : { KILL_BEFORE: String(step) }) },
        encoding: "utf8",
    })
}

const old = { a: "CANARY-old-a", "d/b": "CANARY-old-b", same: "CANARY-same", "rendered/t": "old CANARY-same" }
const fresh = {
    a: "CANARY-new-a",
    "d/c": "CANARY-new-c",
    same: "CANARY-same",
    "rendered/t": "new CANARY-same",
}

test("the old or the new generation is whole, whatever step a run is killed at", async () => {
    const world = new World()
    for (const content of new Set([...Object.values(old), ...Object.values(fresh)]))
        if (content.startsWith("CANARY")) await world.seal(content, content)
    const manifestOf = (files: Record<string, string>, link: string): string =>
        world.manifest({
            secrets: Object.entries(files)
                .filter(([name]) => !name.startsWith("rendered/"))
                .map(([name, content]) => ({
                    name,
                    sopsFile: content,
                    ...(name === "a" ? { path: world.at(link) } : {}),
                })),
            templates: [{ name: "t", content: (files["rendered/t"] ?? "").replace("CANARY-same", "@same@") }],
            placeholderBySecretName: { same: "@same@" },
        })

    const install = async (files: Record<string, string>, link: string): Promise<void> => {
        expect((await world.run("install", manifestOf(files, link))).code).toBe(0)
    }
    await install(old, "etc/old")
    const manifest = manifestOf(fresh, "etc/new")
    const { status, stdout } = runKilled(manifest, undefined)
    expect(status).toBe(0)
    const steps = Number(/calls: (\d+)/u.exec(stdout)?.[1])
    expect(steps).toBeGreaterThan(30)

    const seen = new Set<string>()
    for (let step = 1; step <= steps; step++) {
        await install(old, "etc/old")
        const before = world.generation
        manifestOf(fresh, "etc/new")
        expect(runKilled(manifest, step).signal).toBe("SIGKILL")

        const isNew = world.generation !== before
        seen.add(isNew ? "new" : "old")
        expect(contents(world)).toEqual(isNew ? fresh : old)
        expect(world.generation).toBe(isNew ? before + 1 : before)

        await install(fresh, "etc/new")
        expect(contents(world)).toEqual(fresh)
        expect(world.generations).toEqual([world.generation])
        expect(readdirSync(`${world.mountPoint}/.hostseal`).toSorted()).toEqual([
            `${world.generation}.json`,
            "status.json",
        ])
        expect(readdirSync(world.at("run")).toSorted()).toEqual([".secrets.d.lock", "secrets", "secrets.d"])
        expect(readdirSync(world.at("run/.secrets.d.lock"))).toEqual([])
        expect(readdirSync(world.at("etc"))).toEqual(["new"])
    }
    expect(seen).toEqual(new Set(["old", "new"]))
}, 180_000)

/** Every file that is installed, by name. */
function contents(world: World): Record<string, string> {
    const names = readdirSync(world.symlink, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(world.symlink.length + 1))
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(world.symlink, name), "utf8")]))
}

test("two runs at once wait for each other", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const manifest = world.manifest({ secrets: [{ name: "s", sopsFile: "s" }], keepGenerations: 0 })
    const ends = Array.from({ length: 6 }, async () => {
        const child = spawn(process.execPath, [agent, "install", manifest], { stdio: "ignore" })
        return await new Promise((resolve) => {
            child.once("close", resolve)
        })
    })
    expect(await Promise.all(ends)).toEqual([0, 0, 0, 0, 0, 0])
    expect(world.generations).toEqual([1, 2, 3, 4, 5, 6])
    expect(world.read("s")).toBe("CANARY")
}, 60_000)
