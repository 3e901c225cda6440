import {
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs"
import { expect, test } from "vitest"
import { mountsIn } from "./machine.ts"
import { stranger, World } from "./world.ts"

test("installs secrets of every format with their owner, mode and path", async () => {
    const world = new World()
    await world.seal("one.yaml", "a:\n    b: CANARY-1\n    list: [x, CANARY-2]\nport: 5432\n", "yaml")
    await world.seal("two.json", '{"n": {"zz": "CANARY-3"}}', "json")
    await world.seal("three", "CANARY-4\n")
    await world.install({
        secrets: [
            { name: "nested", key: "a/b", format: "yaml", sopsFile: "one.yaml", uid: stranger, mode: "0440" },
            { name: "element", key: "a/list/1", format: "yaml", sopsFile: "one.yaml" },
            { name: "number", key: "port", format: "yaml", sopsFile: "one.yaml" },
            { name: "json", key: "n/zz", format: "json", sopsFile: "two.json" },
            { name: "dir/binary", sopsFile: "three", gid: stranger, mode: "0644" },
        ],
    })
    expect(["nested", "element", "number", "json", "dir/binary"].map((name) => world.read(name))).toEqual([
        "CANARY-1",
        "CANARY-2",
        "5432",
        "CANARY-3",
        "CANARY-4\n",
    ])
    expect(world.stat("run/secrets.d/1/nested")).toBe(`${stranger}:0 0440`)
    expect(world.stat("run/secrets.d/1/dir/binary")).toBe(`0:${stranger} 0644`)
    expect(world.stat("run/secrets.d/1/json")).toBe("0:0 0400")
    const directories = ["run/secrets.d", "run/secrets.d/1", "run/secrets.d/1/dir"].map((path) =>
        world.stat(path),
    )
    for (const directory of directories) expect(directory).toMatch(/^0:\d+ 0751$/u)
    expect(readlinkSync(world.symlink)).toBe(`${world.mountPoint}/1`)
})

test("says which key it uses, and no change on a first install", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const { out, err } = await world.install({
        secrets: [{ name: "s", sopsFile: "s", restartUnits: ["a.service"] }],
    })
    expect(out).toEqual([])
    expect(err).toEqual([
        `hostseal-agent: Imported ${world.at("host_key")} as age key with fingerprint ${world.key.recipient}`,
    ])
})

test("counts generations from 1, also when nothing changed, and keeps as many as it should", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const secrets = [{ name: "s", sopsFile: "s" }]
    for (let run = 1; run <= 3; run++) await world.install({ secrets })
    expect([world.generation, world.generations]).toEqual([3, [3]])
    for (let run = 1; run <= 3; run++) await world.install({ secrets, keepGenerations: 2 })
    expect(world.generations).toEqual([5, 6])
    for (let run = 1; run <= 3; run++) await world.install({ secrets, keepGenerations: 0 })
    expect(world.generations).toEqual([5, 6, 7, 8, 9])
    expect(mountsIn(world.directory)).toEqual([world.mountPoint])
})

test("prunes as sops-nix does: 10 of 100 generations, and never what is not a number", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const secrets = [{ name: "s", sopsFile: "s" }]
    await world.install({ secrets })
    for (let number = 1; number <= 100; number++)
        mkdirSync(`${world.mountPoint}/${number}`, { recursive: true })
    mkdirSync(`${world.mountPoint}/non-numeric`)
    rmSync(world.symlink)
    symlinkSync(`${world.mountPoint}/100`, world.symlink)
    await world.install({ secrets, keepGenerations: 0 })
    expect(world.generations).toHaveLength(101)
    await world.install({ secrets, keepGenerations: 11 })
    expect(world.generations).toEqual(Array.from({ length: 11 }, (_, index) => 92 + index))
    expect(existsSync(`${world.mountPoint}/non-numeric`)).toBe(true)
})

test("puts links at other paths, with the owner of the secret, and replaces a file there", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    world.write("etc/there", "old")
    const secrets = [
        { name: "a", sopsFile: "s", path: world.at("etc/there"), uid: stranger, gid: stranger },
        { name: "b", sopsFile: "s", path: world.at("etc/new/deep/b") },
    ]
    const { err } = await world.run("install", world.manifest({ secrets }))
    expect(readlinkSync(world.at("etc/there"))).toBe(`${world.symlink}/a`)
    expect(world.stat("etc/there")).toMatch(new RegExp(`^${stranger}:${stranger} `, "u"))
    expect(readFileSync(world.at("etc/new/deep/b"), "utf8")).toBe("CANARY")
    expect(world.stat("etc/new")).toBe("0:0 0755")
    expect(err).toContain(
        `hostseal-agent: replaced the file ${world.at("etc/there")} by a link to the secret "a"`,
    )
    const again = await world.run("install", world.manifest({ secrets }))
    expect(again.err.join()).not.toContain("replaced")
})

