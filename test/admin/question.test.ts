// A person at a terminal who is asked whether somebody may have what the command does not say.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Scene } from "./scene.ts"
import { atTerminal } from "./terminal.ts"
import { mainProgram } from "./world.ts"
import { attack, beginning } from "./writer.ts"

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    await beginning(origin)
    writeFileSync(join(origin.directory, "value"), "CANARY NEW")
})
afterAll(() => origin[Symbol.dispose]())

const mayWait = "a link to s1"
const mayNot = "a link to s1, and a label"

test.each([
    ["key update", mayWait, "y", 0, true],
    ["key update", mayWait, "n", 0, false],
    ["key update", mayWait, "", 0, false],
    ["set s1 --file ../value", mayWait, "yes", 0, true],
    ["set s1 --file ../value", mayWait, "n", 0, false],
    ["set s1 --file ../value", mayNot, "y", 0, true],
    ["set s1 --file ../value", mayNot, "n", 1, false],
    ["groups remove-user admins bob", mayNot, "n", 1, false],
    // The terminal makes a signal of it, and nothing was begun.
    ["key update", mayWait, "\x03", -2, false],
])("%s after %s, answered with %j", async (line, name, answer, status, opens) => {
    using scene = new Scene(origin)
    await attack(scene, name)
    const [before, commits] = [await scene.picture(), scene.commits()]
    const typed = answer === "\x03" ? answer : `${answer}\r`
    const session = await atTerminal(
        [process.execPath, mainProgram, ...line.split(" ")],
        [{ expect: "Let mallory read this? [y/N] " }, { type: typed }],
        { env: { ...scene.env(), TERM: "xterm" }, cwd: scene.tree },
    )
    expect(session.shown).toContain("user mallory would gain what this command does not say: s1 (age1")
    expect(session, session.shown).toMatchObject({ status, restored: true })
    expect(session.shown).not.toContain("CANARY")
    expect(await scene.opens("mallory", "sops/secrets/s1")).toBe(opens)
    if (status !== 0) {
        expect(await scene.picture()).toEqual(before)
        expect(scene.commits()).toBe(commits)
    }
    scene.mustBeClean()
    // What was accepted, or left out when the value was set, is not asked again.
    if (status === 0 && (opens || line.startsWith("set")))
        expect(await scene.inside(["set", "s1"], { stdin: "CANARY" })).toMatchObject({ code: 0 })
    expect(await scene.opens("mallory", "sops/secrets/s1")).toBe(opens)
})
