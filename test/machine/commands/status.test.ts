import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { beforeEach, expect, test } from "vitest"
import { makeHost } from "../../host.ts"
import { World } from "../world.ts"
import type { Run } from "../world.ts"

let world: World
beforeEach(() => {
    world = new World()
})

const secrets = [
    { name: "a", sopsFile: "a", key: "k", format: "yaml" },
    { name: "b", sopsFile: "b" },
]

async function installed(): Promise<void> {
    await world.seal("a", "k: CANARY-a\n", "yaml")
    await world.seal("b", "CANARY-b")
    await world.install({ secrets, templates: [{ name: "t", content: "x" }] })
}

const status = (...args: string[]): Promise<Run> =>
    world.runAs({ runDirectory: world.at("run") }, "status", ...args)

async function json() {
    const { code, out } = await status("--json")
    const { version, installations } = JSON.parse(out.join(""))
    expect(version).toBe(1)
    return { code, installations }
}

test("nothing is installed", async () => {
    const { code, err } = await status()
    expect(code).toBe(3)
    expect(err[0]).toContain("nothing is installed")
    expect(await json()).toEqual({ code: 3, installations: [] })
})

test("says what is installed, from where, since when, and with which key", async () => {
    await installed()
    rmSync(world.at("host_key"))
    const { code, out } = await status()
    expect(code).toBe(0)
    expect(out[0]).toBe(`${world.symlink}: generation 1, from ${world.at("manifest.json")}`)
    const text = out.join("\n")
    for (const part of [
        "ok, exit code 0",
        `key ${world.key.recipient} (${world.at("host_key")})`,
        `installed secret a at ${world.symlink}/a from ${world.at("a")}, since generation 1 (20`,
        `installed template t at ${world.symlink}/rendered/t, since generation 1`,
    ])
        expect(text).toContain(part)
})

test("as JSON, with everything that is known and no value", async () => {
    await installed()
    const { code, installations } = await json()
    expect(code).toBe(0)
    expect(installations).toMatchObject([
        {
            generation: 1,
            symlink: world.symlink,
            run: { result: "ok", exitCode: 0, problems: [] },
            identities: [{ path: world.at("host_key"), problem: null }],
            secrets: [
                {
                    name: "a",
                    state: "installed",
                    source: world.at("a"),
                    format: "yaml",
                    key: "k",
                    mode: "0400",
                    owner: 0,
                },
                { name: "b", state: "installed", problem: [] },
            ],
            templates: [{ name: "t", state: "installed" }],
            drift: [],
        },
    ])
})

test("an unchanged secret keeps its age, a changed one does not", async () => {
    await installed()
    await world.seal("b", "CANARY-b2")
    await world.install({ secrets })
    const { installations } = await json()
    expect(installations[0].secrets.map((secret: { generation: number }) => secret.generation)).toEqual([
        1, 2,
    ])
})

test("knows which encrypted file each value came from, whatever became of it since", async () => {
    const hash = (name: string): string =>
        createHash("sha256")
            .update(readFileSync(world.at(name)))
            .digest("hex")
    const hashes = async (): Promise<readonly unknown[]> => {
        const [{ secrets: entries, templates }] = (await json()).installations
        return [...entries, ...templates].map((entry: { sourceHash: unknown }) => entry.sourceHash)
    }
    await installed()
    const [a, b] = [hash("a"), hash("b")]
    expect(await hashes()).toEqual([a, b, null])
    // The second run takes what it remembers, and does not open the file.
    await world.install({ secrets })
    expect((await hashes()).slice(0, 2)).toEqual([a, b])
    await world.seal("b", "CANARY-b2")
    await world.install({ secrets })
    expect((await hashes()).slice(0, 2)).toEqual([a, hash("b")])
    const installedB = hash("b")
    await world.seal("b", "CANARY-b3", "binary", makeHost().recipient)
    await world.run("install", world.manifest({ secrets }))
    expect((await hashes()).slice(0, 2)).toEqual([a, installedB])
})

