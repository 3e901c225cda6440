// A command that is killed, at every single call that changes a file: the next command finds it, and finishes it or
// clears it away. And a disk that is full, or dead, from any call on.

import { lstatSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parseAccepted } from "../../agent/repo/consent/accepted-file.ts"
import { bundledCli } from "../bundled.ts"
import { filesBelow, Scene } from "./scene.ts"
import type { Ended } from "./scene.ts"

const program = await bundledCli()
const preload = new URL("kill-at.ts", import.meta.url).href

interface Mutation {
    readonly words: readonly string[]
    readonly stdin?: string
    /** What is tried with it besides SIGKILL: a call that fails, a full disk, a dead one. */
    readonly failure: "fail" | "full" | "broken"
}

/** One of each kind: files replaced and links removed; everything new; a folder moved; values of generators. */
const mutations: readonly Mutation[] = [
    { words: ["users", "remove", "bob"], failure: "fail" },
    {
        words: ["set", "--machine", "web01", "--user", "bob", "vpn"],
        stdin: "CANARY of vpn",
        failure: "full",
    },
    { words: ["rename", "wifi", "radio"], failure: "broken" },
    {
        words: [
            "rotate",
            "--all",
            "--yes",
            "--quiet",
            "--manifest",
            "../manifest.json",
            "--answers",
            "../new.json",
        ],
        failure: "full",
    },
]

/** Values that somebody enters, so that they are the same in each run; the one before stays beside each. */
const generator = {
    share: true,
    rotate: { overlap: true },
    readers: { users: ["bob"] },
    files: {
        token: { make: { prompt: { description: "token" } } },
        env: { make: { template: ["TOKEN=", { file: "token" }] } },
        name: { secret: false, make: { template: ["public"] } },
    },
}

let origin: Scene

beforeAll(async () => {
    origin = new Scene()
    for (const words of [
        ["users", "add", "alice", origin.key("alice").recipient],
        ["users", "add", "bob", origin.key("bob").recipient],
        ["machines", "add", "web01", origin.key("web01").recipient],
        ["groups", "add-user", "admins", "bob"],
        ["groups", "add-machine", "admins", "web01"],
    ]) {
        expect(await origin.inside(words)).toMatchObject({ code: 0 })
    }
    const wifi = ["set", "--group", "admins", "--user", "bob", "wifi"]
    expect(await origin.inside(wifi, { stdin: "CANARY of wifi" })).toMatchObject({ code: 0 })
    const manifest = { version: 1, machines: { web01: { app: generator } } }
    const answers = (token: string): string => JSON.stringify({ "shared/app/token": token })
    for (const [name, text] of Object.entries({
        "manifest.json": JSON.stringify(manifest),
        "old.json": answers("CANARY, the old one"),
        "new.json": answers("CANARY, the new one"),
    }))
        writeFileSync(join(origin.directory, name), text)
    const generate = ["generate", "--manifest", "../manifest.json", "--answers", "../old.json"]
    expect(await origin.inside(generate)).toMatchObject({ code: 0 })
    const mail = ["set", "--user", "bob", "mail"]
    expect(await origin.inside(mail, { stdin: "CANARY of mail" })).toMatchObject({ code: 0 })
})
afterAll(() => {
    origin[Symbol.dispose]()
})

