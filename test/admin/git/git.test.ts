import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { commit } from "../../../agent/admin/git/commit.ts"
import { findGit, ignoredPaths } from "../../../agent/admin/git/git.ts"
import { checkCanCommit } from "../../../agent/admin/git/state.ts"
import type { Checkout } from "../../../agent/admin/git/git.ts"
import { beginPreload } from "../../../agent/admin/change/preload.ts"
import type { Write } from "../../../agent/admin/change/staging.ts"
import { testContext } from "../world.ts"

const root = realpathSync(mkdtempSync(join(tmpdir(), "hostseal-git-")))
afterAll(() => rmSync(root, { recursive: true }))
const env = { PATH: process.env["PATH"] ?? "", HOME: root }

/** A new repository and what runs git in it. */
async function repository(
    folder = "",
): Promise<{ git: Checkout; run: (...args: readonly string[]) => string; flake: string }> {
    const top = mkdtempSync(join(root, "repo-"))
    const run = (...args: readonly string[]): string =>
        execFileSync("git", ["-C", top, ...args], { env }).toString()
    run("init", "-q", "-b", "main")
    run("config", "user.name", "Test")
    run("config", "user.email", "test@example.org")
    const flake = join(top, folder)
    mkdirSync(join(flake, "sops"), { recursive: true })
    const git = await findGit(flake, env)
    if (git === undefined) throw new Error("no repository")
    return { git, run, flake }
}

const write = (flake: string, files: Record<string, string>): void => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(flake, name), text)
}

describe("somebody else's configuration", () => {
    test("is not taken from a folder that is a repository itself: that can be committed", async () => {
        const { run, flake } = await repository("fleet")
        const started = join(root, "started")
        execFileSync("git", ["init", "-q", "--bare", flake], { env })
        const config = `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ../fleet\n\tfsmonitor = "touch ${started}; false"\n`
        write(flake, { config, x: "1" })
        run("add", "fleet")
        // What git does by itself, or else this test would prove nothing.
        execFileSync("git", ["-C", flake, "status"], { env, stdio: "ignore" })
        expect(existsSync(started)).toBe(true)
        rmSync(started)
        await expect(findGit(flake, env)).rejects.toMatchObject({
            cause: { message: expect.stringContaining("safe.bareRepository") },
        })
        expect(existsSync(started)).toBe(false)
    })
    test("of what git shows does not change what is read", async () => {
        const { run, flake } = await repository("deep")
        run("config", "diff.relative", "true")
        run("config", "log.showRoot", "false")
        run("config", "log.showSignature", "true")
        run("config", "gpg.program", "/bin/echo")
        write(flake, { "sops/a": "1" })
        const git = await findGit(flake, env)
        if (git === undefined) throw new Error("no repository")
        expect(await commit(git, ["sops/a"], "first")).toEqual(["sops/a"])
        const log = await git.run(["log", "--raw", "--format=", "--", "sops"])
        expect(log.toString()).toMatch(/\tdeep\/sops\/a\n$/u)
    })
})

describe("a commit", () => {
    test("has our paths and nothing else, in an unborn repository too", async () => {
        const { git, run, flake } = await repository()
        expect(git.head).toBeUndefined()
        write(flake, { "sops/a": "1", mine: "mine" })
        run("add", "mine")
        expect(await commit(git, ["sops/a", "sops/never-was"], "first\n\nbody")).toEqual(["sops/a"])
        expect(run("ls-tree", "-r", "--name-only", "HEAD")).toBe("sops/a\n")
        expect(run("status", "--porcelain")).toBe("A  mine\n")
        expect(run("log", "-1", "--format=%B")).toBe("first\n\nbody\n\n")
    })
    test("has removals, and leaves what is staged of other paths and changed in the tree", async () => {
        const { git, run, flake } = await repository("deep/er")
        expect(git.prefix).toBe("deep/er/")
        write(flake, { "sops/a": "1", "sops/b": "1", other: "1" })
        run("add", "-A")
        run("commit", "-qm", "all")
        rmSync(join(flake, "sops/a"))
        write(flake, { "sops/b": "2", other: "2" })
        run("add", "deep/er/other")
        write(flake, { other: "3" })
        expect(await commit(git, ["sops/a", "sops/b"], "ours")).toEqual(["sops/a", "sops/b"])
        expect(run("show", "--name-status", "--format=", "HEAD")).toBe(
            "D\tdeep/er/sops/a\nM\tdeep/er/sops/b\n",
        )
        expect(run("status", "--porcelain")).toBe("MM deep/er/other\n")
    })
    test("is not made when nothing differs", async () => {
        const { git, run, flake } = await repository()
        write(flake, { "sops/a": "1" })
        await commit(git, ["sops/a"], "first")
        expect(await commit(git, ["sops/a"], "second")).toEqual([])
        expect(run("log", "--format=%s")).toBe("first\n")
    })
    test("does not run hooks that could refuse it", async () => {
        const { git, run, flake } = await repository()
        writeFileSync(join(flake, ".git/hooks/pre-commit"), "#!/bin/sh\nexit 1\n", { mode: 0o755 })
        write(flake, { "sops/a": "1" })
        expect(await commit(git, ["sops/a"], "first")).toEqual(["sops/a"])
        expect(run("log", "--format=%s")).toBe("first\n")
    })
    test("takes names as they are, never as patterns", async () => {
        const { git, run, flake } = await repository()
        write(flake, { "sops/*": "1", "sops/a": "1", mine: "1" })
        run("add", "mine")
        expect(await commit(git, ["sops/*"], "star")).toEqual(["sops/*"])
        expect(run("status", "--porcelain")).toBe("A  mine\n?? sops/a\n")
    })
})

