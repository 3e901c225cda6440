import {
    chownSync,
    lchownSync,
    lstatSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs"
import { execFileSync, spawn } from "node:child_process"
import { beforeEach, expect, test } from "vitest"
import { UserError } from "../../../agent/error.ts"
import { place } from "../../../agent/machine/generation/place.ts"
import { readManifest } from "../../../agent/machine/manifest/read.ts"
import { stranger, World } from "../world.ts"

let world: World
beforeEach(async () => {
    world = new World()
    await world.seal("s", "CANARY")
})

const at = (path: string, name = "s") => ({ name, sopsFile: "s", path })

test("replaces an empty directory, and no other", async () => {
    mkdirSync(world.at("etc/empty"), { recursive: true })
    mkdirSync(world.at("etc/full/x"), { recursive: true })
    const secrets = [at(world.at("etc/empty"), "a"), at(world.at("etc/full"), "b")]
    const { code, said } = await world.run("install", world.manifest({ secrets }))
    expect(code).toBe(65)
    expect(said).toContain('secret "b": installed, but not where it is wanted')
    expect(said).toContain(`cannot replace ${world.at("etc/full")}`)
    expect(readlinkSync(world.at("etc/empty"))).toBe(`${world.symlink}/a`)
    expect(readdirSync(world.at("etc/full"))).toEqual(["x"])
    expect(readdirSync(world.at("etc")).toSorted()).toEqual(["empty", "full"])
    expect([world.read("a"), world.read("b")]).toEqual(["CANARY", "CANARY"])
})

test("a path moves below or above the one before in one run", async () => {
    await world.install({ secrets: [at(world.at("etc/x"))] })
    await world.install({ secrets: [at(world.at("etc/x/y"))] })
    expect(readlinkSync(world.at("etc/x/y"))).toBe(`${world.symlink}/s`)
    await world.install({ secrets: [at(world.at("etc/x"))] })
    expect(readlinkSync(world.at("etc/x"))).toBe(`${world.symlink}/s`)
})

test("another path to the same place is not taken away as the one before", async () => {
    mkdirSync(world.at("etc"))
    symlinkSync("etc", world.at("alias"))
    await world.install({ secrets: [at(world.at("alias/s"))] })
    await world.install({ secrets: [at(world.at("etc/s"))] })
    expect(readFileSync(world.at("etc/s"), "utf8")).toBe("CANARY")
})

test("of two secrets that have one place by way of a link the last one is there", async () => {
    mkdirSync(world.at("etc"))
    symlinkSync("etc", world.at("alias"))
    const secrets = [at(world.at("etc/x"), "a"), at(world.at("alias/x"), "b")]
    const { said } = await world.install({ secrets })
    expect(said).toContain(
        `${world.at("etc/x")} and ${world.at("alias/x")} are one place, where only secret "b" is: give secret "a" another`,
    )
    expect(readlinkSync(world.at("etc/x"))).toBe(`${world.symlink}/b`)
    expect((await world.run("status", world.manifest({ secrets }))).code).toBe(0)
})

test("a path that leads to the secret itself does not replace it by a link to itself", async () => {
    symlinkSync("run", world.at("alias"))
    const secrets = [at(world.at("alias/secrets/s"))]
    const { code, said } = await world.run("install", world.manifest({ secrets }))
    expect(code).toBe(65)
    expect(said).toContain("which is the secret itself")
    expect(world.read("s")).toBe("CANARY")
})

test("what never was at a path is not missed there, nor taken away later", async () => {
    world.write("file", "theirs")
    const manifest = world.manifest({ secrets: [at(world.at("file/x"))] })
    expect((await world.run("install", manifest)).said).toContain("installed, but not where it is wanted")
    const { out } = await world.run("status", manifest)
    expect(out.join("\n")).toContain(`cannot enter ${world.at("file")}`)
    expect(out.join("\n")).not.toContain("changed since")
    expect((await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })).said).not.toContain("warning")
    expect(readFileSync(world.at("file"), "utf8")).toBe("theirs")
})

test("a link is gone with its directory, and asks for nothing any more", async () => {
    await world.install({ secrets: [at(world.at("etc/d/x"))] })
    rmSync(world.at("etc/d"), { recursive: true })
    world.write("etc/d", "theirs")
    const { out } = await world.run("status", world.at("manifest.json"))
    expect(out.join("\n")).toContain(`changed since: ${world.at("etc/d/x")} is not what was put there`)
    expect((await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })).said).not.toContain("warning")
    expect((await world.run("status", world.at("manifest.json"))).code).toBe(0)
})

