// Real file systems that are full, or cannot be written to; and commands that are given at the same time.

import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { bundledCli } from "../bundled.ts"
import { Scene } from "./scene.ts"

const directory = mkdtempSync(join(tmpdir(), "hostseal-disk-"))
const program = await bundledCli()
const mountPoint = mkdtempSync(join(tmpdir(), "hostseal-disk-"))
let origin: Scene

beforeAll(async () => {
    origin = new Scene()
    for (const words of [
        ["users", "add", "alice", origin.key("alice").recipient],
        ["users", "add", "bob", origin.key("bob").recipient],
    ]) {
        expect(await origin.inside(words)).toMatchObject({ code: 0 })
    }
    for (const secret of ["wifi", "mail", "vpn"]) {
        const made = await origin.inside(["set", "--user", "bob", secret], {
            stdin: `CANARY ${"x".repeat(9000)}`,
        })
        expect(made).toMatchObject({ code: 0 })
    }
})
afterAll(() => {
    origin[Symbol.dispose]()
    rmSync(directory, { recursive: true, force: true })
    rmSync(mountPoint, { recursive: true, force: true })
})

/** A copy of the repository on a small memory file system of its own. */
function mounted(): Scene {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "none", mountPoint])
    return new Scene(origin, join(mountPoint, "scene"))
}

function unmount(): void {
    execFileSync("umount", [mountPoint])
}

test(
    "on a full disk a command is done whole or not at all, and the next one works when there is room",
    { timeout: 120_000 },
    async () => {
        const before = await origin.picture()
        const ends = new Set<string>()
        for (let pages = 0; pages <= 40; pages += 2) {
            const scene = mounted()
            try {
                const filler = join(mountPoint, "filler")
                const { bfree: free } = statfsSync(mountPoint)
                writeFileSync(filler, Buffer.alloc(Math.max(0, free - pages) * 4096))
                const ended = await scene.outside(program, ["users", "remove", "bob"])
                expect([0, 1], ended.err).toContain(ended.code)
                const picture = await scene.picture()
                if (ended.code === 1) {
                    const tree = without(picture, "sops/.hostseal/")
                    expect(tree, `${pages} pages: ${ended.err}`).toEqual(before)
                    expect(ended.err).toMatch(
                        /^error: (nothing was changed|.*no space left on device|the repository cannot)/u,
                    )
                }
                rmSync(filler)
                const next = await scene.outside(program, ["set", "new"], { stdin: "CANARY" })
                expect(next, `${pages} pages: ${ended.err}${next.err}`).toMatchObject({ code: 0 })
                scene.mustBeClean()
                expect(await scene.inside(["verify"])).toMatchObject({ code: 0 })
                const isBefore = isDeepStrictEqual(
                    without(await scene.picture(), "sops/secrets/new/"),
                    before,
                )
                expect(isBefore, `${pages} pages`).toBe(ended.code === 1)
                ends.add(`${ended.code}`)
            } finally {
                unmount()
            }
        }
        expect(ends).toEqual(new Set(["0", "1"]))
    },
)

test("on a disk that cannot be written to all can be read, and nothing is tried", async () => {
    const scene = mounted()
    try {
        // Named with its source, or in a user namespace mount would hand back options that the kernel refuses there.
        execFileSync("mount", ["-o", "remount,ro", "none", mountPoint])
        const env = { TMPDIR: directory }
        const run = async (...words: string[]) => scene.outside(program, words, { env, stdin: "CANARY" })
        expect(await run("list")).toMatchObject({ code: 0, out: "mail\nvpn\nwifi\n" })
        expect((await run("get", "wifi")).out).toMatch(/^CANARY/u)
        expect(await run("verify", "--decrypt")).toMatchObject({ code: 0 })
        expect(await run("audit", "secret", "wifi")).toMatchObject({ code: 0 })
        expect(await run("users", "remove", "bob", "--dry-run")).toMatchObject({ code: 0 })
        for (const words of changes(generateIdentity().recipient)) {
            const ended = await run(...words)
            expect(ended, words.join(" ")).toMatchObject({ code: 1 })
            expect(ended.err, words.join(" ")).toMatch(
                /^error: (?:nothing was changed: .*|cannot write to .*)\nbecause: read-only file system\nhint: mount it .*\n$/u,
            )
        }
        expect(await scene.picture()).toEqual(await origin.picture())
    } finally {
        unmount()
    }
})

