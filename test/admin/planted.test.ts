// Secrets that somebody who may write to the repository has put there for others to find: new ones, and old states.

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Scene } from "./scene.ts"
import { beginning } from "./writer.ts"

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    await beginning(origin)
})
afterAll(() => origin[Symbol.dispose]())

const readers = { "users/alice": "../../../users/alice", "users/mallory": "../../../users/mallory" }

/** Links by their paths in the folder of a secret. */
function linksOf(folder: string): Record<string, string> {
    return Object.fromEntries(Object.entries(readers).map(([path, to]) => [`${folder}/${path}`, to]))
}

test("a value for a secret that this clone has not seen is a question about all whom nobody named", async () => {
    using scene = new Scene(origin)
    const folder = "sops/secrets/new"
    await scene.plant(folder, "CANARY hers", ["alice", "mallory"], linksOf(folder))
    for (const more of [[], ["--group", "admins"], ["--yes"]]) {
        const { code, err } = await scene.inside(["set", "new", ...more], { stdin: "CANARY NEW" })
        expect(code, err).toBe(1)
        expect(err).toContain("user mallory would gain what this command does not say: new")
        expect(err).not.toContain("user alice would gain")
    }
    const accepted = ["set", "new", "--group", "admins", "--accept", "user:mallory"]
    expect(await scene.inside(accepted, { stdin: "CANARY NEW" })).toMatchObject({ code: 0 })
    expect(await scene.inside(["set", "new"], { stdin: "CANARY NEW" })).toMatchObject({ code: 0 })
    expect(await scene.opens("mallory", folder)).toBe(true)
    expect(await scene.opens("bob", folder)).toBe(true)
})

test("whoever was removed gains nothing by an old file, or by the whole of an old state", async () => {
    using scene = new Scene(origin)
    const file = "sops/secrets/s1/secret"
    const old = readFileSync(join(scene.tree, file))
    expect(await scene.inside(["groups", "remove-user", "admins", "bob"])).toMatchObject({ code: 0 })
    writeFileSync(join(scene.tree, file), old)
    scene.git("commit", "--quiet", "--all", "--message=tidy up")
    const set = await scene.inside(["set", "s1"], { stdin: "CANARY NEW" })
    expect(set.code, set.err).toBe(0)
    expect(await scene.opens("bob", "sops/secrets/s1")).toBe(false)

    scene.git("checkout", "--quiet", "HEAD~3", "--", "sops")
    scene.git("commit", "--quiet", "--all", "--message=tidy up")
    expect(await scene.opens("bob", "sops/secrets/s1")).toBe(true)
    const again = await scene.inside(["set", "s1"], { stdin: "CANARY NEW" })
    expect(again.code, again.err).toBe(1)
    expect(again.err).toContain("user bob would gain what this command does not say: s1")
})

test("twins by case and by form of Unicode are named", async () => {
    using scene = new Scene(origin)
    for (const name of ["S1", "caf\u00E9", "cafe\u0301"]) {
        const folder = `vars/shared/x/${name}`
        mkdirSync(join(scene.tree, folder), { recursive: true })
        cpSync(join(scene.tree, "sops/secrets/s1/secret"), join(scene.tree, folder, "secret"))
    }
    mkdirSync(join(scene.tree, "sops/secrets/S1"), { recursive: true })
    cpSync(join(scene.tree, "sops/secrets/s1/secret"), join(scene.tree, "sops/secrets/S1/secret"))
    const { code, out } = await scene.inside(["verify"])
    expect(code).toBe(5)
    expect(out).toContain("differs from sops/secrets/S1 only in case")
    expect(out).toContain("only in how Unicode writes it")
    expect(out.match(/holds the very value of/gu)).toHaveLength(4)
})

test("loops and crowds of links end with a sentence", async () => {
    using scene = new Scene(origin)
    const link = (path: string, to: string): void => {
        mkdirSync(dirname(join(scene.tree, path)), { recursive: true })
        symlinkSync(to, join(scene.tree, path))
    }
    link("sops/secrets/s1/users/loop", "loop")
    link("sops/groups/round/users/round", "../../round")
    link("sops/secrets/s1/groups/alice", "../../../users/alice")
    for (let nth = 0; nth < 2000; nth++) link(`sops/secrets/s1/users/u${nth}`, `../../../users/u${nth}`)
    expect(await scene.inside(["verify"])).toMatchObject({ code: 5 })
    for (const words of [
        ["groups", "add-user", "admins", "carol"],
        ["set", "s1"],
    ]) {
        const { code, err } = await scene.inside(words, { stdin: "CANARY NEW" })
        expect(code, err).toBe(0)
        expect(err.length).toBeLessThan(1000)
    }
})