test("what could not be put anew is still known from before", async () => {
    await world.install({ secrets: [at(world.at("etc/x"))] })
    rmSync(world.at("etc/x"))
    mkdirSync(world.at("etc/x/y"), { recursive: true })
    const { said } = await world.run("install", world.manifest({ secrets: [at(world.at("etc/x"))] }))
    expect(said).toContain("installed, but not where it is wanted")
    rmSync(world.at("etc/x"), { recursive: true })
    symlinkSync(`${world.symlink}/s`, world.at("etc/x"))
    await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })
    expect(readdirSync(world.at("etc"))).toEqual([])
})

test("says why a path cannot be had without a word of /proc", async () => {
    writeFileSync(world.at("file"), "")
    mkdirSync(world.at("full/x"), { recursive: true })
    const secrets = [at(world.at("file/s"), "a"), at(world.at("full"), "b")]
    const { said } = await world.run("install", world.manifest({ secrets }))
    expect(said).toContain(
        `cannot enter ${world.at("file")}\nhostseal-agent: because: a part of the path is not`,
    )
    expect(said).toContain("because: the directory is not empty")
    expect(said).not.toContain("/proc")
})

test("what a killed run left beside a link is gone after the next one", async () => {
    await world.install({ secrets: [at(world.at("etc/x"))] })
    const temporary = ".hostseal-2d711642b726b044"
    symlinkSync("left", world.at(`etc/${temporary}`))
    await world.install({ secrets: [{ ...at(world.at("etc/x")), uid: stranger, name: "renamed" }] })
    expect(readdirSync(world.at("etc"))).toEqual(["x"])
})

test("directories belong to whom the manifest says", async () => {
    const extras = { parentOwner: String(stranger), parentGroup: "root", parentMode: "0700" }
    const hostseal = { version: 1, secrets: { s: extras } }
    await world.install({ secrets: [at(world.at("var/lib/app/s"))], hostseal })
    expect(world.stat("var/lib/app")).toBe(`${stranger}:0 0700`)
    const unknown = { version: 1, secrets: { s: { parentOwner: "grmpf" } } }
    const { code, said } = await world.run(
        "install",
        world.manifest({ secrets: [at(world.at("new/s"))], hostseal: unknown }),
    )
    expect(code).toBe(65)
    expect(said).toContain("its parentOwner or parentGroup is unknown")
})

if (stranger !== 0) {
    test("a user cannot make root replace something elsewhere", async () => {
        mkdirSync(world.at("home"))
        chownSync(world.at("home"), stranger, stranger)
        mkdirSync(world.at("etc"))
        symlinkSync(world.at("etc"), world.at("home/.config"))
        lchownSync(world.at("home/.config"), stranger, stranger)
        world.write("etc/passwd", "theirs")
        const passwd = world.manifest({ secrets: [at(world.at("home/.config/passwd"))] })
        const refused = await world.run("install", passwd)
        expect(refused.code).toBe(65)
        expect(refused.said).toContain("refusing to replace what is at")
        expect(readFileSync(world.at("etc/passwd"), "utf8")).toBe("theirs")
        // A place that is free is taken, as sops-nix takes it.
        const wanted = { secrets: [at(world.at("home/.config/new"))] }
        const { said } = await world.install(wanted)
        expect(said).toContain(`leads through ${world.at("home/.config")}, a link of uid ${stranger}`)
        expect(said).toContain(`write ${world.at("etc/new")}`)
        expect(readlinkSync(world.at("etc/new"))).toBe(`${world.symlink}/s`)
        await world.install(wanted)
        await world.install({ secrets: [] })
        expect(readdirSync(world.at("etc"))).toEqual(["passwd"])
    })
}

test("a copy that somebody changed is not taken away", async () => {
    await world.install({})
    const copies = `${world.mountPoint}-copies`
    await world.run(
        "install",
        world.manifest({ secretsMountPoint: copies, symlinkPath: world.at("run/other") }),
    )
    const path = `${copies}/copy`
    await world.install({ secrets: [at(path)], hostseal: { version: 1, secrets: { s: { symlink: false } } } })
    writeFileSync(path, "changed")
    await world.install({})
    expect(readFileSync(path, "utf8")).toBe("changed")
})

