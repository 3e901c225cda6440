// What else somebody tries who may write to the repository: to block a revocation, to have a label made true, to take
// away what protects a clone, to be called like somebody else.

import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { Scene } from "./scene.ts"
import type { Ended } from "./scene.ts"
import { attack, beginning, label, mustBeSaid, openBy } from "./writer.ts"

const origin = new Scene()
let scene = origin
beforeAll(async () => beginning(origin))
beforeEach(() => {
    scene = new Scene(origin)
    return () => scene[Symbol.dispose]()
})
afterAll(() => origin[Symbol.dispose]())

const at = (path: string): string => join(scene.tree, path)

async function run(line: string, stdin = "", as = "alice"): Promise<Ended> {
    return scene.inside(line.split(" "), { stdin, as })
}

function commit(): void {
    scene.git("add", "--all")
    scene.git("commit", "--quiet", "--message=tidy up")
}

describe("a revocation is not blocked", () => {
    test("by a copied file: that one is left out, with exit code 5, and what was taken is taken once it is back", async () => {
        const right = readFileSync(at("sops/secrets/pub/secret"))
        await attack(scene, "the file of s1 over that of pub")
        const before = await openBy(scene)
        const dry = await run("groups remove-user admins bob --dry-run")
        expect(dry).toMatchObject({ code: 5 })
        const { code, err } = await run("groups remove-user admins bob")
        expect(code, err).toBe(5)
        expect(err).toContain("user bob can no longer read s1\n")
        expect(err).toMatch(
            /^error: the change is made, but 1 secret had to be left out: pub\nbecause: what lies there was sealed for sops\/secrets\/s1, /mu,
        )
        expect(err).toContain("hint: take it from git as before, then: hostseal key update pub\n")
        expect(await scene.opens("bob", "sops/secrets/s1")).toBe(false)
        await mustBeSaid(scene, before, err)
        // As long as it lies there nothing new is sealed to anybody by it.
        expect(await run("set pub", "CANARY NEW")).toMatchObject({ code: 1 })
        writeFileSync(at("sops/secrets/pub/secret"), right)
        const mended = await run("key update pub")
        expect(mended.code, mended.err).toBe(0)
        expect(mended.err).toContain("user bob can no longer read pub")
        expect(await scene.opens("bob", "sops/secrets/pub")).toBe(false)
        expect((await run("debt")).out).toContain('pub: user "bob" could read it')
    })

    test("by a file that only says that it is another's: it is revoked as all others", async () => {
        const text = readFileSync(at("sops/secrets/pub/secret"), "utf8")
        const lie = text.replace('"place": "sops/secrets/pub"', '"place": "sops/secrets/s1"')
        expect(lie).not.toBe(text)
        writeFileSync(at("sops/secrets/pub/secret"), lie)
        commit()
        const { code, err } = await run("groups remove-user admins bob")
        expect(code, err).toBe(0)
        expect(await scene.opens("bob", "sops/secrets/pub")).toBe(false)
    })

    test("by a planted link with a label: the line that takes those away is in the refusal, and works", async () => {
        await attack(scene, "a link to s1, and a label")
        const { code, err } = await run("groups remove-user admins bob")
        expect(code).toBe(1)
        const [, line = ""] = /if it is not meant, take it away first: hostseal (.*)$/mu.exec(err) ?? []
        expect(line).toBe("users remove-secret mallory s1")
        expect(await run(line)).toMatchObject({ code: 0 })
        expect(await run("groups remove-user admins bob")).toMatchObject({ code: 0 })
        for (const name of ["bob", "mallory"]) expect(await scene.opens(name, "sops/secrets/s1")).toBe(false)
        expect(await run("verify --bound")).toMatchObject({ code: 0 })
    })

    test.each([
        [
            "the link of a group",
            () => plant("sops/secrets/s1/groups/guests", "../../../groups/guests"),
            "groups remove-secret guests s1",
        ],
        [
            "a member of a group",
            () => plant("sops/groups/admins/users/mallory", "../../../users/mallory"),
            "groups remove-user admins mallory",
        ],
        ["a second key of bob's", () => keysOfBob("bob", "mallory"), "users remove-key bob $mallory"],
        ["another key of bob's", () => keysOfBob("mallory"), "users add bob $bob --force"],
    ])("by %s with a label: the refusal has the line for it, which works", async (_, tamper, expected) => {
        tamper()
        label(scene.tree, "sops/secrets/s1", scene.key("mallory").recipient)
        commit()
        const { code, err } = await run("set s1", "CANARY NEW")
        expect(code, err).toBe(1)
        const [, line = ""] = /if it is not meant, take it away first: hostseal (.*)$/mu.exec(err) ?? []
        expect(line).toBe(expected.replaceAll(/\$(\w+)/gu, (_all, name: string) => scene.key(name).recipient))
        expect(await run(line)).toMatchObject({ code: 0 })
        expect(await run("set s1", "CANARY NEW")).toMatchObject({ code: 0 })
        expect(await scene.opens("bob", "sops/secrets/s1")).toBe(true)
        expect(await scene.opens("mallory", "sops/secrets/s1")).toBe(false)
        expect(await run("groups remove-user admins bob")).toMatchObject({ code: 0 })
        expect(await run("verify --bound")).toMatchObject({ code: 0 })
    })
})