test("takes links away that are no longer wanted, and only its own", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const link = (name: string) => ({ name, sopsFile: "s", path: world.at(`etc/${name}`) })
    await world.install({ secrets: ["a", "b", "c"].map(link) })
    rmSync(world.at("etc/c"))
    writeFileSync(world.at("etc/c"), "somebody else's")
    await world.install({ secrets: [link("b")] })
    expect(readdirSync(world.at("etc"))).toEqual(["b", "c"])
    // One that moves leaves its old place.
    await world.install({ secrets: [{ ...link("b"), path: world.at("etc/moved") }] })
    expect(readdirSync(world.at("etc"))).toEqual(["c", "moved"])
    // The last secret goes, and so does everything.
    await world.install({ secrets: [] })
    expect(readdirSync(world.at("etc"))).toEqual(["c"])
    expect(readdirSync(world.symlink)).toEqual([])
})

test("a path below the symlink is a link within the generation", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    await world.install({ secrets: [{ name: "b", sopsFile: "s", path: `${world.symlink}/alias` }] })
    expect(world.read("alias")).toBe("CANARY")
    expect(readlinkSync(`${world.symlink}/alias`)).toBe(`${world.symlink}/b`)
})

test("writes a copy where a link will not do, and takes it away again", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    await world.seal("t", "CANARY-2")
    await world.install({})
    const path = `${world.mountPoint}-copies`
    const manifest = (sopsFile: string, copy: string) =>
        world.manifest({
            secrets: [{ name: "s", sopsFile, path: copy, uid: stranger, mode: "0600" }],
            hostseal: { version: 1, secrets: { s: { symlink: false } } },
        })
    // A second memory file system, mounted by installing to it.
    await world.run(
        "install",
        world.manifest({ secretsMountPoint: path, symlinkPath: world.at("run/other") }),
    )
    const copy = `${path}/copy`
    expect((await world.run("install", manifest("s", copy))).code).toBe(0)
    expect(readFileSync(copy, "utf8")).toBe("CANARY")
    expect(world.stat("run/secrets.d-copies/copy")).toBe(`${stranger}:0 0600`)
    await world.run("install", manifest("t", copy))
    expect(readFileSync(copy, "utf8")).toBe("CANARY-2")
    await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })
    expect(existsSync(copy)).toBe(false)
})

test("never writes a copy to a disk", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const path = world.at("disk/copy")
    const { code, said } = await world.run(
        "install",
        world.manifest({
            secrets: [{ name: "s", sopsFile: "s", path }],
            hostseal: { version: 1, secrets: { s: { symlink: false } } },
        }),
    )
    expect(said).toContain(`refusing to write a copy to ${path}: it is not on a memory file system`)
    expect(code).toBe(65)
    expect(existsSync(path)).toBe(false)
    expect(world.read("s")).toBe("CANARY")
})

test("in user mode: no mount, nobody's owner, %r, and changes are told", async () => {
    const world = new World()
    await world.seal("s", "CANARY-1")
    const runtime = `${world.mountPoint}/user`
    await world.install({})
    mkdirSync(runtime)
    world.env["XDG_RUNTIME_DIR"] = runtime
    const wanted = {
        userMode: true,
        secretsMountPoint: "%r/secrets.d",
        symlinkPath: world.at("home/secrets"),
        secrets: [{ name: "s", sopsFile: "s", path: "%r/link", owner: "nobody-knows" }],
    }
    const first = await world.run("install", "--ignore-passwd", world.manifest(wanted))
    expect([first.code, first.out]).toEqual([0, []])
    expect(readFileSync(`${runtime}/link`, "utf8")).toBe("CANARY-1")
    expect(mountsIn(world.directory)).toEqual([world.mountPoint])
    await world.seal("s", "CANARY-2")
    const second = await world.run("install", world.manifest(wanted))
    expect(second.out).toEqual(["modifying secret: s"])
})

test("in user mode nothing is written to a disk", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    world.env["XDG_RUNTIME_DIR"] = world.at("runtime")
    const manifest = world.manifest({
        userMode: true,
        secretsMountPoint: "%r/secrets.d",
        secrets: [{ name: "s", sopsFile: "s" }],
    })
    const { code, said } = await world.run("install", manifest)
    expect(said).toContain("is not on a memory file system")
    expect(code).toBe(65)
    expect(existsSync(world.symlink)).toBe(false)
})

test("a second manifest for users has its own place, and names are not looked up", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const manifest = world.manifest({
        secretsMountPoint: world.at("run/secrets-for-users.d"),
        symlinkPath: world.at("run/secrets-for-users"),
        secrets: [
            { name: "pw", sopsFile: "s", owner: "does-not-exist-yet", neededForUsers: true, path: null },
        ],
    })
    const { code } = await world.run("install", "--ignore-passwd", manifest)
    expect(code).toBe(0)
    expect(readFileSync(world.at("run/secrets-for-users/pw"), "utf8")).toBe("CANARY")
    expect(world.stat("run/secrets-for-users.d/1/pw")).toBe("0:0 0400")
    expect(world.stat("run/secrets-for-users.d")).toBe("0:0 0751")
})
