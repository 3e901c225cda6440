// Completion in the real shells, and man pages through the real groff. Debian: bash, zsh, fish, expect, groff.

import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { afterAll, beforeAll, expect, test } from "vitest"
import { commands } from "../../agent/admin/commands.ts"
import { bundle, cli } from "../../agent/build/build.ts"

let folder = ""
let env: NodeJS.ProcessEnv = {}

beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hostseal-shells-"))
    mkdirSync(join(folder, "bin"))
    await bundle(cli, join(folder, "bin"))
    writeFileSync(
        join(folder, "bin/hostseal"),
        `#!/bin/sh\nexec "${process.execPath}" "${folder}/bin/hostseal.cjs" "$@"\n`,
    )
    chmodSync(join(folder, "bin/hostseal"), 0o755)
    const file = (path: string): void => {
        mkdirSync(join(folder, "repo", path, ".."), { recursive: true })
        writeFileSync(join(folder, "repo", path), "[]")
    }
    file(".clan-flake")
    file("sops/users/alice/key.json")
    file("sops/secrets/wifi/secret")
    file("sops/secrets/web-password/secret")
    file("notes.txt")
    env = { HOME: folder, PATH: `${folder}/bin:${process.env["PATH"]}`, TERM: "dumb", LANG: "C.UTF-8" }
})
afterAll(() => {
    rmSync(folder, { recursive: true })
})

const run = (program: string, args: readonly string[]): string =>
    execFileSync(program, args, {
        cwd: join(folder, "repo"),
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
    })

/** What bash offers for a line, through its own function for the command. */
const inBash = (line: string): string[] => {
    const words = line.split(" ").map((word) => `'${word}'`)
    const script = `source <(hostseal completion bash); COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _hostseal; printf '%s\\n' "\${COMPREPLY[@]}"`
    return run("bash", ["--norc", "-c", script]).trim().split("\n").toSorted()
}

test("bash", () => {
    expect(inBash("hostseal compl")).toEqual(["completion"])
    expect(inBash("hostseal get w")).toEqual(["web-password", "wifi"])
    expect(inBash("hostseal get --flake n")).toEqual([""])
    // Readline has cut the words at the = and replaces what follows it.
    expect(inBash("hostseal set --user = al")).toEqual(["alice"])
    expect(inBash("hostseal set --user = alice w")).toEqual(["web-password", "wifi"])
    expect(inBash("hostseal audit user al")).toEqual(["alice"])
})

test("fish", () => {
    const offered = (line: string): string[] =>
        run("fish", ["--no-config", "-c", `hostseal completion fish | source; complete -C '${line}'`])
            .trim()
            .split("\n")
    expect(offered("hostseal get wi")).toEqual(["wifi\tsecret"])
    expect(offered("hostseal set --user=al")).toEqual(["--user=alice\tuser"])
    expect(offered("hostseal set --file=not")).toEqual(["--file=notes.txt"])
    expect(offered("hostseal set --file=nosuch")).toEqual([""])
    expect(offered("hostseal --nosuch").join()).not.toContain("wifi")
})

test("zsh, at its prompt", () => {
    const script = `
set timeout 20
spawn zsh -f -i
send "autoload -Uz compinit; compinit -u -D; source <(hostseal completion zsh); echo re''ady\\r"
expect "ready" {} timeout { exit 1 }
send "hostseal get wi\\t"
expect -re "get wifi" {} timeout { exit 2 }
foreach {typed wanted} {"set --user=al" "user=alice" "set --file=not" "file=notes.txt"} {
    send "\\001\\013echo do''ne\\r"
    expect "done" {} timeout { exit 3 }
    send "hostseal $typed\\t"
    expect $wanted {} timeout { exit 4 }
}
`
    expect(run("expect", ["-c", script])).toMatch(/get wifi/u)
})

test("groff finds nothing to complain about in any page", () => {
    run("hostseal", ["man", join(folder, "man")])
    const pages = readdirSync(join(folder, "man"))
    expect(pages).toContain("hostseal.1")
    for (const page of pages) {
        const output = execFileSync("sh", [
            "-c",
            `groff -man -ww -Tutf8 "$1" 2>&1 >/dev/null`,
            "sh",
            join(folder, "man", page),
        ])
        expect(`${page}: ${output.toString()}`).toBe(`${page}: `)
    }
})

test("groff shows every example of the help as it is typed, and breaks no option", () => {
    run("hostseal", ["man", join(folder, "man")])
    for (const { words, examples } of commands) {
        const page = join(folder, "man", `hostseal-${words.replaceAll(" ", "-")}.1`)
        const shown = run("groff", ["-man", "-Tutf8", "-P-cbou", "-rLL=60n", page])
        const flat = shown.replaceAll(/\s+/gu, " ")
        for (const [line] of examples) expect(flat).toContain(line)
        expect(shown).not.toMatch(/[\u2010\u00ad]|\S {2,}--/u)
    }
})
