// A few random sequences of command lines. After every line the real sops opens what it should, and nothing else.

import * as fc from "fast-check"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { Scene } from "../admin/scene.ts"
import { begin, perform } from "../admin/sequence-scene.ts"
import { atFirst, keyNames, outcome, pathOf, readers, step } from "../admin/sequence.ts"
import { releases, Sandbox } from "./sops-program.ts"

test.each(releases)(
    "%s opens what the links say, with the keys they say",
    { timeout: 300_000 },
    async (release) => {
        using origin = new Scene()
        await begin(origin)
        const sandbox = new Sandbox()
        let opened = 0
        await fc.assert(
            fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 20 }), async (steps) => {
                using scene = new Scene(origin)
                let expected = atFirst
                const known = new Map<string, string>()
                for (const each of steps) {
                    const next = outcome(expected, each)
                    const ended = await perform(scene, each)
                    expect(ended.code, `${each.as}: ${each.words.join(" ")}\n${ended.err}`).toBe(
                        next === undefined ? 1 : 0,
                    )
                    expected = next ?? expected
                    for (const [name, { value }] of expected.secrets) {
                        const document = readFileSync(join(scene.tree, pathOf(name), "secret"))
                        const allowed = readers(expected, name)
                        // The same file with the same readers has been opened before.
                        const state = [document.toString("latin1"), value, ...[...allowed].toSorted()].join()
                        if (known.get(name) === state) continue
                        known.set(name, state)
                        for (const key of keyNames) {
                            const plain = sandbox.decrypt(release, document, "binary", origin.key(key).secret)
                            const what = `${each.as}: ${each.words.join(" ")}: ${key} opens ${name}`
                            if (allowed.has(key)) expect((await plain).toString(), what).toBe(value)
                            else await expect(plain, what).rejects.toThrow()
                            opened++
                        }
                    }
                }
            }),
            { numRuns: 8, endOnFailure: true },
        )
        sandbox.remove()
        expect(opened).toBeGreaterThan(0)
    },
)