describe.concurrent.each(mutations)("$words.0 $words.1", ({ words, stdin = "", failure }) => {
    let before: Record<string, string> = {}
    let after: Record<string, string> = {}
    let calls = 0
    let programs = 0

    /** Runs it with what kill-at.ts is to do. */
    async function runs(scene: Scene, how: string): Promise<Ended> {
        const env = { HOSTSEAL_TEST: how, HOSTSEAL_TEST_CALLS: join(scene.directory, "calls") }
        return scene.outside(program, words, { stdin, env, node: ["--import", preload] })
    }

    /** Another command works; then the first has been done whole or not at all. Says which of the two. */
    async function isDone(scene: Scene): Promise<boolean> {
        const next = await scene.inside(["users", "add", "zoe", scene.key("zoe").recipient])
        expect(next, next.err).toMatchObject({ code: 0 })
        scene.mustBeClean()
        expect(await scene.inside(["verify"])).toMatchObject({ code: 0 })
        // What this clone remembers is what lies there: whoever finishes a change learns from it too.
        const list = parseAccepted(readFileSync(join(scene.tree, ".git/hostseal/accepted.json"), "utf8"))
        const blobs = [...(await scene.secrets()).keys()].map((path) => [
            path,
            scene.git("hash-object", join(path, "secret")).trim(),
        ])
        const listed = [...(list?.secrets ?? [])].map(([path, { blob }]) => [path, blob])
        expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(blobs))
        const { "sops/users/zoe/key.json": zoe, ...picture } = await scene.picture()
        expect(zoe).toContain(scene.key("zoe").recipient)
        const done = isDeepStrictEqual(picture, after)
        expect(picture).toEqual(done ? after : before)
        expect(scene.commits() - origin.commits()).toBe(done ? 2 : 1)
        return done
    }

    beforeAll(async () => {
        before = await origin.picture()
        using scene = new Scene(origin)
        const ended = await runs(scene, "none:0")
        expect(ended, ended.err).toMatchObject({ code: 0 })
        after = await scene.picture()
        expect(after).not.toEqual(before)
        ;[calls = 0, programs = 0] = readFileSync(join(scene.directory, "calls"), "utf8")
            .split(" ")
            .map(Number)
        expect(calls).toBeGreaterThan(10)
        expect(programs).toBeGreaterThan(3)
    })

    test("killed at any call that changes a file", { timeout: 300_000 }, async () => {
        const done: boolean[] = []
        for (let nth = 1; nth <= calls; nth++) {
            using scene = new Scene(origin)
            expect(await runs(scene, `kill:${nth}`), `call ${nth}`).toMatchObject({ code: null })
            mustHoldNoValue(scene)
            done.push(await isDone(scene))
        }
        // From one moment on the change counts as made.
        expect(done).toContain(true)
        expect(done).toContain(false)
        expect(done.lastIndexOf(false)).toBeLessThan(done.indexOf(true))
    })

    test("killed while another program works for it", { timeout: 300_000 }, async () => {
        for (let nth = 1; nth <= programs; nth++) {
            using scene = new Scene(origin)
            expect(await runs(scene, `orphan:${nth}`)).toMatchObject({ code: null })
            await isDone(scene)
        }
    })

    test(`${failure} at any call`, { timeout: 300_000 }, async () => {
        // Every other call: what happens after the odd ones is what happens after the even ones.
        for (let nth = 1; nth <= calls; nth += 2) {
            using scene = new Scene(origin)
            const ended = await runs(scene, `${failure}:${nth}`)
            expect([0, 1], `call ${nth}: ${ended.err}`).toContain(ended.code)
            expect(ended.err, `call ${nth}`).not.toMatch(/\b(?:EIO|ENOSPC)\b/u)
            if (ended.code === 1) expect(ended.err, `call ${nth}`).toMatch(/^error: [^/].*\n(?:.*\n)*hint: /u)
            if (failure !== "broken" && ended.code === 1) {
                // A command that says that it failed has changed nothing.
                expect(await scene.picture(), `call ${nth}: ${ended.err}`).toEqual(before)
                scene.mustBeClean()
            }
            const done = await isDone(scene)
            if (ended.code === 0) expect(done, `call ${nth}: ${ended.err}`).toBe(true)
        }
    })
})

describe("when git refuses the commit", () => {
    const words = ["users", "remove-secret", "bob", "mail"]
    let refusing: Scene
    let calls = 0

    /** As when a person does not unlock their signing key. */
    beforeAll(async () => {
        refusing = new Scene(origin)
        refusing.git("config", "commit.gpgsign", "true")
        refusing.git("config", "gpg.program", "false")
        using scene = new Scene(refusing)
        const env = { HOSTSEAL_TEST: "none:0", HOSTSEAL_TEST_CALLS: join(scene.directory, "calls") }
        const ended = await scene.outside(program, words, { env, node: ["--import", preload] })
        expect(ended).toMatchObject({ code: 1 })
        expect(ended.err).toMatch("nothing was changed: git could not commit it")
        expect(await scene.picture()).toEqual(await origin.picture())
        scene.mustBeClean()
        calls = Number.parseInt(readFileSync(join(scene.directory, "calls"), "utf8"), 10)
    })
    afterAll(() => refusing[Symbol.dispose]())

    test.concurrent.each(["refuses still", "commits again"])(
        "a kill at any call leaves all or nothing to a next command for which git %s",
        { timeout: 300_000 },
        async (then) => {
            const before = await origin.picture()
            const commits: number[] = []
            for (let nth = 1; nth <= calls; nth += then === "commits again" ? 1 : 3) {
                using scene = new Scene(refusing)
                const env = { HOSTSEAL_TEST: `kill:${nth}` }
                expect(
                    await scene.outside(program, words, { env, node: ["--import", preload] }),
                ).toMatchObject({ code: null })
                if (then === "commits again") scene.git("config", "--unset", "commit.gpgsign")
                const next = await scene.inside(["users", "add", "zoe", scene.key("zoe").recipient])
                expect(next, `call ${nth}: ${next.err}`).toMatchObject({
                    code: then === "commits again" ? 0 : 1,
                })
                scene.mustBeClean()
                expect(await scene.inside(["verify"])).toMatchObject({ code: 0 })
                commits.push(scene.commits() - origin.commits())
                if (then === "refuses still") expect(await scene.picture(), `call ${nth}`).toEqual(before)
            }
            // Before there is a journal nothing is made; from then on it is finished; and then it is taken back.
            if (then === "refuses still") expect(new Set(commits)).toEqual(new Set([0]))
            else expect(commits.join("")).toMatch(/^1+2+1+$/u)
        },
    )
})

/** No value lies in a file, as far as it is one that a link does not lead to. */
function mustHoldNoValue(scene: Scene): void {
    for (const folder of ["tree", "tmp"]) {
        for (const path of filesBelow(scene.directory, folder)) {
            const at = join(scene.directory, path)
            if (lstatSync(at).isFile()) expect(readFileSync(at, "utf8"), path).not.toContain("CANARY")
        }
    }
}
