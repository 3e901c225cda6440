// Entries that sops-nix installs and that are unsafe, through an installation: what is there afterwards, and what is said.

import { chmodSync, chownSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs"
import { expect, test } from "vitest"
import { fakeSystemctl } from "./systemctl.ts"
import { stranger, World } from "./world.ts"

/** What systemctl was asked to restart or reload. */
function asked(systemctl: ReturnType<typeof fakeSystemctl>): string[] {
    return systemctl
        .asked()
        .flatMap((line) => (line.includes(" try-") ? [line.replace(/ \[\d+\]$/u, "")] : []))
}

for (const name of ["../escaped", "a/../../../escaped"]) {
    test(`D11: the name ${name} does not leave the generation`, async () => {
        const world = new World()
        await world.seal("s", "CANARY")
        const { code, said } = await world.run(
            "install",
            world.manifest({ secrets: [{ name, sopsFile: "s" }] }),
        )
        expect(code).toBe(65)
        expect(said).toContain("its name leaves the directory of the secrets")
        expect(readdirSync(world.at("run")).toSorted()).toEqual([".secrets.d.lock", "secrets", "secrets.d"])
        expect(readdirSync(world.mountPoint).toSorted()).toEqual([".hostseal", "1"])
        expect(readdirSync(world.symlink)).toEqual([])
    })
}

test("D12: of names that clash the first one is installed", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    await world.install({ secrets: [{ name: "a", sopsFile: "s" }] })
    const secrets = ["a", "a/b"].map((name) => ({ name, sopsFile: "s" }))
    const { code, said } = await world.run("install", world.manifest({ secrets }))
    expect([code, world.read("a")]).toEqual([65, "CANARY"])
    expect(said).toContain('secret "a/b": not installed')
    expect(said).toContain('its name needs a directory "a", where secret "a" is')
})

test("an entry that no manifest has harms only itself, and keeps its last good value", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const good = ["a", "b"].map((name) => ({ name, sopsFile: "s" }))
    await world.install({ secrets: good })
    const secrets = [
        { name: "a", sopsFile: "s", mode: 400 },
        { name: "b", sopsFile: "s" },
    ]
    const { code, said } = await world.run("install", world.manifest({ secrets }))
    expect([code, world.read("a"), world.read("b")]).toEqual([65, "CANARY", "CANARY"])
    expect(said).toContain('secret "a": not renewed, the last good value stays')
    expect(said).toContain("because: mode must be text")
    const status = await world.run("status", "--json", world.at("manifest.json"))
    expect(JSON.parse(status.out.join("\n")).installations).toMatchObject([
        { secrets: [{ state: "stale" }, { state: "installed" }] },
    ])
})

test("warnings are told, and are in the status", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const { said } = await world.install({ secrets: [{ name: "./a", sopsFile: "s", future: 1 }] })
    const warnings = [
        "fields that this agent does not know have no effect: secrets[].future",
        'secret "./a" is installed as "a": write its name without ".", ".." and empty parts',
    ]
    for (const warning of warnings) expect(said).toContain(`hostseal-agent: warning: ${warning}`)
    const { out } = await world.run("status", "--json", world.at("manifest.json"))
    expect(JSON.parse(out.join("\n")).installations).toMatchObject([{ run: { result: "ok", warnings } }])
})

test("two secrets with one path: the last one is there, and the next run changes nothing", async () => {
    const world = new World()
    const systemctl = fakeSystemctl(world)
    await world.seal("s", "CANARY")
    const secrets = ["a", "b"].map((name) => ({
        name,
        sopsFile: "s",
        path: world.at("etc/x"),
        restartUnits: ["x"],
    }))
    await world.install({ secrets })
    expect(readlinkSync(world.at("etc/x"))).toBe(`${world.symlink}/b`)
    const before = asked(systemctl)
    await world.install({ secrets })
    expect(asked(systemctl)).toEqual(before)
    expect((await world.run("status", world.at("manifest.json"))).code).toBe(0)
})

test("a link in the place of a secret, whose value templates still have", async () => {
    const world = new World()
    await world.seal("a", "CANARY-a")
    await world.seal("b", "CANARY-b")
    await world.install({
        secrets: [
            { name: "a", sopsFile: "a", path: `${world.symlink}/b` },
            { name: "b", sopsFile: "b" },
        ],
        templates: [{ name: "t", content: "@b@" }],
        placeholderBySecretName: { a: "@a@", b: "@b@" },
    })
    expect([world.read("a"), world.read("b"), world.read("rendered/t")]).toEqual([
        "CANARY-a",
        "CANARY-a",
        "CANARY-b",
    ])
})

test("units are names and never options", async () => {
    const world = new World()
    const systemctl = fakeSystemctl(world)
    await world.seal("s", "CANARY-1")
    const restartUnits = ["--now", "a b.service", "$(reboot)", "café.service", "x\n--force"]
    await world.install({ secrets: [{ name: "s", sopsFile: "s", restartUnits }] })
    await world.seal("s", "CANARY-2")
    await world.install({ secrets: [{ name: "s", sopsFile: "s", restartUnits }] })
    expect(asked(systemctl).slice(1)).toEqual([
        "--no-block try-restart -- --now.service a b.service $(reboot).service café.service",
    ])
})

test("what is put in the place of a key or of the secrets themselves", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const secrets = [
        { name: "a", sopsFile: "s", path: world.at("host_key") },
        { name: "b", sopsFile: "s", path: world.symlink },
        { name: "c", sopsFile: "s", path: world.at("s") },
    ]
    const { code, said } = await world.run("install", world.manifest({ secrets }))
    expect([code, world.read("a"), world.read("b"), world.read("c")]).toEqual([
        65,
        "CANARY",
        "CANARY",
        "CANARY",
    ])
    expect(said.match(/installed, but not where it is wanted/gu)).toHaveLength(3)
    expect(readFileSync(world.at("host_key"))).toEqual(Buffer.from(world.key.privateKey))
    expect((await world.run("install", world.at("manifest.json"))).code).toBe(65)
})

test("a generation of sops-nix's program is taken over without a restart", async () => {
    const world = new World()
    const systemctl = fakeSystemctl(world)
    await world.seal("s", "CANARY")
    const wanted = { secrets: [{ name: "s", sopsFile: "s", mode: "0666", restartUnits: ["x"] }] }
    await world.install(wanted)
    // As that program leaves it with the usual umask, and with nothing of ours beside it.
    chmodSync(`${world.symlink}/s`, 0o644)
    rmSync(`${world.mountPoint}/.hostseal`, { recursive: true })
    const before = asked(systemctl)
    const { out } = await world.install(wanted)
    expect([asked(systemctl), out.filter((line) => line.includes("modifying"))]).toEqual([before, []])
    expect(world.stat("run/secrets/s")).toContain("0666")
})

test("a source that somebody else can exchange is a warning", async () => {
    const world = new World()
    await world.seal("theirs/s", "CANARY")
    const wanted = { secrets: [{ name: "s", sopsFile: "theirs/s" }] }
    expect((await world.install(wanted)).said).not.toContain("exchanged")
    chmodSync(world.at("theirs"), 0o777)
    expect((await world.install(wanted)).said).toContain(
        `warning: ${world.at("theirs/s")} can be exchanged by everybody, who can write to ${world.at("theirs")}`,
    )
    if (stranger === 0) return
    chmodSync(world.at("theirs"), 0o755)
    chownSync(world.at("theirs"), stranger, stranger)
    expect((await world.install(wanted)).said).toContain(
        `warning: ${world.at("theirs/s")} can be exchanged by uid ${stranger}, who owns ${world.at("theirs")}`,
    )
})
