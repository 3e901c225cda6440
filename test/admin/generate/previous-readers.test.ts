import { mkdirSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { previousReaders } from "../../../agent/admin/generate/previous-readers.ts"
import { loadWorktree } from "../../../agent/admin/repository/worktree.ts"
import { Scene } from "../scene.ts"
import { testContext } from "../world.ts"

const path = "vars/shared/ca/key"

test("the value before is for those who read it: nobody whom somebody else has linked, known to this clone or not", async () => {
    using scene = new Scene()
    for (const name of ["alice", "bob", "mallory"])
        await scene.inside(["users", "add", name, scene.key(name).recipient])
    const link = (name: string) => [`${path}/users/${name}`, `../../../../../sops/users/${name}`] as const
    const readers = async () => {
        const { repo } = loadWorktree(scene.tree)
        const found = await previousReaders(
            { flake: scene.tree, repo },
            [path],
            testContext(scene.env()).context,
        )
        return found.get(`${path}.previous`)
    }
    // Another clone has made it, so this one has only links and labels.
    await scene.plant(path, "CANARY", ["alice", "bob"], Object.fromEntries(["alice", "bob"].map(link)))
    const [planted, to] = link("mallory")
    mkdirSync(dirname(join(scene.tree, planted)), { recursive: true })
    symlinkSync(to, join(scene.tree, planted))
    expect(await readers()).toEqual({ users: ["alice", "bob"], machines: [] })
    const set = ["set", path, "--accept", "user:bob"]
    expect(await scene.inside(set, { stdin: "CANARY 2" })).toMatchObject({ code: 1 })
    scene.git("add", "--all")
    scene.git("commit", "--quiet", "--message=tidy up")
    expect(await scene.inside([...set, "--accept", "user:mallory"], { stdin: "CANARY 2" })).toMatchObject({
        code: 0,
    })
    expect(await readers()).toEqual({ users: ["alice", "bob", "mallory"], machines: [] })
})