test("a machine whose planted link no file obeyed loses nothing by its removal, and that is said", async () => {
    scene.key("web02")
    for (const line of [
        `machines add web02 ${scene.key("web02").recipient}`,
        "groups add-machine boxes web01",
        "groups add-secret boxes s1",
    ])
        expect(await run(line)).toMatchObject({ code: 0 })
    plant("sops/groups/boxes/machines/web02", "../../../machines/web02")
    commit()
    const dry = await run("groups remove-machine boxes web02 --dry-run")
    expect(dry.out).toContain("machine web02 has no entry in the file of s1\n")
    const { code, err } = await run("groups remove-machine boxes web02")
    expect(code, err).toBe(0)
    expect(err).toContain("machine web02 had no entry in the file of s1\n")
    for (const text of [dry.out, err, scene.git("log", "-1")]) expect(text).not.toContain("longer read")
    expect((await run("groups remove-machine boxes web01")).err).toContain(
        "machine web01 can no longer read s1\n",
    )
})

test("key update makes no label true unasked; accepted, it is true", async () => {
    await attack(scene, "a link to s1, and a label")
    for (const line of ["key update", "key update s1", "key update --yes"]) {
        const { code, err } = await run(line)
        expect(code, err).toBe(1)
        expect(err).toContain("user mallory would gain what this command does not say: s1")
    }
    expect(await scene.opens("mallory", "sops/secrets/s1")).toBe(false)
    const { code, err } = await run("key update --accept user:mallory")
    expect(code, err).toBe(0)
    expect(err).toContain("user mallory can now read s1")
    expect(await scene.opens("mallory", "sops/secrets/s1")).toBe(true)
    expect(await run("verify --bound")).toMatchObject({ code: 0 })
    expect((await run("key update")).err).toContain("already up to date")
})

