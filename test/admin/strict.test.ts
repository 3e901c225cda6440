// A clone that was told to refuse what nobody has bound, under a `.sops.yaml`: sops writes no binding, so every file that
// sops wrote since is one.

import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { seal } from "../host.ts"
import { Scene } from "./scene.ts"
import type { Ended } from "./scene.ts"

let scene: Scene
beforeEach(async () => {
    scene = new Scene()
    const [alice, bob] = ["alice", "bob"].map((name) => scene.key(name).recipient)
    writeFileSync(
        join(scene.tree, ".sops.yaml"),
        `keys:\n  - &alice ${alice}\n  - &bob ${bob}\ncreation_rules:\n` +
            `  - key_groups:\n      - age:\n          - *alice\n          - *bob\n`,
    )
    await bySops("CANARY one")
    return () => scene[Symbol.dispose]()
})

async function run(line: string, stdin = ""): Promise<Ended> {
    return scene.inside(line.split(" "), { stdin })
}

/** The files as sops writes them, which knows of no binding. */
async function bySops(value: string): Promise<void> {
    const readers = ["alice", "bob"].map((name) => scene.key(name).recipient).toSorted()
    writeFileSync(join(scene.tree, "x.yaml"), await seal(`a: ${value}\nb: CANARY b\n`, "yaml", ...readers))
    writeFileSync(join(scene.tree, "y.json"), await seal(`{"a": "${value}"}`, "json", ...readers))
    scene.git("add", "--all")
    scene.git("commit", "--quiet", "--message=by sops")
}

function files(): readonly string[] {
    return ["x.yaml", "y.json", ".sops.yaml"].map((name) => readFileSync(join(scene.tree, name), "utf8"))
}

test("one file is bound by its name, all with --all, and verify has nothing to say", async () => {
    expect((await run("verify --bound")).code).toBe(5)
    expect((await run("bind x.yaml")).err).toContain("bound 1 secret to place and readers")
    expect((await run("verify --bound")).out).not.toContain("x.yaml")
    expect((await run("bind --all")).err).toContain("bound 1 secret to place and readers")
    expect(await run("verify --bound")).toMatchObject({ code: 0 })
    scene.mustBeClean()
})

test("what sops wrote since is refused by whatever reads it, seals by it or renames it", async () => {
    const on = await run("bind --all --strict on")
    expect(on.code, on.err).toBe(0)
    expect(on.err).toContain("what is not bound is refused in this clone from now on")
    expect(await run("set x.yaml a", "CANARY two")).toMatchObject({ code: 0 })
    await bySops("CANARY three")
    scene.key("carol")
    const before = files()
    for (const [line, stdin = ""] of [
        ["get x.yaml a"],
        ["run --files x.yaml -- true"],
        ["set x.yaml a", "CANARY NEW"],
        ["set x.yaml c", "CANARY NEW"],
        ["set y.json", '{"a": "CANARY NEW"}'],
        [`users add carol ${scene.key("carol").recipient} --like bob`],
        ["users remove bob"],
        ["rename x.yaml z.yaml"],
        ["bind --strict off"],
        ["bind --strict off --yes"],
    ] as const) {
        const { code, err } = await run(line, stdin)
        expect(code, line + err).toBe(1)
        expect(err, line).toMatch(/is not bound to its place and readers|what is not bound stays refused/u)
        expect(files(), line).toEqual(before)
    }
    expect((await run("get x.yaml a --force")).out).toBe("CANARY three")
    // A person says that what is there is right, of one file or of all.
    expect(await run("bind x.yaml")).toMatchObject({ code: 0 })
    expect((await run("get x.yaml a")).out).toBe("CANARY three")
    expect(await run("users remove bob")).toMatchObject({ code: 1 })
    expect(await run("bind --strict off --accept all")).toMatchObject({ code: 0 })
    expect(await run("users remove bob")).toMatchObject({ code: 0 })
})

test("rules that somebody has changed bring nobody into what is not bound", async () => {
    expect(await run("bind --all --strict on")).toMatchObject({ code: 0 })
    await bySops("CANARY two")
    const rules = readFileSync(join(scene.tree, ".sops.yaml"), "utf8")
    const hers = scene.key("mallory").recipient
    writeFileSync(
        join(scene.tree, ".sops.yaml"),
        rules.replace("creation_rules", `  - &mallory ${hers}\ncreation_rules`) + "          - *mallory\n",
    )
    scene.git("commit", "--quiet", "--all", "--message=tidy up")
    const before = files()
    for (const line of ["key update", "key update --accept user:mallory", "bind --all"]) {
        const { code, err } = await run(line)
        expect(files(), line + err).toEqual(line === "bind --all" ? expect.anything() : before)
        if (line !== "bind --all") expect(code, line + err).toBe(1)
    }
    // Bound for those who have an entry, which she has not.
    expect(files().slice(0, 2).join("")).not.toContain(hers)
    expect((await run("key update")).err).toContain("user mallory would gain")
})

test("a side of a merge that is not bound is a conflict", async () => {
    const merge = async (): Promise<Ended> => {
        cpSync(join(scene.tree, "x.yaml"), join(scene.directory, "merged"))
        const [base, theirs] = ["base", "theirs"].map((name) => join(scene.directory, name))
        return run(`git-merge ${base} ${join(scene.directory, "merged")} ${theirs} x.yaml`)
    }
    expect(await run("bind --all")).toMatchObject({ code: 0 })
    cpSync(join(scene.tree, "x.yaml"), join(scene.directory, "base"))
    expect(await run("set x.yaml b", "CANARY ours")).toMatchObject({ code: 0 })
    const ours = readFileSync(join(scene.tree, "x.yaml"))
    cpSync(join(scene.directory, "base"), join(scene.tree, "x.yaml"))
    scene.git("commit", "--quiet", "--all", "--message=side")
    expect(await run("set x.yaml a", "CANARY theirs")).toMatchObject({ code: 0 })
    // Sops drops what it does not know when it writes.
    const theirs = readFileSync(join(scene.tree, "x.yaml"), "utf8")
    const unbound = theirs.replace(/^ {4}hostseal:\n(?: {8}.*\n)+/mu, "")
    expect(unbound).not.toBe(theirs)
    writeFileSync(join(scene.directory, "theirs"), unbound)
    writeFileSync(join(scene.tree, "x.yaml"), ours)
    scene.git("commit", "--quiet", "--all", "--message=main")
    const lax = await merge()
    expect(lax.code, lax.err).toBe(0)
    expect(await run("bind --all --strict on")).toMatchObject({ code: 0 })
    const { code, err } = await merge()
    expect(code, err).toBe(1)
    expect(err).toContain("x.yaml: one side is not bound to its place and readers")
    expect(readFileSync(join(scene.directory, "merged"))).toEqual(ours)
})
