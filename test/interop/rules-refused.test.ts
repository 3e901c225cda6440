// Configurations and files that nobody should have to work with: each command does what it says, or refuses with one
// sentence, and nothing is half written.

import { execFileSync } from "node:child_process"
import { rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { alice, bob, committed, configuration, file, git } from "./ruled-tree.ts"
import { openedBy, read, run, sealed, sops, tree, web } from "./ruled-tree.ts"

const dora = generateIdentity()
const good = configuration({ "secrets/": ["alice", "host_web"] })
const [keys = "", rules = ""] = good.split(/(?=creation_rules)/u)

/** Every kind of command: those that read, and those that change. */
const reading: readonly string[][] = [
    ["list"],
    ["verify"],
    ["users", "list"],
    ["audit", "secret", "secrets/a.yaml"],
    ["audit", "user", "alice"],
    ["graph"],
    ["debt"],
    ["status"],
    ["get", "secrets/a.yaml", "a"],
    ["key", "update", "--dry-run"],
]
const changing: readonly string[][] = [
    ["users", "add", "dora", dora.recipient],
    ["users", "add-secret", "bob", "secrets/a.yaml", "--yes"],
    ["machines", "remove-secret", "host_web", "secrets/a.yaml", "--yes"],
    ["machines", "remove", "host_web"],
    ["users", "add-key", "alice", dora.recipient],
    ["set", "secrets/a.yaml", "a", "--file", ".git/value"],
    ["rename", "secrets/a.yaml", "secrets/z.yaml"],
    ["remove", "secrets/a.yaml"],
    ["key", "update", "--accept", "all"],
]

interface Case {
    readonly config?: string
    readonly before?: () => void
    /** Every command takes its time. */
    readonly isSlow?: true
    /** The commands that are refused, by their first words, and how. Others work. */
    readonly refused: Readonly<Record<string, string | undefined>>
}

/** Opening a file, and the ledger, need no rules. */
const everything = (message: string): Case["refused"] => ({ "": message, get: undefined, debt: undefined })

const cases: Readonly<Record<string, Case>> = {
    "a tab for indentation": { config: `${keys}\tx: 1\n${rules}`, refused: everything("a tab stands where") },
    "a key twice": { config: `${good}creation_rules: []\n`, refused: everything("occurs twice") },
    "an alias of nothing": {
        config: good.replace("*alice", "*nobody"),
        refused: everything("an alias refers to an anchor that is not there"),
    },
    "rules that are no list": {
        config: `${keys}creation_rules:\n  a: 1\n`,
        refused: everything("is not a list"),
    },
    "a list by alias in a list": {
        config: `${keys}  - &all [*alice, *host_web]\ncreation_rules:\n  - path_regex: secrets/\n    key_groups:\n      - age: [*all]\n`,
        refused: everything("list"),
    },
    "a pattern that is too large": {
        config: `${keys}creation_rules:\n  - path_regex: ${"(x?){900}".repeat(9)}$\n    age: *alice\n`,
        refused: everything("path_regex is too large, or takes too long"),
    },
    "a pattern that runs wild": {
        config: `${keys}creation_rules:\n  - path_regex: ([x/]*){900}y\n    age: *alice\n`,
        isSlow: true,
        before: () => {
            for (const name of "abc")
                file(`${`${"x".repeat(200)}/`.repeat(15)}${name}.yaml`, read("secrets/a.yaml"))
        },
        refused: everything("path_regex is too large, or takes too long"),
    },
    "groups that are merged": {
        config: `${keys}creation_rules:\n  - path_regex: secrets/\n    key_groups:\n      - merge:\n          - age: [*alice]\n          - age: [*host_web]\n`,
        refused: { "users add-secret": "is written in a way that is not edited here" },
    },
    "a second key group": {
        config: `${good}      - age:\n          - *bob\n`,
        refused: {
            "users add-secret": "has several key groups",
            "machines remove-secret": "has several key groups",
            "machines remove host_web": "has several key groups",
            "users add-key": "has several key groups",
            set: "has several key groups",
            rename: "has several key groups",
        },
    },
    "a configuration that is a link": {
        before: () => {
            unlinkSync(join(tree, ".sops.yaml"))
            writeFileSync(join(tree, ".git/real.yaml"), good)
            symlinkSync(".git/real.yaml", join(tree, ".sops.yaml"))
        },
        refused: everything(".sops.yaml"),
    },
    "a configuration that is not UTF-8": {
        before: () =>
            writeFileSync(
                join(tree, ".sops.yaml"),
                Buffer.concat([Buffer.from([0x23, 0xe9, 0x0a]), Buffer.from(good)]),
            ),
        refused: {
            "users add": "not UTF-8",
            "users add-secret": "not UTF-8",
            machines: "not UTF-8",
            "users add-key": "not UTF-8",
        },
    },
    "a file that was decrypted in its place": {
        before: () => {
            file("secrets/a.yaml", "a: CANARY\n")
            sealed("secrets/b.yaml")
        },
        refused: {
            "audit secret": "does not exist",
            get: "no sops metadata",
            "users add-secret": "is not encrypted",
            "machines remove-secret": "is not encrypted",
            set: "is not encrypted",
            rename: "does not exist",
            remove: "does not exist",
        },
    },
    "a file with half of its metadata": {
        before: () => file("secrets/a.yaml", `${read("secrets/a.yaml").split("    lastmodified")[0]}`),
        refused: {
            get: "secrets/a.yaml",
            "users add-secret": "cannot be read as what sops wrote",
            "machines remove": "cannot be read as what sops wrote",
            "users add-key": "cannot be read as what sops wrote",
            set: "cannot be read as what sops wrote",
            rename: "cannot be read as what sops wrote",
        },
    },
    "a folder that leads out of the tree": {
        before: () => {
            rmSync(join(tree, ".git/out"), { recursive: true, force: true })
            execFileSync("mv", [join(tree, "secrets"), join(tree, ".git/out")])
            symlinkSync(".git/out", join(tree, "secrets"))
        },
        refused: {
            "audit secret": "does not exist",
            "users add-secret": "does not exist",
            "machines remove-secret": "does not exist",
            set: "secrets",
            rename: "does not exist",
            remove: "does not exist",
        },
    },
}

function refusal({ refused }: Case, words: readonly string[]): string | undefined {
    const line = words.join(" ")
    const [best] = Object.keys(refused)
        .filter((start) => line.startsWith(start))
        .toSorted((a, b) => b.length - a.length)
    return best === undefined ? undefined : refused[best]
}

test.each(Object.entries(cases))("refuses what it cannot do with %s, and does the rest", async (_, each) => {
    file(".sops.yaml", good)
    sealed("secrets/a.yaml", "a: CANARY\nb: CANARY 2\n")
    writeFileSync(join(tree, ".git/value"), "CANARY 3")
    committed()
    if (each.config !== undefined) file(".sops.yaml", each.config)
    each.before?.()
    committed()
    const start = git("rev-parse", "HEAD").trim()
    const all = [...reading, ...changing]
    for (const words of each.isSlow === true ? all.filter((__, index) => index % 4 === 0) : all) {
        const { code, out, err } = await run(...words)
        const line = `${words.join(" ")}: ${code} ${out}${err}`
        expect(err, line).not.toMatch(/ at .*\.ts:|please report/u)
        expect(err.match(/^error: /gmu)?.length ?? 0, line).toBeLessThanOrEqual(1)
        expect(`${out}${err}`.includes("CANARY") && words[0] !== "get", line).toBe(false)
        const message = refusal(each, words)
        if (message === undefined) expect([0, 5], line).toContain(code)
        else {
            if (words[0] !== "verify" && words[0] !== "status") expect(code, line).toBe(1)
            expect(`${out}${err}`, line).toContain(message)
        }
        expect(git("status", "--short"), line).toBe("")
        if (message !== undefined || !changing.includes(words))
            expect(git("rev-parse", "HEAD").trim(), line).toBe(start)
        git("reset", "--quiet", "--hard", start)
        rmSync(join(tree, ".git/hostseal"), { recursive: true, force: true })
    }
})

test("keeps what a cloud has of a file, byte for byte, and refuses to take somebody out of it", async () => {
    const arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    file(".sops.yaml", good)
    sealed("secrets/a.yaml")
    const entry = `    kms:\n        - arn: ${arn}\n          created_at: "2026-01-01T00:00:00Z"\n          enc: AQICAHg=\n          aws_profile: ""\n`
    file("secrets/a.yaml", read("secrets/a.yaml").replace("sops:\n", `sops:\n${entry}`))
    file(
        ".sops.yaml",
        good.replace("      - age:\n", `      - kms:\n          - arn: ${arn}\n        age:\n`),
    )
    committed()
    expect(await run("users", "add-secret", "bob", "secrets/a.yaml")).toMatchObject({ code: 0 })
    expect(read("secrets/a.yaml")).toContain(entry)
    expect(openedBy(bob.secret, "secrets/a.yaml")).toBe("a: CANARY\n")
    expect(await run("users", "remove", "bob")).toMatchObject({
        code: 1,
        err: expect.stringContaining("cloud"),
    })
    expect(git("status", "--short")).toBe("")
})

test("edits a configuration with line ends of Windows, and leaves them", async () => {
    file(".sops.yaml", good.replaceAll("\n", "\r\n"))
    sealed("secrets/a.yaml")
    committed()
    for (const line of [
        ["users", "add", "dora", dora.recipient, "--like", "alice"],
        ["users", "add-secret", "bob", "secrets/a.yaml"],
        ["machines", "remove", "host_web"],
    ])
        expect(await run(...line)).toMatchObject({ code: 0 })
    expect(read(".sops.yaml").replaceAll("\r\n", "")).not.toMatch(/[\r\n]/u)
    expect(sops("updatekeys", "-y", "secrets/a.yaml").stderr).toContain("already up to date")
    for (const { secret } of [alice, bob, dora])
        expect(openedBy(secret, "secrets/a.yaml")).toBe("a: CANARY\n")
    expect(openedBy(web.secret, "secrets/a.yaml")).toBeUndefined()
})
