// Whoever may write to the repository gains no value by what somebody else does there: each of her attacks, and after it
// each command that has nothing to do with it.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Scene } from "./scene.ts"
import { attack, beginning, mustBeSaid, openBy, words } from "./writer.ts"

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    await beginning(origin)
})
afterAll(() => origin[Symbol.dispose]())

test("what is sealed for another place is opened for nobody there", async () => {
    using scene = new Scene(origin)
    await attack(scene, "the file of s1 over that of pub")
    const before = await openBy(scene)
    const { code, err } = await scene.inside(["groups", "add-user", "admins", "carol"])
    expect(code, err).toBe(1)
    expect(err).toContain('the file of secret "pub" was sealed for sops/secrets/s1')
    expect(await openBy(scene)).toEqual(before)
})

test.each([
    ["groups add-user admins carol", "a link to s1"],
    ["users add carol $carol_new --force", "a link of carol's to s1"],
])("%s after %s gives nobody more than it says", async (line, name) => {
    using scene = new Scene(origin)
    await attack(scene, name)
    const before = await openBy(scene)
    const { code, err } = await scene.inside(words(scene, line))
    expect(code, err).toBe(0)
    expect(err.match(/links that no file obeys/gu)).toHaveLength(1)
    await mustBeSaid(scene, before, err)
})

const list = (scene: Scene): string => join(scene.tree, ".git/hostseal/accepted.json")

