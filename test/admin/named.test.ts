// Whom a command names can read afterwards what it promises, or the command says that it cannot be, and changes nothing:
// that links and the list have it so already is no reason, for files may be otherwise.

import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Scene } from "./scene.ts"
import { beginning, label, words } from "./writer.ts"

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    await beginning(origin)
})
afterAll(() => origin[Symbol.dispose]())

const files = ["s1", "pub"].map((name) => `sops/secrets/${name}/secret`)

/** Does what a line says, and undoes it in the files of the secrets alone, as this clone finds it. */
async function halfDone(scene: Scene, line: string): Promise<void> {
    const before = files.map((file) => readFileSync(join(scene.tree, file)))
    expect(await scene.inside(words(scene, line))).toMatchObject({ code: 0 })
    for (const [index, file] of files.entries())
        writeFileSync(join(scene.tree, file), before[index] ?? Buffer.of())
    scene.git("commit", "--quiet", "--all", "--message=files of before")
    rmSync(join(scene.tree, ".git/hostseal"), { recursive: true })
}

describe.each([
    ["groups add-user admins carol", "carol", "s1 pub"],
    ["users add-key bob $bob_new", "bob_new", "s1 pub"],
    ["users add-secret carol s1", "carol", "s1"],
    ["set s1 --user carol --edit", "carol", "s1"],
    ["groups add-secret guests s1", "mallory", "s1"],
])("%s, where links say it and files do not,", (line, key, names) => {
    test("is done by who can open them", async () => {
        using scene = new Scene(origin)
        scene.key("bob_new")
        await halfDone(scene, line.replace("set s1 --user carol --edit", "users add-secret carol s1"))
        const ended = await scene.inside(words(scene, line), { env: { EDITOR: "true" } })
        expect(ended.code, ended.err).toBe(0)
        expect(ended.err).not.toContain("that this command did not ask for")
        expect(ended.err).toMatch(new RegExp(`user ${key.replace("_new", "")} can (?:now|also) read`, "u"))
        for (const name of names.split(" "))
            expect(await scene.opens(key, `sops/secrets/${name}`), name).toBe(true)
        expect(await scene.inside(["verify", "--decrypt"])).toMatchObject({ code: 0 })
    })

    test("is refused in one error to who cannot", async () => {
        using scene = new Scene(origin)
        scene.key("bob_new")
        await halfDone(scene, line.replace("set s1 --user carol --edit", "users add-secret carol s1"))
        const before = scene.git("rev-parse", "HEAD")
        const ended = await scene.inside(words(scene, line), { as: "carol", env: { EDITOR: "true" } })
        expect(ended.code, ended.err).toBe(1)
        expect(ended.err.match(/cannot decrypt/gu)).toHaveLength(1)
        expect(scene.git("rev-parse", "HEAD")).toBe(before)
        scene.mustBeClean()
    })
})

test.each([
    ["groups add-user admins carol", "carol"],
    ["users add-secret carol s1", "carol"],
    ["users add-key alice $alice_new", "alice_new"],
])("%s makes the entry anew that somebody made up for them", async (line, key) => {
    using scene = new Scene(origin)
    label(scene.tree, "sops/secrets/s1", scene.key(key).recipient)
    scene.git("commit", "--quiet", "--all", "--message=tidy up")
    expect(await scene.opens(key, "sops/secrets/s1")).toBe(false)
    const ended = await scene.inside(words(scene, line))
    expect(ended.code, ended.err).toBe(0)
    expect(await scene.opens(key, "sops/secrets/s1")).toBe(true)
    const again = await scene.inside(words(scene, line))
    expect(again.err).toContain("nothing to do: already up to date")
})

test("verify --decrypt finds an entry of one's own that holds nothing, beside a good one", async () => {
    using scene = new Scene(origin)
    const first = (await scene.secrets()).get("sops/secrets/s1")?.recipients[0]
    const as = first === scene.key("alice").recipient ? "bob" : "alice"
    label(scene.tree, "sops/secrets/s1", scene.key(as).recipient)
    const ended = await scene.inside(["verify", "--decrypt"], { as })
    expect(ended.code).toBe(5)
    expect(ended.out).toContain("has an entry for you without its data key")
    expect(await scene.inside(["set", "s1", "--no-commit"], { as, stdin: "CANARY NEW" })).toMatchObject({
        code: 0,
    })
    expect(await scene.inside(["verify", "--decrypt"], { as })).toMatchObject({ code: 0 })
})
