// Values of files under a `.sops.yaml`: what is changed here the real sops reads, and what is not keeps its bytes.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { alice, bob, committed, configuration, file, git, openedBy } from "./ruled-tree.ts"
import { read, run, runWith, sealed, tree, web } from "./ruled-tree.ts"

const yaml =
    "# who uses it: web\ndb:\n    password: CANARY\n    port: 5432\n    ssl: true\n" +
    "list:\n    - CANARY 1\n    - CANARY 2\nplain_unencrypted: yes it is\n"

/** The lines of values in a file that differ from those of a text; what stands behind them is its metadata. */
function changedLines(path: string, before: string): string[] {
    const old = new Set(before.split("\n"))
    return (read(path).split(/^\s*"?\[?sops/mu)[0] ?? "")
        .split("\n")
        .filter((line) => !old.has(line))
        .map((line) => line.replace(/ENC\[.*\]/u, "ENC").trim())
}

async function set(value: string, ...args: string[]) {
    writeFileSync(join(tree, "..", "value-of-test"), value)
    return run("set", ...args, "--file", join(tree, "..", "value-of-test"))
}

test("changes one value and nothing else, in every format", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob"] }))
    sealed("secrets/a.yaml", yaml)
    sealed("secrets/b.json", '{"a":{"b":"CANARY"},"n":1.5}')
    sealed("secrets/c.env", "# note\nA=CANARY\nB=CANARY\n")
    sealed("secrets/d.ini", "[a]\nb = CANARY\nc = CANARY\n")
    sealed("secrets/key.pem", "CANARY\n")
    committed()
    const cases = [
        ["secrets/a.yaml", "db/password", "CANARY new", ["password: ENC"], /password: CANARY new\n/u],
        ["secrets/a.yaml", "db/port", "1", ["port: ENC"], /port: 1\n/u],
        ["secrets/a.yaml", "db/ssl", "false", ["ssl: ENC"], /ssl: false\n/u],
        ["secrets/a.yaml", "list/1", "CANARY 3", ["- ENC"], /- CANARY 1\n {4}- CANARY 3\n/u],
        ["secrets/b.json", "a/b", "CANARY new", ['"b": "ENC"'], /"b": "CANARY new"/u],
        ["secrets/b.json", "n", "2.5", ['"n": "ENC",'], /"n": 2\.5/u],
        ["secrets/c.env", "B", "CANARY new", ["B=ENC"], /# note\nA=CANARY\nB=CANARY new\n/u],
        ["secrets/d.ini", "a/c", "CANARY new", ["c = ENC"], /c *= CANARY new\n/u],
    ] as const
    for (const [path, key, value, lines, plain] of cases) {
        const before = read(path)
        const { code, err } = await set(value, path, key)
        expect({ code, err }).toMatchObject({ code: 0 })
        expect(changedLines(path, before), `${path} ${key}`).toEqual(lines)
        expect(openedBy(bob.secret, path)).toMatch(plain)
    }
    expect(await set("CANARY bytes", "secrets/key.pem")).toMatchObject({ code: 0 })
    expect(openedBy(bob.secret, "secrets/key.pem")).toBe("CANARY bytes")
    expect(git("status", "--short")).toBe("")
    for (const [args, message] of [
        [["secrets/a.yaml", "db"], "is a mapping: name a value in it"],
        [["secrets/a.yaml", "db/port"], "is a whole number, and stays so"],
        [["secrets/key.pem", "a"], "is one value, and has no keys"],
        [["other.yaml", "a"], "no rule in .sops.yaml is for other.yaml"],
        [["secrets/a.yaml", "db/port", "--user", "bob"], "stands in its rule"],
    ] as const)
        expect((await set("CANARY", ...args)).err).toContain(message)
})

test("adds keys beside the old ones, and makes files by their rule", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice", "host_web"] }))
    sealed("secrets/a.yaml", yaml)
    sealed("secrets/b.json", '{"a":"CANARY"}')
    committed()
    const before = read("secrets/a.yaml")
    expect(await set("CANARY new", "secrets/a.yaml", "mail/relay/password")).toMatchObject({ code: 0 })
    expect(changedLines("secrets/a.yaml", before)).toEqual(["mail:", "relay:", "password: ENC"])
    expect(openedBy(web.secret, "secrets/a.yaml")).toBe(
        `${yaml}mail:\n    relay:\n        password: CANARY new\n`,
    )
    expect(await set("CANARY new", "secrets/b.json", "b")).toMatchObject({ code: 0 })
    expect(JSON.parse(openedBy(web.secret, "secrets/b.json") ?? "")).toEqual({ a: "CANARY", b: "CANARY new" })
    for (const [path, key, plain] of [
        ["secrets/new.yaml", "db/password", "db:\n    password: CANARY first\n"],
        ["secrets/new.json", "a", '{\n\t"a": "CANARY first"\n}\n'],
        ["secrets/new.env", "A", "A=CANARY first\n"],
        ["secrets/new.ini", "a/b", "[a]\nb = CANARY first\n"],
    ] as const) {
        const { code, err } = await set("CANARY first", path, key)
        expect({ code, err }, path).toMatchObject({ code: 0 })
        expect(openedBy(web.secret, path)?.trim()).toBe(plain.trim())
        expect(openedBy(bob.secret, path)).toBeUndefined()
    }
    // Whoever this clone does not know is asked about, even where a rule names them.
    file(".sops.yaml", `creation_rules:\n  - age: ${alice.recipient},${(await stranger()).recipient}\n`)
    const refused = await set("CANARY", "secrets/more.yaml", "a")
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("would gain") })
})

