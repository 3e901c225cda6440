// A command that is killed between the files and the list of what was agreed to: the next one brings them together.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { parseAccepted } from "../../agent/repo/consent/accepted-file.ts"
import { bundledCli } from "../bundled.ts"
import { Scene } from "./scene.ts"
import { attack, beginning } from "./writer.ts"

const program = await bundledCli()
const preload = new URL("kill-at.ts", import.meta.url).href
const origin = new Scene()
beforeAll(async () => {
    await beginning(origin)
    await attack(origin, "a link to s1, and a label")
})
afterAll(() => origin[Symbol.dispose]())

const list = (scene: Scene) =>
    parseAccepted(readFileSync(join(scene.tree, ".git/hostseal/accepted.json"), "utf8"))

/** Whether a change is made, by the files or the commits; and whether the list says so. */
const changes: readonly {
    readonly words: readonly string[]
    readonly isDone: (scene: Scene) => Promise<boolean>
    readonly isListed: (scene: Scene) => boolean
}[] = [
    {
        words: ["key", "update", "--accept", "user:mallory"],
        isDone: async (scene) => scene.opens("mallory", "sops/secrets/s1"),
        isListed: (scene) =>
            list(scene)
                ?.secrets.get("sops/secrets/s1")
                ?.recipients.includes(scene.key("mallory").recipient) === true,
    },
    {
        words: ["bind", "s1", "--accept", "all"],
        isDone: async (scene) => scene.commits() > origin.commits() + 1,
        isListed: (scene) => list(scene)?.secrets.get("sops/secrets/s1")?.blob === blob(scene),
    },
]

function blob(scene: Scene): string {
    return scene.git("hash-object", "sops/secrets/s1/secret").trim()
}

test.each(changes)("$words", { timeout: 300_000 }, async ({ words, isDone, isListed }) => {
    const runs = async (scene: Scene, how: string) =>
        scene.outside(program, words, {
            env: { HOSTSEAL_TEST: how, HOSTSEAL_TEST_CALLS: join(scene.directory, "calls") },
            node: ["--import", preload],
        })
    using whole = new Scene(origin)
    const ended = await runs(whole, "none:0")
    expect(ended.code, ended.err).toBe(0)
    const [calls = 0] = readFileSync(join(whole.directory, "calls"), "utf8").split(" ").map(Number)
    const seen = new Set<boolean>()
    // The last of them are those around the journal, the commit and the list.
    for (let nth = Math.max(1, calls - 24); nth <= calls; nth++) {
        using scene = new Scene(origin)
        expect(await runs(scene, `kill:${nth}`), `call ${nth} of ${calls}`).toMatchObject({ code: null })
        const next = await scene.inside(["users", "add", "zoe", scene.key("zoe").recipient])
        expect(next.code, `call ${nth}: ${next.err}`).toBe(0)
        scene.mustBeClean()
        const done = await isDone(scene)
        expect(isListed(scene), `call ${nth} of ${calls}: ${next.err}`).toBe(done)
        seen.add(done)
    }
    expect(seen).toContain(true)
})
