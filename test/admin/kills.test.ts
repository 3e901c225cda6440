import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { bundledCli } from "../bundled.ts"
import { killOnce, killScene } from "./kills.ts"
import { Scene } from "./scene.ts"

const program = await bundledCli()
const preload = new URL("kill-at.ts", import.meta.url).href
let origin: Scene
beforeAll(async () => void (origin = await killScene(program)), 60_000)
afterAll(() => origin[Symbol.dispose]())

test("a command that is killed with its git needs no hand", { timeout: 120_000 }, async () => {
    for (let nth = 0; nth < 6; nth++)
        expect(await killOnce(program, origin, nth, 150 + nth * 100)).toMatchObject({ problem: undefined })
})

test(
    "locks that a killed git has left with it are removed by the next command",
    { timeout: 120_000 },
    async () => {
        const words = ["users", "remove", "bob"]
        let met = 0
        for (let nth = 40; nth > 0 && met < 2; nth -= 1) {
            using scene = new Scene(origin)
            const env = { HOSTSEAL_TEST: `kill:${nth}` }
            await scene.outside(program, words, { env, node: ["--import", preload] })
            if (!existsSync(join(scene.tree, ".git/hostseal-journal.json"))) continue
            met++
            const locks = ["index.lock", "HEAD.lock", "refs/heads/main.lock", "next-index-1234.lock"]
            for (const lock of locks) writeFileSync(join(scene.tree, ".git", lock), "")
            const next = await scene.inside(["users", "add", "zoe", scene.key("zoe").recipient])
            expect(next, next.err).toMatchObject({ code: 0 })
            expect(next.err).toContain("removed what a git that was killed had left: index.lock")
            scene.mustBeClean()
            expect(existsSync(join(scene.tree, "sops/users/bob"))).toBe(false)
            for (const lock of locks) expect(existsSync(join(scene.tree, ".git", lock)), lock).toBe(false)
        }
        expect(met).toBe(2)
    },
)

test("a lock that is older than what was interrupted is somebody else's, and stays", async () => {
    using scene = new Scene(origin)
    writeFileSync(join(scene.tree, ".git/index.lock"), "")
    const { code, err } = await scene.inside(["users", "remove", "bob"])
    expect(code).toBe(1)
    expect(err).toContain("index.lock")
    expect(existsSync(join(scene.tree, ".git/index.lock"))).toBe(true)
    expect(existsSync(join(scene.tree, "sops/users/bob/key.json"))).toBe(true)
})