async function stranger() {
    return (await import("../../agent/age/identity.ts")).generateIdentity()
}

test("edits the plaintext in memory, and seals what was changed", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob"] }))
    sealed("secrets/a.yaml", yaml)
    committed()
    const before = read("secrets/a.yaml")
    const editor = join(tree, ".git", "editor")
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/CANARY 2/CANARY 4/; s/5432/5433/" "$1"\n', { mode: 0o755 })
    expect(await runWith({ EDITOR: editor }, "edit", "secrets/a.yaml")).toMatchObject({ code: 0 })
    expect(changedLines("secrets/a.yaml", before)).toEqual(["port: ENC", "- ENC"])
    expect(openedBy(bob.secret, "secrets/a.yaml")).toBe(
        yaml.replace("CANARY 2", "CANARY 4").replace("5432", "5433"),
    )
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/^list:/more: CANARY\\nlist:/; /CANARY 1/d" "$1"\n', {
        mode: 0o755,
    })
    const next = read("secrets/a.yaml")
    expect(await runWith({ EDITOR: editor }, "edit", "secrets/a.yaml")).toMatchObject({ code: 0 })
    expect(changedLines("secrets/a.yaml", next)).toEqual(["more: ENC"])
    expect(openedBy(bob.secret, "secrets/a.yaml")).toContain("more: CANARY\nlist:\n    - CANARY 4\n")
    const last = read("secrets/a.yaml")
    writeFileSync(editor, '#!/bin/sh\nprintf "a: [CANARY\\n" > "$1"\n', { mode: 0o755 })
    expect(await runWith({ EDITOR: editor }, "edit", "secrets/a.yaml")).toMatchObject({ code: 1 })
    expect(read("secrets/a.yaml")).toBe(last)
})

test("renames and removes files, and asks whom another rule would let in", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice"], "shared/": ["alice", "bob"] }))
    sealed("secrets/a.yaml")
    file("secrets/plain.yaml", "a: CANARY\n")
    committed()
    expect(await run("rename", "secrets/a.yaml", "secrets/b.yaml")).toMatchObject({ code: 0 })
    expect(openedBy(alice.secret, "secrets/b.yaml")).toBe("a: CANARY\n")
    expect(await run("rename", "secrets/b.yaml", "shared/b.yaml")).toMatchObject({
        code: 1,
        err: expect.stringContaining("user bob would gain"),
    })
    const accept = ["--accept", "user:bob"]
    expect(await run("rename", "secrets/b.yaml", "shared/b.yaml", ...accept)).toMatchObject({ code: 0 })
    expect(openedBy(bob.secret, "shared/b.yaml")).toBe("a: CANARY\n")
    expect(git("ls-files", "secrets", "shared")).toBe("secrets/plain.yaml\nshared/b.yaml\n")
    for (const to of ["secrets/plain.yaml", "shared/b.json"])
        expect(await run("rename", "shared/b.yaml", to)).toMatchObject({ code: 1 })
    expect(await run("rename", "shared/b.yaml", "secrets/c.yaml", ...accept)).toMatchObject({ code: 0 })
    expect(openedBy(bob.secret, "secrets/c.yaml")).toBeUndefined()
    expect(JSON.parse(read(".sops.debt.json"))).toMatchObject({ "secrets/c.yaml": [{ lost: "user:bob" }] })
    expect(await run("remove", "secrets/c.yaml")).toMatchObject({ code: 0 })
    expect(git("ls-files", "secrets", "shared", ".sops.debt.json")).toBe("secrets/plain.yaml\n")
})
