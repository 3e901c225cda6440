// Every command that README.md and docs/ show is run here, and prints what they say it prints.

import { spawnSync } from "node:child_process"
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env, execPath } from "node:process"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { root } from "../agent/build/build.ts"
import { bundledAgent, bundledCli } from "./bundled.ts"
import { makeHost } from "./host.ts"
import { commandsOf, patternOf } from "./transcript.ts"

const documents = globSync(["README.md", "docs/*.md"], { cwd: root }).toSorted()
const text = (path: string): string => readFileSync(join(root, path), "utf8")

let directory: string

beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "hostseal-readme-"))
    const files = { hostseal: await bundledCli(), "hostseal-agent": await bundledAgent() }
    mkdirSync(join(directory, "bin"))
    for (const [name, file] of Object.entries(files)) {
        const script = `#!/bin/sh\nexec '${execPath}' '${file}' "$@"\n`
        writeFileSync(join(directory, "bin", name), script)
        chmodSync(join(directory, "bin", name), 0o755)
    }
})

afterAll(() => rmSync(directory, { recursive: true }))

describe.each(documents.filter((path) => commandsOf(text(path)).length > 0))("%s", (path) => {
    let home: string
    let work: string

    // Each document is one session, in a new repository of somebody who has nothing else.
    beforeAll(() => {
        home = mkdtempSync(join(directory, "home-"))
        work = join(home, "secrets")
        mkdirSync(work)
        writeFileSync(join(home, ".gitconfig"), "[user]\nname = Alice\nemail = alice@example.org\n")
        for (const file of ["web01.pub", "web01-new.pub"])
            writeFileSync(join(work, file), `${makeHost().publicLine} root@web01\n`)
        run("git init --quiet --initial-branch=main")
    })

    for (const { line, command, output } of commandsOf(text(path))) {
        test(`line ${line}: ${command}`, () => {
            const { status, printed } = run(command)
            expect(printed).toMatch(patternOf(output))
            expect(status).toBe(0)
        })
    }

    function run(command: string): { status: number | null; printed: string } {
        const variables = {
            PATH: `${directory}/bin:${env["PATH"]}`,
            HOME: home,
            TERM: "dumb",
            LC_ALL: "C.UTF-8",
        }
        // One stream, in the order of writing, as on a terminal.
        const { status, stdout } = spawnSync("sh", ["-c", `{ ${command}\n} 2>&1`], {
            cwd: work,
            env: variables,
            encoding: "utf8",
            input: "",
        })
        // As on a terminal, where the program ends the line of a value.
        return { status, printed: stdout === "" || stdout.endsWith("\n") ? stdout : `${stdout}\n` }
    }
})

describe("what a newcomer types first", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(text("package.json"))
    const typed = [
        ...text("README.md").matchAll(
            /npm (?:run )?(?!ci|pack|install|root|prefix|makes|removes)([a-z:-]+)/g,
        ),
    ].flatMap(([, name = ""]) => name)
    const shown = documents.flatMap((path) => [
        ...text(path).matchAll(/npm (?:run )?(?!ci|pack|install|root|prefix|makes|removes)([a-z:-]+)/g),
    ])

    test("is a script of package.json", () => {
        expect(shown.flatMap(([, name = ""]) => name).filter((name) => scripts[name] === undefined)).toEqual(
            [],
        )
        expect(typed).toContain("demo")
        expect(typed).toContain("test")
    })

    test("runs in CI too, word for word", () => {
        const ci = text(".ci/run").split("\n")
        expect(ci).toContain("npm ci")
        expect(ci).toContain("suite npm run demo")
        expect(ci).toContain("suite npm test")
    })
})

describe("links and vectors that a document names", () => {
    test.each(documents)("%s: are there", (path) => {
        const links = [...text(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = ""]) => link)
        const files = [...text(path).matchAll(/`((?:test|agent|docs|nix)\/[\w./-]+\.\w+)`/g)].map(
            ([, file = ""]) => file,
        )
        const from = path.includes("/") ? "docs" : "."
        const missing = [...links.map((link) => join(from, link)), ...files].filter(
            (file) => globSync(file, { cwd: root }).length === 0,
        )
        expect(missing).toEqual([])
    })

    test("docs/sops-format.md: every vector is one of those that are tested, and none is left out", () => {
        const named = [...text("docs/sops-format.md").matchAll(/\| vectors? (.*) \|$/gm)].flatMap(
            ([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
        )
        const vectors: { name: string }[] = JSON.parse(text("test/sops/vectors/manifest.json"))
        expect(named.toSorted()).toEqual([...new Set(vectors.map(({ name }) => name))].toSorted())
    })
})
