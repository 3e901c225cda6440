// Clones of every kind that git makes. In each a command works, or says why it does not and changes nothing.

import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { Scene } from "./scene.ts"
import type { Ended } from "./scene.ts"

const origin = new Scene()
let scene = origin
beforeAll(async () => {
    for (const name of ["alice", "bob"])
        expect(await origin.inside(["users", "add", name, origin.key(name).recipient])).toMatchObject({
            code: 0,
        })
    const set = await origin.inside(["set", "wifi", "--user", "bob"], { stdin: "CANARY one" })
    expect(set).toMatchObject({ code: 0 })
    expect(await origin.inside(["set", "wifi"], { stdin: "CANARY two" })).toMatchObject({ code: 0 })
})
beforeEach(() => {
    scene = new Scene(origin)
    return () => scene[Symbol.dispose]()
})
afterAll(() => origin[Symbol.dispose]())

const at = (name: string): string => join(scene.directory, name)
const git = (...args: readonly string[]): string =>
    execFileSync(
        "git",
        ["-c", "protocol.file.allow=always", "-c", "user.name=t", "-c", "user.email=t@t", ...args],
        {
            env: scene.env(),
            stdio: "pipe",
        },
    ).toString()

async function run(cwd: string, ...words: readonly string[]): Promise<Ended> {
    return scene.inside(words, { cwd, stdin: "CANARY three" })
}

/** A revocation is made, committed, and nothing is left; what was can still be asked for. */
async function mustWork(clone: string): Promise<void> {
    git("-C", clone, "config", "user.name", "t")
    git("-C", clone, "config", "user.email", "t@t")
    expect(await run(clone, "set", "wifi")).toMatchObject({ code: 0 })
    expect(await run(clone, "users", "remove-secret", "bob", "wifi")).toMatchObject({ code: 0 })
    expect(git("-C", clone, "status", "--porcelain")).toBe("")
    expect(await run(clone, "verify", "--bound")).toMatchObject({ code: 0 })
    expect((await run(clone, "audit", "secret", "wifi", "--at", "HEAD~1")).out).toContain("user bob")
    const labels = git("-C", clone, "show", "HEAD:sops/secrets/wifi/secret")
    expect(labels).toContain(scene.key("alice").recipient)
    expect(labels).not.toContain(scene.key("bob").recipient)
}

test("a clone without blobs, whose origin can be asked", async () => {
    scene.git("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--filter=blob:none", `file://${scene.tree}`, at("partial"))
    await mustWork(at("partial"))
})

test("the same, whose origin is gone: what is checked out is enough, and what is not there is said", async () => {
    scene.git("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--filter=blob:none", `file://${scene.tree}`, at("partial"))
    renameSync(scene.tree, at("gone"))
    git("-C", at("partial"), "config", "user.name", "t")
    git("-C", at("partial"), "config", "user.email", "t@t")
    expect(await run(at("partial"), "set", "wifi")).toMatchObject({ code: 0 })
    expect(await run(at("partial"), "verify", "--bound")).toMatchObject({ code: 0 })
    expect(git("-C", at("partial"), "status", "--porcelain")).toBe("")
})

test("a clone whose commit is not checked out: what is missing is not taken for removed", async () => {
    git("clone", "--quiet", "--no-checkout", scene.tree, at("bare"))
    git("-C", at("bare"), "config", "user.name", "t")
    git("-C", at("bare"), "config", "user.email", "t@t")
    const added = await run(at("bare"), "users", "add", "carol", scene.key("carol").recipient)
    expect(added).toMatchObject({ code: 0 })
    const commit = git("-C", at("bare"), "show", "--format=", "--name-status")
    expect(commit).toBe("A\tsops/users/carol/key.json\n")
})