/** Puts another name of a file in the place of the prepared link whenever it sees that. */
const swapper = `
const fs = require("node:fs"), path = require("node:path")
const [, directory, victim] = process.argv
let stop = false
process.stdin.on("data", () => { stop = true })
const spare = path.join(directory, "spare")
const prepared = path.join(directory, ".hostseal-2d711642b726b044")
fs.linkSync(victim, spare)
process.stdout.write("ready")
function turn() {
    for (let i = 0; i < 2000; i++) {
        try { fs.lstatSync(prepared); fs.renameSync(spare, prepared); fs.linkSync(victim, spare) } catch {}
    }
    if (stop) process.exit()
    setImmediate(turn)
}
turn()`

if (stranger !== 0) {
    test("whoever owns the directory cannot make another file theirs", async () => {
        const victim = world.write("victim", "CANARY", 0o600)
        mkdirSync(world.at("home"))
        const child = spawn(process.execPath, ["-e", swapper, world.at("home"), victim], {
            stdio: ["pipe", "pipe", "inherit"],
        })
        const ended = new Promise((resolve) => {
            child.once("close", resolve)
        })
        await new Promise((resolve) => {
            child.stdout.once("data", resolve)
        })
        const manifest = readManifest(world.manifest({ secrets: [at(world.at("home/x"))] }), () => "")
        const entry = manifest.secrets[0] ?? expect.fail("no secret")
        const attributes = { uid: stranger, gid: stranger, mode: 0o400 }
        const rest = { entry, content: Buffer.alloc(0), mac: "", attributes, parents: () => attributes }
        for (let round = 0; round < 3000; round++) {
            try {
                place({ ...rest, target: `/t${round}` }, new Map(), {
                    replaced: () => undefined,
                    warn: () => undefined,
                })
            } catch (error) {
                expect(error).toBeInstanceOf(UserError)
            }
        }
        child.stdin.end("stop")
        await ended
        expect(world.stat("victim")).toBe("0:0 0600")
    })
}

test("what is in its place already is left as it is, link or copy", async () => {
    await world.install({})
    const copies = `${world.mountPoint}-copies`
    await world.run(
        "install",
        world.manifest({ secretsMountPoint: copies, symlinkPath: world.at("run/other") }),
    )
    const paths = [world.at("etc/link"), `${copies}/copy`]
    const wanted = {
        secrets: paths.map((path, index) => at(path, `s${index}`)),
        hostseal: { version: 1, secrets: { s1: { symlink: false } } },
    }
    const inodes = (): number[] => paths.map((path) => lstatSync(path).ino)
    await world.install(wanted)
    const before = inodes()
    await world.install(wanted)
    expect(inodes()).toEqual(before)
    expect(lstatSync(paths[1] ?? "").isFile()).toBe(true)
})

test("what cannot be removed is said, and remembered until it can be", async () => {
    await world.install({ secrets: [at(world.at("etc/x"))] })
    execFileSync("mount", ["--bind", world.at("etc"), world.at("etc")])
    execFileSync("mount", ["-o", "remount,bind,ro", world.at("etc")])
    const { said } = await world.run("install", world.manifest({ secrets: [] }))
    expect(said).toContain(`cannot remove ${world.at("etc/x")}: `)
    expect(readdirSync(world.at("etc"))).toEqual(["x"])
    execFileSync("umount", [world.at("etc")])
    await world.install({ secrets: [] })
    expect(readdirSync(world.at("etc"))).toEqual([])
})

test("what was refused is not remembered as ours, also when nothing else was there", async () => {
    mkdirSync(world.at("etc/full/x"), { recursive: true })
    const manifest = world.manifest({ secrets: [at(world.at("etc/full"))] })
    expect((await world.run("install", manifest)).said).toContain("installed, but not where it is wanted")
    rmSync(world.at("etc/full"), { recursive: true })
    symlinkSync(`${world.symlink}/s`, world.at("etc/full"))
    await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })
    expect(readlinkSync(world.at("etc/full"))).toBe(`${world.symlink}/s`)
})

test("what was taken away is not remembered, also when nothing was refused", async () => {
    await world.install({ secrets: [at(world.at("etc/x"))] })
    await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })
    mkdirSync(world.at("etc"), { recursive: true })
    symlinkSync(`${world.symlink}/s`, world.at("etc/x"))
    await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })
    expect(readlinkSync(world.at("etc/x"))).toBe(`${world.symlink}/s`)
})