test("a rubbish entry under a name that is known: verify says so, and bind makes it anew", async () => {
    const file = at("sops/secrets/s1/secret")
    const text = readFileSync(file, "utf8")
    const [mine, his] = ["alice", "bob"].map((name) => {
        const recipient = text.indexOf(scene.key(name).recipient)
        return /"enc": ("[^"]+")/u.exec(text.slice(text.lastIndexOf("{", recipient)))?.[1] ?? ""
    })
    const spoilt = text.replace(his ?? "", () => mine ?? "")
    expect(spoilt).not.toBe(text)
    writeFileSync(file, spoilt)
    commit()
    expect(await run("verify")).toMatchObject({ code: 5 })
    expect(await scene.opens("bob", "sops/secrets/s1").catch(() => false)).toBe(false)
    expect(await run("bind s1")).toMatchObject({ code: 0 })
    expect(await scene.opens("bob", "sops/secrets/s1")).toBe(true)
    expect(await run("verify --bound")).toMatchObject({ code: 0 })
})

test("without the attributes of the drivers a merge is one of text: it conflicts, and gives nobody anything", async () => {
    expect(await run("git-setup")).toMatchObject({ code: 0 })
    commit()
    const before = await openBy(scene)
    rmSync(at(".gitattributes"))
    commit()
    scene.git("checkout", "-q", "-b", "hers")
    cpSync(at("sops/secrets/s1/secret"), at("sops/secrets/pub/secret"))
    symlinkSync("../../../users/mallory", inFolder("sops/secrets/s1/users/mallory"))
    label(scene.tree, "sops/secrets/s1", scene.key("mallory").recipient)
    commit()
    scene.git("checkout", "-q", "main")
    expect(await run("set pub", "CANARY PUBLIC 2")).toMatchObject({ code: 0 })
    expect(() => scene.git("merge", "-q", "--no-edit", "hers")).toThrow()
    // Whatever lies there now, no command takes it for a secret.
    expect((await run("verify")).out).toMatch(/conflict/u)
    expect(await run("groups add-user admins carol")).toMatchObject({ code: 1 })
    scene.git("merge", "--abort")
    scene.git("merge", "-q", "-X", "theirs", "--no-edit", "hers")
    const { code, err } = await run("groups add-user admins carol")
    expect(code, err).toBe(1)
    for (const [name, values] of await openBy(scene))
        for (const value of values.keys())
            if (name === "mallory" || name === "carol")
                expect([...(before.get(name)?.keys() ?? []), "CANARY PUBLIC 2"], name).toContain(value)
})

test("a group that is called like a user lets in its members alone, and those are a question", async () => {
    mkdirSync(at("sops/groups/bob/users"), { recursive: true })
    symlinkSync("../../../users/mallory", at("sops/groups/bob/users/mallory"))
    mkdirSync(at("sops/secrets/s1/groups"), { recursive: true })
    symlinkSync("../../../groups/bob", at("sops/secrets/s1/groups/bob"))
    commit()
    const before = await openBy(scene)
    const added = await run("groups add-user admins carol")
    expect(added.code, added.err).toBe(0)
    await mustBeSaid(scene, before, added.err)
    const set = await run("set s1", "CANARY NEW")
    expect(set.code).toBe(1)
    expect(set.err).toContain("user mallory would gain")
    // Nobody was added to the file, so nobody is vouched for.
    expect(set.err).not.toContain("was added by somebody who could read it")
    // --accept user:bob says nothing of the group.
    expect(await run("set s1 --accept user:bob", "CANARY NEW")).toMatchObject({ code: 1 })
    expect(await run("users remove bob")).toMatchObject({ code: 0 })
    expect(await scene.opens("bob", "sops/secrets/s1")).toBe(false)
    expect(await scene.opens("mallory", "sops/secrets/s1")).toBe(false)
})

test("a second key in somebody's key.json is a key of somebody new", async () => {
    keysOfBob("bob", "mallory")
    commit()
    const before = await openBy(scene)
    const added = await run("groups add-user admins carol")
    expect(added.code, added.err).toBe(0)
    await mustBeSaid(scene, before, added.err)
    for (const line of ["set s1", "key update"]) {
        const { code, err } = await run(line, "CANARY NEW")
        expect(code, line).toBe(1)
        expect(err).toContain("user bob would gain what this command does not say")
    }
    expect(await scene.opens("mallory", "sops/secrets/s1")).toBe(false)
})

test("who was removed gains nothing by an old file that she has bound anew", async () => {
    const old = readFileSync(at("sops/secrets/pub/secret"))
    expect(await run("users remove-secret mallory pub")).toMatchObject({ code: 0 })
    writeFileSync(at("sops/secrets/pub/secret"), old)
    symlinkSync("../../../users/mallory", inFolder("sops/secrets/pub/users/mallory"))
    commit()
    // In a clone of her own she binds it; the list there knows of no removal.
    scene.git("clone", "--quiet", scene.tree, join(scene.directory, "hers"))
    const cwd = join(scene.directory, "hers")
    const env = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "user.email", GIT_CONFIG_VALUE_0: "m@m" }
    const bound = await scene.inside(["bind", "pub", "--accept", "all"], {
        as: "mallory",
        cwd,
        env: { ...env, GIT_AUTHOR_NAME: "m", GIT_COMMITTER_NAME: "m" },
    })
    expect(bound.code, bound.err).toBe(0)
    cpSync(join(cwd, "sops/secrets/pub/secret"), at("sops/secrets/pub/secret"))
    scene.git("commit", "--quiet", "--allow-empty", "--all", "--message=tidy up")
    for (const line of ["set pub", "key update"]) {
        const { code, err } = await run(line, "CANARY NEW")
        expect(code, line + err).toBe(1)
        expect(err).toContain("user mallory would gain what this command does not say: pub")
    }
})