test("where only a part cannot be written to, nothing is changed, and that part is named", async () => {
    const before = await origin.picture()
    for (const part of ["sops", "sops/secrets/wifi", ".git/hostseal", ".git"]) {
        using scene = new Scene(origin)
        const at = join(scene.tree, part)
        execFileSync("mount", ["--bind", at, at])
        try {
            execFileSync("mount", ["-o", "remount,bind,ro", at])
            for (const words of [
                ["set", "wifi"],
                ["users", "remove", "bob"],
                ["remove", "wifi"],
            ]) {
                const ended = await scene.outside(program, words, { stdin: "CANARY" })
                expect(ended.code, ended.err).toBe(1)
                expect(ended.err, part).toMatch(/^error: nothing was changed.*\n(?:.*\n)*hint: .*\n$/u)
                expect(ended.err, part).not.toMatch(/\bE[A-Z]{3,}\b/u)
                expect(ended.err.match(/^error: /gmu), ended.err).toHaveLength(1)
            }
            expect(await scene.picture(), part).toEqual(before)
        } finally {
            execFileSync("umount", [at])
        }
        scene.mustBeClean()
        const next = await scene.outside(program, ["set", "wifi"], { stdin: "CANARY" })
        expect(next.code, next.err).toBe(0)
        scene.mustBeClean()
    }
})

/** A command line of each kind that changes something. */
function changes(stranger: string): readonly (readonly string[])[] {
    return [
        ["set", "wifi"],
        ["set", "new"],
        ["set", "wifi", "--user", "alice"],
        ["rename", "wifi", "radio"],
        ["remove", "wifi"],
        ["users", "add", "dave", stranger],
        ["users", "add-key", "bob", stranger],
        ["users", "remove", "bob"],
        ["users", "remove-secret", "bob", "wifi"],
        ["groups", "add-user", "admins", "bob"],
        ["machines", "add", "web01", stranger],
        ["grant", "wifi", "--user", "alice"],
        ["revoke", "wifi", "--user", "bob"],
        ["key", "update"],
        ["bind", "--all"],
        ["bind", "--all", "--strict", "on"],
        ["git-setup"],
    ]
}

test(
    "eight writers at once all succeed, one after the other, and a reader never sees half a file",
    { timeout: 120_000 },
    async () => {
        using scene = new Scene(origin)
        const names = Array.from({ length: 8 }, (_none, index) => `m${index}`)
        for (const name of names) {
            const added = await scene.inside(["machines", "add", name, scene.key(name).recipient])
            expect(added).toMatchObject({ code: 0 })
        }
        const commits = scene.commits()
        const work = { isDone: false }
        const reader = (async () => {
            let reads = 0
            for (; !work.isDone || reads < 2; reads++) {
                const read = await scene.outside(program, ["get", "wifi"])
                expect(read.code, read.err).toBe(0)
                expect(read.out).toMatch(/^CANARY/u)
            }
        })()
        const ended = await Promise.all(
            names.map(async (name) => scene.outside(program, ["machines", "add-secret", name, "wifi"])),
        )
        work.isDone = true
        await reader
        for (const { code, err } of ended) expect(code, err).toBe(0)
        expect(scene.commits() - commits).toBe(8)
        scene.mustBeClean()
        expect(await scene.inside(["verify"])).toMatchObject({ code: 0 })
        for (const name of names) expect(await scene.opens(name, "sops/secrets/wifi")).toBe(true)
    },
)

function without(picture: Record<string, string>, folder: string): Record<string, string> {
    return Object.fromEntries(Object.entries(picture).filter(([path]) => !path.startsWith(folder)))
}
