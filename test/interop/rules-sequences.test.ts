// Random commands under a `.sops.yaml`, those of the real sops between them. After each one exactly those of the rules
// open the files, with the real sops; debts, comments and the bytes of untouched values are as they should be.

import * as fc from "fast-check"
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { env } from "node:process"
import { spawnSync } from "node:child_process"
import { expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { committed, file, found, git, openedBy, read, run, runWith, sops, tree } from "./ruled-tree.ts"
import { alice } from "./ruled-tree.ts"
import { atFirst, everybody, patterns, readers, step } from "./rules-sequence.ts"
import type { Expected, Step } from "./rules-sequence.ts"

const keys: Readonly<Record<string, { readonly secret: string; readonly recipient: string }>> = {
    ...Object.fromEntries(everybody.map((name) => [name, generateIdentity()])),
    alice,
}

/** `HOSTSEAL_SEQUENCES=50` takes more of them. */
const runs = Number(env["HOSTSEAL_SEQUENCES"] ?? 3)

test(
    "whatever is done by either program, rules, files, readers, debts and comments agree",
    { timeout: runs * 120_000 },
    async () => {
        await fc.assert(
            fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 12 }), async (steps) => {
                begin()
                let expected = atFirst
                for (const each of steps) expected = await performed(each, expected)
                for (const path of expected.files.keys())
                    expect(sops("updatekeys", "-y", path).stderr).toContain("already up to date")
            }),
            { numRuns: runs, endOnFailure: true },
        )
    },
)

const comments = ["# who is who", "# people", "# the machine", "# for the web", "# for all"]

function begin(): void {
    for (const path of ["web", "shared", "d.yaml", ".sops.yaml", ".sops.debt.json", "sops", ".git/hostseal"])
        rmSync(join(tree, path), { recursive: true, force: true })
    const rule = (names: readonly string[]): string =>
        `    key_groups:\n      - age:\n${names.map((name) => `          - *${name}\n`).join("")}`
    file(
        ".sops.yaml",
        `# who is who\nkeys:\n  # people\n  - &alice ${keys["alice"]?.recipient}\n  - &bob ${keys["bob"]?.recipient}\n` +
            `  # the machine\n  - &host_web ${keys["host_web"]?.recipient} # in the cellar\n\ncreation_rules:\n` +
            `  # for the web\n  - path_regex: ${patterns[0]}\n${rule(["alice", "host_web"])}` +
            `  - path_regex: ${patterns[1]}\n    age: "${keys["alice"]?.recipient}, ${keys["bob"]?.recipient}"\n` +
            `  # for all\n  - key_groups: [{ age: [*alice] }]\n`,
    )
    for (const [path, values] of atFirst.files) {
        const texts = Object.fromEntries(Object.entries(values).map(([key, { text }]) => [key, text]))
        file(path, `${JSON.stringify(texts)}\n`)
        expect(sops("encrypt", "-i", path)).toMatchObject({ status: 0 })
    }
    committed()
}

async function performed(each: Step, before: Expected): Promise<Expected> {
    const line = each.words.join(" ")
    const next = each.next(before)
    const bytes = valueLines(before)
    const config = read(".sops.yaml")
    const code = each.words[0] === "sops" ? real(each.words.slice(1)) : await ours(each)
    expect(code === 0, `${line} ends with ${code}`).toBe(next !== undefined)
    const expected = next ?? before
    expect(git("status", "--short"), line).toBe("")
    expect(existsSync(join(tree, "sops")), line).toBe(false)
    // Without any file, nothing was verified.
    expect((await found()).problems, line).toEqual(expected.files.size === 0 ? ["not-read ."] : [])
    for (const comment of comments)
        if (comment !== "# the machine" || expected.names.has("host_web"))
            expect(read(".sops.yaml"), `${line}: ${comment}`).toContain(comment)
    if (!/^(?:users|machines) /u.test(line)) expect(read(".sops.yaml"), line).toBe(config)
    for (const [path, values] of expected.files) {
        for (const name of everybody) {
            const opened = openedBy(keys[name]?.secret ?? "", path)
            expect(opened !== undefined, `${line}: ${name} opens ${path}`).toBe(
                readers(expected, path).has(name),
            )
            if (opened !== undefined)
                for (const { text } of Object.values(values))
                    expect(opened, `${line}: ${path}`).toContain(text)
        }
    }
    await mustOwe(line, expected)
    const now = valueLines(expected)
    const isEdit = /^(?:set|sops set|sops edit|remove) /u.test(line)
    for (const [value, text] of bytes) {
        const [path = ""] = value.split(" ")
        if (!expected.files.has(path)) continue
        if (!isEdit && !isRotated(before, expected, path, line))
            expect(now.get(value), `${line}: ${value}`).toBe(text)
    }
    return expected
}

/** A new data key makes new texts of all values; their IVs stay, which is what debts go by. */
function isRotated(before: Expected, after: Expected, path: string, line: string): boolean {
    return line.startsWith("sops rotate") || !readers(before, path).isSubsetOf(readers(after, path))
}

async function ours({ words, stdin }: Step): Promise<number> {
    const args = words.map((word) =>
        word === word.toUpperCase() ? (keys[word.toLowerCase()]?.recipient ?? word) : word,
    )
    if (stdin === undefined) return (await run(...args)).code
    writeFileSync(join(tree, ".git/value"), stdin)
    return (await runWith({}, ...args, "--file", join(tree, ".git/value"))).code
}

function real(words: readonly string[]): number {
    const [how = "", path = "", text = ""] = words
    mkdirSync(join(tree, ".git"), { recursive: true })
    const editor = join(tree, ".git/editor")
    writeFileSync(
        editor,
        `#!/bin/sh\nsed -i 's/\\("\\{0,1\\}a"\\{0,1\\}: "\\{0,1\\}\\)CANARY[^",]*/\\1${text}/' "$1"\n`,
    )
    chmodSync(editor, 0o755)
    const home = { PATH: env["PATH"], HOME: tree, SOPS_AGE_KEY: keys["alice"]?.secret, EDITOR: editor }
    if (how === "edit" && !existsSync(join(tree, path))) return 1
    const { status } = spawnSync("sops", how === "edit" ? ["edit", path] : words, { cwd: tree, env: home })
    if (git("status", "--short") !== "") committed()
    // Nothing was changed.
    return status === 200 ? 0 : (status ?? 1)
}

async function mustOwe(line: string, { files }: Expected): Promise<void> {
    const { debts }: { debts: { secret: string; key: string; lost: string }[] } = JSON.parse(
        (await run("debt", "--json")).out,
    )
    const owed = debts.map(({ secret, key, lost }) => `${secret} ${key} ${lost.replace(/^.*:/u, "")}`)
    const wanted = [...files].flatMap(([path, values]) =>
        Object.entries(values).flatMap(([key, value]) =>
            [...value.owed].map((name) => `${path} ${key} ${name}`),
        ),
    )
    expect(owed.toSorted(), line).toEqual(wanted.toSorted())
}

/** The encrypted text of each value. */
function valueLines({ files }: Expected): ReadonlyMap<string, string> {
    const lines = new Map<string, string>()
    for (const path of files.keys()) {
        const text = readFileSync(join(tree, path), "utf8").split(/^\s*"?sops"?:/mu)[0] ?? ""
        for (const [, key = "", value = ""] of text.matchAll(/"?([ab])"?: "?(ENC\[[^\]]*\])/gu))
            lines.set(`${path} ${key}`, value)
    }
    return lines
}
