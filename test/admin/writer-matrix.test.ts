// Each attack of somebody who may write to the repository, and after it each command that has nothing to do with it:
// nobody can open more than the command printed.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Scene } from "./scene.ts"
import { attack, attacks, beginning, commands, mustBeSaid, openBy, words } from "./writer.ts"

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    await beginning(origin)
})
afterAll(() => origin[Symbol.dispose]())

describe.each(Object.keys(attacks))("%s", (name) => {
    test.each(commands)("%s", async (line, stdin) => {
        using scene = new Scene(origin)
        const first = await openBy(scene)
        await attack(scene, name)
        const [head, before] = [scene.git("rev-parse", "HEAD"), await openBy(scene)]
        for (const [key, values] of first) before.set(key, new Map([...values, ...(before.get(key) ?? [])]))
        const { code, err } = await scene.inside(words(scene, line), { stdin })
        expect([0, 1, 5], err).toContain(code)
        if (code === 1) expect(scene.git("rev-parse", "HEAD"), "a refusal changes nothing").toBe(head)
        await mustBeSaid(scene, before, err)
        expect(err, "nobody has named her").not.toMatch(/mallory can (?:now|also)/u)
    })
})