describe("where all is wrapped anew", () => {
    test.each([
        ["set s1", "a link to s1", "CANARY NEW"],
        ["set s1", "a link to s1, and a label", "CANARY NEW"],
        ["set s1", "a file of her own in the place of s1", "CANARY NEW"],
        ["set pub", "her key and bob's exchanged", "CANARY NEW"],
        ["groups remove-user admins bob", "a link to s1, and a label", ""],
        ["users remove mallory", "her key and bob's exchanged", ""],
        ["users remove bob", "her key and bob's exchanged", ""],
        ["key update", "the file of s1 over that of pub", ""],
        ["key update", "guests to s1", ""],
        ["set new --group admins", "herself into admins", "CANARY NEW"],
    ])("%s after %s is refused, and --yes is no answer", async (line, name, stdin) => {
        using scene = new Scene(origin)
        await attack(scene, name)
        for (const more of [[], ["--yes"]]) {
            const { code, err } = await scene.inside([...words(scene, line), "--json", ...more], { stdin })
            expect(code, err).toBe(1)
            const { error }: { error: { code: string; unasked: { reader: string; secrets: string[] }[] } } =
                JSON.parse(err.split("\n").findLast((each) => each.startsWith("{")) ?? "")
            expect(error.code).toBe("refused")
            expect(error.unasked.length).toBeGreaterThan(0)
        }
    })

    test("what was accepted is done, remembered, and not asked again", async () => {
        using scene = new Scene(origin)
        await attack(scene, "a link to s1")
        const refused = await scene.inside(["set", "s1"], { stdin: "CANARY NEW" })
        expect(refused.err).toMatch(
            /user mallory would gain what this command does not say: s1 \(age1.*; linked in/u,
        )
        expect(refused.err).toContain("hostseal set s1 --accept user:mallory")
        const accepted = await scene.inside(["set", "s1", "--accept", "user:mallory"], {
            stdin: "CANARY NEW",
        })
        expect(accepted.code, accepted.err).toBe(0)
        expect(accepted.err).toContain("user mallory can now read s1")
        expect(await scene.opens("mallory", "sops/secrets/s1")).toBe(true)
        expect(await scene.inside(["set", "s1"], { stdin: "CANARY 2" })).toMatchObject({ code: 0 })
    })

    test("--accept all is for key update, and names have to be names", async () => {
        using scene = new Scene(origin)
        await attack(scene, "a link to s1")
        for (const word of ["all", "mallory"]) {
            const ended = await scene.inside(["set", "s1", "--accept", word], { stdin: "CANARY NEW" })
            expect(ended.code).toBe(2)
        }
        expect(await scene.inside(["key", "update", "--accept", "all"])).toMatchObject({ code: 0 })
        expect(await scene.opens("mallory", "sops/secrets/s1")).toBe(true)
    })

    test("who is to lose what the command does not say is asked for too", async () => {
        using scene = new Scene(origin)
        rmSync(join(scene.tree, "sops/secrets/pub/machines"), { recursive: true })
        scene.git("commit", "--quiet", "--all", "--message=tidy up")
        const ended = await scene.inside(["set", "pub"], { stdin: "CANARY NEW" })
        expect(ended.code).toBe(1)
        expect(ended.err).toMatch(
            /machine web01 would lose what this command does not say: pub .*unlinked in/u,
        )
        expect(await scene.inside(["groups", "add-user", "admins", "carol"])).toMatchObject({ code: 0 })
        expect(await scene.opens("web01", "sops/secrets/pub")).toBe(true)
    })
})

describe("the list", () => {
    test("lies outside the tree, for nobody else, and is made from what is checked out", async () => {
        using scene = new Scene(origin)
        expect(statSync(list(scene)).mode & 0o777).toBe(0o600)
        rmSync(list(scene))
        const { err } = await scene.inside(["groups", "add-user", "guests", "bob"])
        const head = scene.git("rev-parse", "--short=7", "HEAD~").trim()
        expect(err).toContain(`taken on trust at ${head}: 2 secrets, 5 readers`)
        expect(existsSync(list(scene))).toBe(true)
    })

    test("that makes no sense is said, and made again", async () => {
        using scene = new Scene(origin)
        writeFileSync(list(scene), "{}")
        const { code, err } = await scene.inside(["groups", "add-user", "admins", "carol"])
        expect(code).toBe(0)
        expect(err).toMatch(/warning: .*accepted.json is not what hostseal wrote/u)
        expect(err).toContain("taken on trust at")
    })

    test("is one for all working trees of a clone", async () => {
        using scene = new Scene(origin)
        const other = join(scene.directory, "other")
        scene.git("worktree", "add", "--quiet", other, "-b", "side")
        const before = readFileSync(list(scene), "utf8")
        expect(await scene.inside(["groups", "add-user", "admins", "carol"], { cwd: other })).toMatchObject({
            code: 0,
        })
        expect(readFileSync(list(scene), "utf8")).not.toBe(before)
        expect(existsSync(join(scene.tree, ".git/worktrees/other/hostseal/accepted.json"))).toBe(false)
    })

    test("is written by one command at a time, wherever it works", async () => {
        using scene = new Scene(origin)
        const other = join(scene.directory, "other")
        scene.git("worktree", "add", "--quiet", other, "-b", "side")
        const holder = spawn("flock", [
            "-x",
            join(scene.tree, ".git/clan.lock"),
            "sh",
            "-c",
            "echo held; cat",
        ])
        await once(holder.stdout, "data")
        const ended = scene.inside(["groups", "add-user", "admins", "carol"], { cwd: other })
        expect(await Promise.race([ended, setTimeout(2000, "waits")])).toBe("waits")
        holder.stdin.end()
        const { code, err } = await ended
        expect(code, err).toBe(0)
        expect(err).toContain("waiting for another command to finish")
    })

    test("is not touched by a dry run, which says what would be a question", async () => {
        using scene = new Scene(origin)
        await attack(scene, "a link to s1")
        const before = readFileSync(list(scene), "utf8")
        const ended = await scene.inside(["key", "update", "--dry-run"])
        expect(ended.code).toBe(0)
        expect(ended.err).toMatch(/mallory would gain .*: that would be a question/u)
        expect(readFileSync(list(scene), "utf8")).toBe(before)
    })

    test("lies in the user's own folder where there is no git", async () => {
        using scene = new Scene(origin)
        rmSync(join(scene.tree, ".git"), { recursive: true })
        const env = { XDG_STATE_HOME: join(scene.directory, "state") }
        const ended = await scene.inside(["groups", "add-user", "admins", "carol", "--flake", scene.tree], {
            env,
        })
        expect(ended.code, ended.err).toBe(0)
        expect(existsSync(join(scene.directory, "state/hostseal"))).toBe(true)
    })
})

test("what clan has granted meanwhile is a question once", async () => {
    using scene = new Scene(origin)
    await attack(scene, "a link of carol's to s1")
    const recipients = ["alice", "bob", "carol"].map((name) => scene.key(name).recipient)
    const { seal } = await import("../host.ts")
    writeFileSync(
        join(scene.tree, "sops/secrets/s1/secret"),
        await seal("CANARY TOP", "binary", ...recipients.toSorted()),
    )
    scene.git("commit", "--quiet", "--all", "--message=secrets: add user carol to s1")
    expect(await scene.inside(["users", "add-key", "alice", scene.key("alice_new").recipient])).toMatchObject(
        { code: 0 },
    )
    expect(await scene.opens("carol", "sops/secrets/s1")).toBe(true)
    expect(await scene.inside(["set", "s1"], { stdin: "CANARY NEW" })).toMatchObject({ code: 1 })
    const accepted = await scene.inside(["set", "s1", "--accept", "user:carol"], { stdin: "CANARY NEW" })
    expect(accepted, accepted.err).toMatchObject({ code: 0 })
    expect(await scene.inside(["set", "s1"], { stdin: "CANARY NEW" })).toMatchObject({ code: 0 })
})
