// What ships: one file per program. The linter keeps the rooms apart in the sources; this looks at what is inside.
// Sizes are not asserted: a forbidden name says which import grew and what leaked in, a limit would say it late.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { Script } from "node:vm"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Program, agent, bundle, cli, programs, root } from "../../agent/build/build.ts"
import type { Inputs } from "../../agent/build/program-parts.ts"

const packages = {
    // What runs on a machine. Whatever is added here is on every machine's disk, as root's code.
    agent: ["@noble/ciphers", "@noble/curves", "@noble/hashes", "@noble/post-quantum", "@scure/base"],
    eager: ["zod"],
    lazy: ["age-encryption", "systemd-notify", "yaml"],
    // sshpk and what it needs; loaded in a child process only.
    sshpk: ["asn1", "assert-plus", "bcrypt-pbkdf", "ecc-jsbn", "jsbn", "safer-buffer", "sshpk", "tweetnacl"],
}

let directory: string
let inAgent: Inputs
let inCli: Inputs

beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "hostseal-bundle-"))
    inAgent = await bundle(agent, directory)
    inCli = await bundle(cli, directory)
})

afterAll(() => rmSync(directory, { recursive: true }))

describe("the agent", () => {
    test("holds none of the admin program", () => {
        expect(roomsOf(contents(inAgent))).toEqual(["age", "machine", "os", "sops"])
    })

    test("holds no other package than these", () => {
        const allowed = new Set(Object.values(packages).flat())
        expect(packagesOf(contents(inAgent)).filter((name) => !allowed.has(name))).toEqual([])
    })

    test("starts without the packages that a boot seldom needs", () => {
        expect(packagesOf(eager(inAgent, agent))).toEqual(packages.eager)
    })

    test("starts without what only PGP, RSA keys and unnamed keys need", () => {
        const rare = /\/machine\/(?:pgp\/|rsa-keys|usual-keys)|\/os\/(?:gpg|ssh-child)\.ts/u
        expect(contents(inAgent).filter((path) => rare.test(path)).length).toBeGreaterThan(5)
        expect(eager(inAgent, agent).filter((path) => rare.test(path))).toEqual([])
    })

    test("starts with the small zod, without a language pack", () => {
        const zod = eager(inAgent, agent).filter((path) => path.includes("node_modules/zod/"))
        expect(zod.filter((path) => /zod\/v4\/(?:classic|locales)\//.test(path))).toEqual([])
    })
})

describe("the admin program", () => {
    test("holds nothing of the agent", () => {
        expect(roomsOf(contents(inCli))).toEqual(["admin", "age", "os", "repo", "sops"])
    })

    test("starts without any cipher, format or schema package", () => {
        expect(packagesOf(eager(inCli, cli))).toEqual([])
    })
})

describe.each(programs)("$name", ({ name }) => {
    test("is one executable file that runs where there is no package", () => {
        const file = join(directory, `${name}.cjs`)
        expect(statSync(file).mode & 0o777).toBe(0o755)
        expect(readFileSync(file, "utf8").split("\n", 1)).toEqual(["#!/usr/bin/env node"])
        const help = execFileSync(execPath, [file, "--help"], { cwd: "/", encoding: "utf8", env: {} })
        expect(help).toContain(name)
    })

    test("runs when called through a link, as `bin` in package.json and Nix do", () => {
        const link = join(directory, `link-to-${name}`)
        symlinkSync(`${name}.cjs`, link)
        expect(execFileSync(execPath, [link, "--help"], { cwd: "/", encoding: "utf8" })).toContain(name)
    })

    test("names no path of the machine it was built on", () => {
        const text = readFileSync(join(directory, `${name}.cjs`), "utf8")
        expect([root, tmpdir()].filter((path) => text.includes(`${path}/`))).toEqual([])
    })

    test("holds compiled code that the Node which made it accepts", () => {
        const text = readFileSync(join(directory, `${name}.cjs`), "utf8")
        const section = (title: string): string =>
            text.split(`\n//# ${title}\n`)[1]?.split(/\n(?:\/\/# |\*\/\}\n)/u)[0] ?? ""
        const compiled = [...text.matchAll(/^\/\/# compiled (.*)$/gmu)].map(([, title = ""]) => title)
        expect(compiled).toContain("./start.js")
        for (const title of compiled) {
            const cachedData = Buffer.from(section(`compiled ${title}`), "base64")
            const program = section(title).replaceAll("*\u0001/", "*/")
            expect(new Script(program, { cachedData }).cachedDataRejected).toBe(false)
        }
    })

    test("is the same when it is built again", async () => {
        const again = mkdtempSync(join(tmpdir(), "hostseal-bundle-"))
        await bundle(name === cli.name ? cli : agent, again)
        const [one, two] = [directory, again].map((place) => readFileSync(join(place, `${name}.cjs`)))
        expect(two?.equals(one ?? Buffer.alloc(0))).toBe(true)
        rmSync(again, { recursive: true })
    })

    test("leaves nothing but node's own modules outside", () => {
        const imports = Object.values(name === cli.name ? inCli : inAgent).flatMap((input) => input.imports)
        const outside = imports.filter((edge) => edge.external === true && !edge.path.startsWith("<"))
        const own = new Set(process.getBuiltinModule("node:module").builtinModules)
        expect(
            outside.map(({ path }) => path.replace(/^node:/, "")).filter((path) => !own.has(path)),
        ).toEqual([])
    })
})

test("sshpk is imported in one place, and what it brings along nowhere", () => {
    const importers = Object.entries({ ...inAgent, ...inCli }).filter(([path]) => path.startsWith("agent/"))
    const naming = importers.filter(([, { imports }]) =>
        packagesOf(imports.map(({ path }) => path)).some((name) => packages.sshpk.includes(name)),
    )
    expect(naming.map(([path]) => path)).toEqual(["agent/age/ssh/sshpk.ts"])
})

/** The folders below agent/ that files come from. */
function roomsOf(paths: readonly string[]): string[] {
    const rooms = paths.flatMap((path) => /^agent\/([^/]+)\//.exec(path)?.slice(1) ?? [])
    return [...new Set(rooms)].toSorted()
}

/** The npm packages that files come from. */
function packagesOf(paths: readonly string[]): string[] {
    const names = paths.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.slice(1) ?? [])
    return [...new Set(names)].toSorted()
}

/** The files of which something is in the bundle. */
function contents(inputs: Inputs): string[] {
    return Object.entries(inputs).flatMap(([path, { kept }]) => (kept > 0 ? [path] : []))
}

/** Those that run as soon as the program starts: all but what is behind an `import()`. */
function eager(inputs: Inputs, { entry }: Program): string[] {
    const reached = new Set<string>()
    const visit = (path: string): void => {
        if (reached.has(path)) return
        reached.add(path)
        for (const edge of inputs[path]?.imports ?? []) if (edge.kind !== "dynamic-import") visit(edge.path)
    }
    visit(entry)
    return contents(inputs).filter((path) => reached.has(path))
}
