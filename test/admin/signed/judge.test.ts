import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { allow, commit, isBad, isGood, keys, scene, touch } from "./signing.ts"
import type { Name } from "./signing.ts"

describe("a merge", () => {
    /** Something on main, and something beside it. */
    function fork(by: Name): void {
        scene.git("checkout", "--quiet", "-b", "side")
        touch("side")
        commit(by, "side")
        scene.git("checkout", "--quiet", "main")
        touch("main")
        commit("alice", "main")
    }
    const merge = (...how: readonly string[]): string => {
        scene.git("merge", "--quiet", "--no-ff", "-m", "merge", ...how, "side")
        return scene.git("rev-parse", "HEAD").trim()
    }

    test("that decides nothing needs no signature", async () => {
        fork("bob")
        merge("--no-gpg-sign")
        await isGood()
    })
    test("that decides something needs one", async () => {
        fork("bob")
        merge("--no-gpg-sign")
        touch("evil")
        const id = commit(undefined, "merge", "--amend")
        await isBad(id, /is a merge that changes something, and not signed/u)
        commit("alice", "merge", "--amend")
        await isGood()
    })
    test("that takes one side whole needs one", async () => {
        fork("bob")
        const id = merge("--no-gpg-sign", "--strategy=ours")
        await isBad(id, /is a merge that changes something, and not signed/u)
    })
    test("of what somebody goes on with who was taken out needs one of somebody who is in", async () => {
        scene.git("branch", "old")
        rmSync(join(scene.tree, "sops/users/bob/signers"))
        commit("alice", "bob leaves")
        await isGood()
        scene.git("checkout", "--quiet", "-b", "side", "old")
        touch("side")
        commit("bob", "from before")
        scene.git("checkout", "--quiet", "main")
        const id = merge("--no-gpg-sign")
        await isBad(id, /who may not sign on both sides/u)
        scene.git("reset", "--quiet", "--hard", "HEAD~1")
        merge(`--gpg-sign=${join(keys, "alice.pub")}`)
        await isGood()
    })
})

describe("attest", () => {
    test("vouches for what a forge has made, and for nothing that comes later", async () => {
        touch("squashed")
        const id = commit(undefined, "squashed")
        await isBad(id, /is not signed/u)
        scene.git("config", "user.signingkey", join(keys, "alice.pub"))
        touch("staged")
        scene.git("add", "staged")
        expect(await scene.inside(["attest"])).toMatchObject({ code: 2 })
        expect(await scene.inside(["attest", "--yes"])).toMatchObject({ code: 0 })
        expect(scene.git("status", "--porcelain")).toBe("A  staged\n")
        scene.git("reset", "--quiet", "--hard")
        await isGood()
        const later = commit(undefined, "later")
        await isBad(later, /is not signed/u)
    })
    test("is nothing that somebody can do who has let themselves in", async () => {
        allow("mallory", readFileSync(join(keys, "mallory.pub"), "utf8"))
        const id = commit("mallory", "let me in")
        scene.git("config", "user.signingkey", join(keys, "mallory.pub"))
        expect(await scene.inside(["attest", "--yes"])).toMatchObject({ code: 0 })
        await isBad(id, /not signed with a key that all of its parents let sign/u)
        // Nor by naming the commit that has let them in.
        const tree = scene.git("rev-parse", "HEAD^{tree}").trim()
        const made = scene.git(
            "commit-tree",
            `-S${join(keys, "mallory.pub")}`,
            "-p",
            "HEAD",
            "-m",
            `x\n\nHostseal-Attests: ${id}`,
            tree,
        )
        scene.git("reset", "--quiet", "--hard", made.trim())
        await isBad(id, /not signed with a key that all of its parents let sign/u)
    })
})
