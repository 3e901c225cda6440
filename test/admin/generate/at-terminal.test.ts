// Prompts of generators, with a person at a terminal.

import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Scene } from "../scene.ts"
import { atTerminal } from "../terminal.ts"
import type { Step } from "../terminal.ts"
import { mainProgram } from "../world.ts"

let origin: Scene

const generator = {
    prompts: {
        user: { type: "line", description: "the user" },
        password: { type: "hidden", description: "the password" },
    },
    files: {
        login: { make: { template: [{ prompt: "user" }, ":", { prompt: "password" }] } },
        secret: { make: { prompt: "password" } },
        hash: { make: { hash: { of: "secret" } } },
    },
}

beforeAll(async () => {
    origin = new Scene()
    for (const name of ["web01", "web02"])
        expect(await origin.inside(["machines", "add", name, origin.key(name).recipient])).toMatchObject({
            code: 0,
        })
    expect(await origin.inside(["users", "add", "alice", origin.key("alice").recipient])).toMatchObject({
        code: 0,
    })
    const disk = { rotate: { confirm: true }, files: { key: { make: { random: {} } } } }
    const machines = { web01: { app: generator, disk }, web02: { app: generator } }
    writeFileSync(join(origin.directory, "manifest.json"), JSON.stringify({ version: 1, machines }))
})
afterAll(() => origin[Symbol.dispose]())

async function at(scene: Scene, words: readonly string[], steps: readonly Step[]) {
    const session = await atTerminal(
        [process.execPath, mainProgram, ...words, "--manifest", "../manifest.json"],
        steps,
        { cwd: scene.tree, env: scene.env() },
    )
    expect(session.restored).toBe(true)
    return session
}

const web01: readonly Step[] = [
    { expect: "app of web01: the user: " },
    { type: "alicee\x1b[D\x1b[3~ \x7f\r" },
    { expect: "app of web01: the password: " },
    { type: "wrong\x15CANARY\t1\r" },
    { expect: "The same again: " },
    { type: "CANARY\t1\r" },
]
const web02: readonly Step[] = [
    { expect: "app of web02: the user: " },
    { type: "bob\r" },
    { expect: "app of web02: the password: " },
    { type: "CANARY 2\r" },
    { expect: "The same again: " },
    { type: "CANARY 2\r" },
]
const value = async (scene: Scene, machine: string): Promise<string | undefined> =>
    (await scene.secrets()).get(`vars/per-machine/${machine}/app/login`)?.value

test("each machine has the answers that were given for it, edited as a terminal edits", async () => {
    using scene = new Scene(origin)
    const { shown, status } = await at(scene, ["generate"], [...web01, ...web02])
    expect(status, shown).toBe(0)
    expect(shown).not.toContain("CANARY")
    expect(await value(scene, "web01")).toBe("alice:CANARY\t1")
    expect(await value(scene, "web02")).toBe("bob:CANARY 2")
    scene.mustBeClean()
})

test("two answers that differ are asked for again, and the others are not lost", async () => {
    using scene = new Scene(origin)
    const { shown, status } = await at(
        scene,
        ["generate"],
        [
            ...web01,
            { expect: "app of web02: the user: " },
            { type: "bob\r" },
            { expect: "app of web02: the password: " },
            { type: "CANARY\r" },
            { expect: "The same again: " },
            { type: "CANARI\r" },
            { expect: "the two answers differ" },
            { expect: "app of web02: the password: " },
            { type: "CANARY 2\r" },
            { expect: "The same again: " },
            { type: "CANARY 2\r" },
        ],
    )
    expect(status, shown).toBe(0)
    expect(shown.match(/web01: the password/gu)).toHaveLength(1)
    expect(await value(scene, "web02")).toBe("bob:CANARY 2")
})

test("after a failure one may try again with the same answers", async () => {
    using scene = new Scene(origin)
    scene.git("config", "commit.gpgsign", "true")
    scene.git("config", "gpg.program", "false")
    const mend = ["config", "--unset", "commit.gpgsign"]
    const before = await scene.picture()
    const again: Step = {
        expect: "Try again with the same answers (t), answer anew (a), or give up (Enter)? ",
    }
    const steps: Step[] = [...web01, ...web02, again, { type: "t\r" }, again]
    const { shown, status } = await at(scene, ["generate"], [...steps, { type: "\r" }])
    expect(status, shown).toBe(1)
    expect(shown).toContain("nothing was changed: git could not commit it")
    expect(shown.match(/web01: the password/gu)).toHaveLength(1)
    expect(shown.match(/git could not commit it/gu)).toHaveLength(3)
    expect(await scene.picture()).toEqual(before)
    scene.mustBeClean()
    scene.git(...mend)
    const hook = "#!/bin/sh\ntest -e ../failed && exit 0\ntouch ../failed\nexit 1\n"
    mkdirSync(join(scene.tree, ".git/hooks"), { recursive: true })
    writeFileSync(join(scene.tree, ".git/hooks/prepare-commit-msg"), hook, { mode: 0o755 })
    const mended = await at(scene, ["generate"], [...web01, ...web02, again, { type: "t\r" }])
    expect(mended.status, mended.shown).toBe(0)
    expect(await value(scene, "web01")).toBe("alice:CANARY\t1")
    expect((await scene.secrets()).get("vars/per-machine/web02/app/secret")?.value).toBe("CANARY 2")
})

test("who gives up at a prompt has changed nothing", async () => {
    using scene = new Scene(origin)
    const before = await scene.picture()
    const { status } = await at(
        scene,
        ["generate"],
        [...web01, { expect: "web02: the user: " }, { type: "\x03" }],
    )
    expect(status).toBe(130)
    expect(await scene.picture()).toEqual(before)
    scene.mustBeClean()
})

test("a name that has to be typed, and another one", async () => {
    using scene = new Scene(origin)
    expect(await at(scene, ["generate", "--only", "disk"], [])).toMatchObject({ status: 0 })
    const asked: Step = { expect: "Type disk to replace it: " }
    const other = await at(scene, ["rotate", "disk", "--yes"], [asked, { type: "yes\r" }])
    expect(other.status).toBe(1)
    expect(other.shown).toContain("nothing was changed: that is not disk")
    const before = (await scene.secrets()).get("vars/per-machine/web01/disk/key")?.value
    const typed = [asked, { type: "disk\r" }, { expect: "Replace 1 value? [y/N] " }, { type: "y\r" }]
    expect(await at(scene, ["rotate", "disk"], typed)).toMatchObject({ status: 0 })
    expect((await scene.secrets()).get("vars/per-machine/web01/disk/key")?.value).not.toBe(before)
})
