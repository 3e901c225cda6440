// What docs/sops-yaml.md has to copy: its check, hook and workflow do what they are for.

import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { env, execPath } from "node:process"
import { afterEach, beforeEach, expect, test } from "vitest"
import { root } from "../../agent/build/build.ts"
import { commands } from "../../agent/admin/commands.ts"
import { bundledCli } from "../bundled.ts"
import { hasNix } from "../nix/nix.ts"
import { filesOf, filled, keysWith } from "./shapes/keys.ts"
import { rules } from "./shapes/shape.ts"
import { unopened } from "./shapes/unopened.ts"

const page = readFileSync(join(root, "docs/sops-yaml.md"), "utf8")
const blocks = (language: string): readonly string[] =>
    [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gmu"))].map(([, text = ""]) => text)
const keys = keysWith("85D77543B3D624B63CEA9E6DBC17301B491B3F21", "")
let tree: string

function put(path: string, text: string): void {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
}
const home = () => ({
    PATH: `${tree}/.git/bin:${env["PATH"]}`,
    HOME: join(tree, ".git"),
    GIT_CONFIG_NOSYSTEM: "1",
    CANARY: "",
})
const git = (...args: string[]) => spawnSync("git", ["-C", tree, ...args], { env: home(), encoding: "utf8" })
const shell = (line: string) => spawnSync("sh", ["-c", line], { cwd: tree, env: home(), encoding: "utf8" })

/** Whether all files are for those whom their rule names. */
async function agree(isRight: boolean): Promise<void> {
    for (const file of filesOf({ "secrets/a.yaml": isRight ? "alice web" : "alice" }))
        put(file.path, await unopened(file, keys))
}

beforeEach(async () => {
    tree = mkdtempSync(join(tmpdir(), "hostseal-page-"))
    execFileSync("git", ["init", "--quiet", tree])
    for (const name of ["user.name", "user.email"]) git("config", name, "a@example.org")
    put(".git/bin/hostseal", `#!/bin/sh\nexec '${execPath}' '${await bundledCli()}' "$@"\n`)
    chmodSync(join(tree, ".git/bin/hostseal"), 0o755)
    put(".sops.yaml", filled(rules({ "secrets/": "alice web" }), keys))
})
afterEach(() => rmSync(tree, { recursive: true }))

test("the hook lets a commit through where everything agrees, and no other", async () => {
    const [hook = ""] = blocks("sh")
    put(".git/hooks/pre-commit", hook)
    chmodSync(join(tree, ".git/hooks/pre-commit"), 0o755)
    await agree(true)
    git("add", "--all")
    expect(git("commit", "--message", "right")).toMatchObject({ status: 0 })
    await agree(false)
    git("add", "--all")
    expect(git("commit", "--message", "wrong")).toMatchObject({
        status: 1,
        stderr: expect.stringContaining("secrets/a.yaml: is not encrypted for"),
    })
    expect(git("log", "--format=%s").stdout).toBe("right\n")
})

test("what the hook's program and CI are told to run does the same", async () => {
    const [hooks = "", workflow = ""] = blocks("yaml")
    const [, entry = ""] = /^ *entry: (.*)$/mu.exec(hooks) ?? []
    const runs = [...workflow.matchAll(/^ *- run: (hostseal .*)$/gmu)].map(([, line = ""]) => line)
    expect(runs).toHaveLength(1)
    for (const line of [entry, ...runs]) {
        await agree(true)
        expect(shell(line)).toMatchObject({ status: 0 })
        await agree(false)
        expect(shell(line)).toMatchObject({ status: 5 })
    }
})

test.runIf(hasNix())("the check of a flake builds where everything agrees, and not elsewhere", async () => {
    const [check = ""] = blocks("nix")
    const given = `let
        pkgs.runCommand = _name: _environment: text: text;
        hostseal.packages.x86_64-linux.hostseal = ${JSON.stringify(join(tree, "program"))};
        self = ${JSON.stringify(tree)};
    in { ${check} }.checks.x86_64-linux.secrets`
    const text: unknown = JSON.parse(
        execFileSync("nix-instantiate", ["--eval", "--strict", "--json", "--expr", given], {
            encoding: "utf8",
        }),
    )
    mkdirSync(join(tree, "program"))
    execFileSync("cp", ["-r", join(tree, ".git/bin"), join(tree, "program/bin")])
    // The copy of a flake in the store has no git.
    rmSync(join(tree, ".git"), { recursive: true })
    const out = join(tree, "out")
    const built = () =>
        spawnSync("sh", ["-ec", String(text)], {
            env: { PATH: env["PATH"], HOME: tree, out },
            encoding: "utf8",
        })
    await agree(false)
    expect(built()).toMatchObject({ status: 5 })
    await agree(true)
    expect(built()).toMatchObject({ status: 0 })
    expect(readFileSync(out, "utf8")).toBe("")
})

test("every command that its tables name is one", () => {
    const named = [...page.matchAll(/`hostseal ([a-z][a-z -]*[a-z])/gu)].map(([, words = ""]) => words)
    const known = new Set(commands.flatMap(({ words, aliases = [] }) => [words, ...aliases]))
    const unknown = named.filter((words) => {
        const [first = "", second = ""] = words.split(" ")
        return !known.has(first) && !known.has(`${first} ${second}`)
    })
    expect(named.length).toBeGreaterThan(10)
    expect(unknown).toEqual([])
})