test("says what is stale, what is missing, and why", async () => {
    await installed()
    const stranger = makeHost()
    await world.seal("b", "CANARY-b2", "binary", stranger.recipient)
    const wanted = [...secrets, { name: "c", sopsFile: "gone" }]
    await world.run("install", world.manifest({ secrets: wanted }))
    const { code, installations } = await json()
    expect(code).toBe(5)
    const [
        {
            run,
            secrets: [, b, c],
            lastSuccess,
        },
    ] = installations
    expect(run).toMatchObject({ result: "partial", exitCode: 65 })
    expect(b).toMatchObject({ state: "stale", generation: 1 })
    expect(b.problem.join()).toContain(stranger.recipient)
    expect(c).toMatchObject({ state: "missing", generation: null, owner: null })
    expect(Date.parse(lastSuccess)).toBeLessThan(Date.parse(run.at))
    const { out } = await status()
    expect(out.join("\n")).toContain("stale     secret b")
})

test("a run that changed nothing is told with what is still there", async () => {
    await installed()
    rmSync(world.at("host_key"))
    await world.run("install", world.manifest({ secrets }))
    const { code, installations } = await json()
    expect(code).toBe(5)
    expect(installations[0]).toMatchObject({
        generation: 1,
        run: { result: "failed", exitCode: 75 },
        secrets: [{ state: "installed" }, { state: "installed" }],
    })
    expect(installations[0].run.problems.join()).toContain("this machine has no key")
})

test("sees what was changed since, without opening anything", async () => {
    await installed()
    writeFileSync(`${world.symlink}/a`, "tampered")
    rmSync(`${world.symlink}/b`)
    rmSync(world.at("host_key"))
    const { code, installations } = await json()
    expect(code).toBe(5)
    expect(installations[0].drift).toEqual(["a has another content", "b is gone"])
})

test("sees that all of it is gone, and that somebody else installed something", async () => {
    await installed()
    mkdirSync(`${world.mountPoint}/2`)
    rmSync(world.symlink)
    symlinkSync(`${world.mountPoint}/2`, world.symlink)
    const other = await json()
    expect(other.installations[0].drift).toEqual([
        `${world.symlink} leads to a generation that nothing is known of`,
    ])
    rmdirSync(`${world.mountPoint}/2`)
    const gone = await json()
    expect(gone.installations[0].drift).toEqual([`${world.symlink} does not lead to a generation`])
    expect([other.code, gone.code]).toEqual([5, 5])
})

test("the status of a manifest, also from its copy elsewhere", async () => {
    await world.seal("b", "CANARY")
    const statusFile = world.at("var/status.json")
    const manifest = world.manifest({
        secrets: [{ name: "b", sopsFile: "b" }],
        hostseal: { version: 1, statusFile },
    })
    expect((await status(manifest)).code).toBe(3)
    await world.run("install", manifest)
    expect(statSync(statusFile).mode & 0o777).toBe(0o640)
    expect(readFileSync(statusFile, "utf8")).toBe(
        readFileSync(`${world.mountPoint}/.hostseal/status.json`, "utf8"),
    )
    expect((await status(manifest)).code).toBe(0)
})

test("metrics count states, and name secrets only on request", async () => {
    await world.seal("b", "CANARY")
    const metricsFile = world.at("metrics/hostseal.prom")
    const wanted = [
        { name: "b", sopsFile: "b" },
        { name: 'odd"name', sopsFile: "gone" },
    ]
    const install = async (metricsNames: boolean): Promise<string> => {
        const hostseal = { version: 1, metricsFile, metricsNames }
        await world.run("install", world.manifest({ secrets: wanted, hostseal }))
        return readFileSync(metricsFile, "utf8")
    }
    const label = `symlink="${world.symlink}"`
    const text = await install(false)
    for (const line of [
        `hostseal_secrets{${label},state="installed"} 1`,
        `hostseal_secrets{${label},state="missing"} 1`,
        `hostseal_generation{${label}} 1`,
        `hostseal_last_run_exit_code{${label}} 75`,
        `hostseal_last_success_timestamp_seconds{${label}} 0`,
        "# TYPE hostseal_secrets gauge",
    ])
        expect(text.split("\n")).toContain(line)
    expect(text).not.toContain("odd")
    expect(statSync(metricsFile).mode & 0o777).toBe(0o644)
    const named = await install(true)
    expect(named).toContain(String.raw`hostseal_secret_installed{${label},secret="odd\"name"} 0`)
    expect(named).toContain(`hostseal_secret_installed{${label},secret="b"} 1`)
})