test("ignored paths are told from others", async () => {
    const { git, flake } = await repository()
    write(flake, { ".gitignore": "sops/hidden\n" })
    expect(await ignoredPaths(git, ["sops/a", "sops/hidden"])).toEqual(["sops/hidden"])
    expect(await ignoredPaths(git, ["sops/a"])).toEqual([])
})

test("no commit in the middle of other work", async () => {
    const { git, flake } = await repository()
    await checkCanCommit(git)
    write(flake, { ".git/CHERRY_PICK_HEAD": "" })
    await expect(checkCanCommit(git)).rejects.toThrow("a cherry-pick is in progress")
})

test("no repository, no git", async () => {
    expect(await findGit("/", env)).toBeUndefined()
})

describe("many objects at once", () => {
    const many = Array.from({ length: 150 }, (_, index) => index)
    test("are in one pack before they are committed, and the commit is the same", async () => {
        const { git, run, flake } = await repository("sub")
        write(flake, { "sops/old": "old", "sops/gone": "gone" })
        await commit(git, ["sops/old", "sops/gone"], "first")
        const born = (await findGit(flake, env)) ?? git
        const writes: readonly Write[] = [
            ...many.map((index): Write => ({
                kind: "bytes",
                path: `sops/s${index}`,
                bytes: Buffer.from(`CANARY ${index}\n`),
            })),
            { kind: "text", path: "sops/old", text: "new" },
            { kind: "link", path: "sops/link", target: "old" },
            { kind: "unlink", path: "sops/gone" },
        ]
        const preload = beginPreload(born, writes.length, testContext(env).context)
        for (const one of writes) preload.add(one)
        await preload.end()
        expect(run("for-each-ref", "--format=%(refname)")).toBe("refs/heads/main\n")
        expect(run("status", "--porcelain")).toBe("")
        const loose = (): number => Number(/^count: (\d+)/mu.exec(run("count-objects", "-v"))?.[1])
        const before = loose()

        for (const index of many) write(flake, { [`sops/s${index}`]: `CANARY ${index}\n` })
        write(flake, { "sops/old": "new" })
        rmSync(join(flake, "sops/gone"))
        execFileSync("ln", ["-s", "old", join(flake, "sops/link")])
        const paths = writes.map(({ path }) => path)
        expect(new Set(await commit(born, paths, "many"))).toEqual(new Set(paths))
        // The commit itself, and nothing else, was written singly.
        expect(loose() - before).toBe(1)
        expect(
            readdirSync(join(git.directory, "objects/pack")).filter((name) => name.endsWith(".pack")),
        ).toHaveLength(1)
        run("fsck", "--strict")
    })
    test("cannot fail what they are for", async () => {
        const { git } = await repository()
        const writes = many.map((index): Write => ({ kind: "text", path: `sops/s${index}`, text: "x" }))
        const broken: Checkout = { ...git, run: async () => Promise.reject(new Error("no")) }
        const preload = beginPreload(broken, writes.length, testContext(env).context)
        for (const one of writes) preload.add(one)
        await expect(preload.end()).resolves.toBeUndefined()
        await expect(preload.end()).resolves.toBeUndefined()
    })
})