test("a var that somebody planted is not what a generator goes on with for her", async () => {
    const folder = "vars/shared/ca/key"
    const manifest = {
        version: 1,
        machines: {
            web01: { ca: generator({ key: { secret: true, deploy: true, make: { wireguard: {} } } }) },
        },
    }
    writeFileSync(join(scene.directory, "manifest.json"), JSON.stringify(manifest))
    await scene.plant(folder, "CANARY hers", ["alice", "mallory", "web01"], {
        [`${folder}/users/mallory`]: "../../../../../sops/users/mallory",
        [`${folder}/users/alice`]: "../../../../../sops/users/alice",
        [`${folder}/machines/web01`]: "../../../../../sops/machines/web01",
    })
    const file = join(scene.directory, "manifest.json")
    // Its value is there, and nothing is made; a new one would be hers too, which is a question.
    expect((await run(`generate --manifest ${file}`)).err).toContain("every value is there")
    const made = await run(`rotate --manifest ${file} ca --yes`)
    expect(made.code, made.err).toBe(1)
    expect(made.err).toContain(`user mallory would gain what this command does not say: ${folder}`)
    expect(made.err).toContain(`take it away first: hostseal users remove-secret mallory ${folder}\n`)
    expect((await scene.secrets()).get(folder)?.value).toBe("CANARY hers")
    const set = await run(`set ${folder}`, "CANARY NEW")
    expect(set.code, set.err).toBe(1)
    expect(set.err).toContain("user mallory would gain")
    expect(await run(`users remove-secret mallory ${folder}`)).toMatchObject({ code: 0 })
    expect(await run(`rotate --manifest ${file} ca --yes --accept machine:web01`)).toMatchObject({ code: 0 })
    expect((await scene.secrets()).get(folder)?.value).not.toContain("CANARY")
    for (const [name, reads] of [
        ["alice", true],
        ["web01", true],
        ["mallory", false],
    ] as const)
        expect(await scene.opens(name, folder), name).toBe(reads)
})

/** A link that nobody asked for. */
function plant(path: string, to: string): void {
    symlinkSync(to, inFolder(path))
}

/** Says in the tree that bob has these people's keys. */
function keysOfBob(...names: readonly string[]): void {
    const keys = names.map((name) => ({ publickey: scene.key(name).recipient, type: "age" }))
    writeFileSync(at("sops/users/bob/key.json"), JSON.stringify(keys))
}

function generator(files: Record<string, unknown>): Record<string, unknown> {
    const readers = { users: [], groups: [] }
    return { share: true, dependencies: [], readers, prompts: {}, validation: null, files }
}

/** The same path, whose folder is there. */
function inFolder(path: string): string {
    mkdirSync(dirname(at(path)), { recursive: true })
    return at(path)
}