test("secrets that are committed and not in the tree: nobody is taken away without them", async () => {
    rmSync(join(scene.tree, "sops/secrets"), { recursive: true })
    for (const words of [
        ["users", "remove", "bob"],
        ["users", "add", "bob", scene.key("bob_new").recipient, "--force"],
    ]) {
        const refused = await run(scene.tree, ...words)
        expect(refused.code, words.join(" ")).toBe(1)
        expect(refused.err).toMatch(
            /the last commit has what the tree has not: 1 secret, such as sops\/secrets\/wifi\/secret\nhint: take it back/u,
        )
    }
    scene.git("checkout", "HEAD", "--", "sops")
    expect(await run(scene.tree, "users", "remove", "bob")).toMatchObject({ code: 0 })
    expect(await scene.opens("bob", "sops/secrets/wifi")).toBe(false)
    // What is gone by a commit is gone.
    scene.git("rm", "-rq", "sops/secrets")
    scene.git("commit", "--quiet", "--message=all")
    const again = await run(scene.tree, "users", "add", "bob", scene.key("bob").recipient)
    expect(again).toMatchObject({ code: 0 })
    expect(await run(scene.tree, "users", "remove", "bob")).toMatchObject({ code: 0 })
})

test("a clone that borrows the objects of another, also when that one is gone", async () => {
    git("clone", "--quiet", "--shared", scene.tree, at("shared"))
    await mustWork(at("shared"))
    renameSync(scene.tree, at("gone"))
    const before = git("-C", at("shared"), "rev-parse", "HEAD")
    const ended = await run(at("shared"), "set", "wifi")
    expect(ended.code).toBe(1)
    expect(ended.err).toMatch(/^error: .*\n(?:.*\n)*.*alternate/u)
    expect(git("-C", at("shared"), "rev-parse", "HEAD")).toBe(before)
    renameSync(at("gone"), scene.tree)
    expect(await run(at("shared"), "set", "wifi")).toMatchObject({ code: 0 })
    expect(git("-C", at("shared"), "status", "--porcelain")).toBe("")
})

test("a working tree that is linked", async () => {
    scene.git("worktree", "add", "--quiet", at("linked"), "-b", "side")
    await mustWork(at("linked"))
    expect(scene.git("status", "--porcelain")).toBe("")
})

test("a flake that is a submodule of another repository", async () => {
    git("init", "--quiet", at("outer"))
    git("-C", at("outer"), "submodule", "--quiet", "add", scene.tree, "inner")
    await mustWork(join(at("outer"), "inner"))
})

test("secrets that are a submodule: said at once; with --no-commit what is in it is taken on trust", async () => {
    git("init", "--quiet", at("inner"))
    cpSync(join(scene.tree, "sops"), at("inner"), { recursive: true, verbatimSymlinks: true })
    git("-C", at("inner"), "add", "--all")
    git("-C", at("inner"), "commit", "--quiet", "--message=secrets")
    git("init", "--quiet", at("outer"))
    mkdirSync(at("outer"), { recursive: true })
    git("-C", at("outer"), "submodule", "--quiet", "add", at("inner"), "sops")
    git("-C", at("outer"), "commit", "--quiet", "--message=submodule")
    const refused = await run(at("outer"), "users", "remove-secret", "bob", "wifi")
    expect(refused.err).toMatch(
        /^error: nothing was changed: sops is a git repository of its own\nhint: use --no-commit/u,
    )
    const done = await run(at("outer"), "users", "remove-secret", "bob", "wifi", "--no-commit")
    expect(done.code, done.err).toBe(0)
    expect(git("-C", at("outer"), "-C", "sops", "status", "--porcelain")).toContain("secrets/wifi/secret")
    expect(existsSync(join(at("outer"), "sops/.hostseal"))).toBe(false)
})

test("a folder of changes that was committed: what it once was is no matter, what it is now is refused", async () => {
    mkdirSync(join(scene.tree, "sops/.hostseal"))
    writeFileSync(join(scene.tree, "sops/.hostseal/1"), "")
    scene.git("add", "--force", "sops/.hostseal")
    scene.git("commit", "--quiet", "--message=by mistake")
    const refused = await run(scene.tree, "set", "wifi")
    expect(refused.err).toMatch(
        /sops\/\.hostseal is committed.*\nhint: git rm -r sops\/\.hostseal && git commit\n/u,
    )
    for (const words of [["list"], ["get", "wifi"], ["verify", "--decrypt"], ["audit", "secret", "wifi"]])
        expect((await run(scene.tree, ...words)).code, words.join(" ")).toBe(0)
    scene.git("rm", "-rq", "sops/.hostseal")
    scene.git("commit", "--quiet", "--message=mended")
    await mustWork(scene.tree)
    const then = await run(scene.tree, "audit", "secret", "wifi", "--at", "HEAD~3")
    expect(then.out).toContain("user bob")
})
