// What somebody who may write to a repository with a `.sops.yaml` tries, and what sees it or stops it.

import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { seal } from "../host.ts"
import { Scene } from "./scene.ts"

test("under a .sops.yaml verify sees without a key what was copied, bound elsewhere, or put in the clear", async () => {
    using other = new Scene()
    const keys = ["alice", "bob"].map((name) => other.key(name).recipient)
    writeFileSync(join(other.tree, ".sops.yaml"), `creation_rules:\n  - age: ${keys.join(",")}\n`)
    const file = await seal("a: CANARY one\nb: 2\n", "yaml", ...keys.toSorted())
    writeFileSync(join(other.tree, "x.yaml"), file)
    other.git("add", "--all")
    other.git("commit", "--quiet", "--message=x")
    expect(await other.inside(["set", "x.yaml", "a"], { stdin: "CANARY two" })).toMatchObject({ code: 0 })
    expect(await other.inside(["verify"])).toMatchObject({ code: 0 })
    cpSync(join(other.tree, "x.yaml"), join(other.tree, "y.yaml"))
    const text = readFileSync(join(other.tree, "x.yaml"), "utf8")
    writeFileSync(join(other.tree, "x.yaml"), text.replace(/^b: .*$/mu, "b: 3"))
    const { code, out } = await other.inside(["verify"])
    expect(code).toBe(5)
    expect(out).toContain(`x.yaml: the value of "b": it should be encrypted and is a plain int`)
    expect(out).toContain("y.yaml: says that it was sealed for x.yaml")
})

test("values of another file do not come into one by a merge, whatever labels they have", async () => {
    using other = new Scene()
    const [alice = "", mallory = ""] = ["alice", "mallory"].map((name) => other.key(name).recipient)
    const path = (name: string): string => join(other.tree, name)
    const commitAll = (): void => {
        other.git("add", "--all")
        other.git("commit", "--quiet", "--message=by sops")
    }
    const keys = `keys:\n  - &alice ${alice}\n  - &mallory ${mallory}\n`
    const rule = (pattern: string, names: string): string =>
        `  - path_regex: ${pattern}\n    key_groups:\n      - age: [${names}]\n`
    writeFileSync(
        path(".sops.yaml"),
        `${keys}creation_rules:\n${rule("pub", "*alice, *mallory")}${rule("s1", "*alice")}`,
    )
    const pub = "a: CANARY a\nb: CANARY b\n"
    writeFileSync(path("pub.yaml"), await seal(pub, "yaml", ...[alice, mallory].toSorted()))
    commitAll()
    cpSync(path("pub.yaml"), join(other.directory, "base"))
    expect(await other.inside(["set", "pub.yaml", "a"], { stdin: "CANARY new" })).toMatchObject({ code: 0 })
    // Somebody else has made it, and this clone has not seen it yet.
    const s1 = (await seal("a: CANARY a\nb: CANARY TOP\n", "yaml", alice)).toString()
    writeFileSync(path("s1.yaml"), s1)
    commitAll()
    const [entry = ""] = / {8}- (?:enc|recipient)[^]*?(?=\n {4}\w)/u.exec(s1) ?? []
    const labelled = s1.replace(entry, () => `${entry}\n${entry.replace(alice, mallory)}`)
    expect(labelled).toContain(mallory)
    writeFileSync(join(other.directory, "theirs"), labelled)
    for (const [ours, theirs] of [
        ["pub.yaml", "theirs"],
        ["theirs", "pub.yaml"],
    ] as const) {
        const place = (name: string): string => (name === "theirs" ? join(other.directory, name) : path(name))
        cpSync(place(ours), join(other.directory, "merged"))
        const files = [join(other.directory, "base"), join(other.directory, "merged"), place(theirs)]
        const { code, err } = await other.inside(["git-merge", ...files, "pub.yaml"])
        expect(code, err).toBe(1)
        expect(err).toContain("encrypted under another data key and not bound")
        expect(readFileSync(join(other.directory, "merged"))).toEqual(readFileSync(place(ours)))
    }
})

test("an import by rules gives nothing to those whom a rule names and the file does not", async () => {
    using other = new Scene()
    const [alice = "", mallory = ""] = ["alice", "mallory"].map((name) => other.key(name).recipient)
    const keys = `keys:\n  - &alice ${alice}\n  - &mallory ${mallory}\n`
    const rules = `creation_rules:\n  - key_groups:\n      - age: [*alice, *mallory]\n`
    writeFileSync(join(other.tree, ".sops.yaml"), keys + rules)
    writeFileSync(join(other.tree, "s1.yaml"), await seal("a: CANARY TOP\n", "yaml", alice))
    const both = await seal("b: CANARY PUBLIC\n", "yaml", ...[alice, mallory].toSorted())
    writeFileSync(join(other.tree, "pub.yaml"), both)
    other.git("add", "--all")
    other.git("commit", "--quiet", "--message=tidy up")
    const { code, err } = await other.inside(["import-sops", "--rules"])
    expect(code, err).toBe(0)
    expect(err).toContain(
        "s1.yaml is not encrypted for mallory, whom its rule names: left out (hostseal grant)",
    )
    expect(err).toContain("user mallory can now read pub.b\n")
    expect(await other.opens("mallory", "sops/secrets/pub.b")).toBe(true)
    expect(await other.opens("mallory", "sops/secrets/s1.a")).toBe(false)
})
