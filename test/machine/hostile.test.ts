// Input that somebody made to hurt, or that broke on its way: a typed error that names the file, the secret and the way
// out, no plaintext, no stack trace, nothing lost. Every other secret is installed all the same.

import { execFileSync } from "node:child_process"
import {
    mkdirSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    rmSync,
    symlinkSync,
    truncateSync,
    writeFileSync,
} from "node:fs"
import { expect, test } from "vitest"
import type { Format } from "../../agent/sops/format.ts"
import { makeHost } from "../host.ts"
import { mountSmall } from "./machine.ts"
import { World } from "./world.ts"
import type { Wanted } from "./world.ts"
import { cpuTime } from "../cpu-time.ts"

/** A machine with one good secret installed and another one, `bad`, that a test ruins before the next run. */
async function machine(plaintext = "a: CANARY-a\nb: CANARY-b\n", format: Format = "yaml"): Promise<World> {
    const world = new World()
    await world.seal("good", "CANARY-good")
    await world.seal("bad", plaintext, format)
    await world.install(wanted(format))
    return world
}

function wanted(format: Format) {
    return {
        secrets: [
            { name: "good", sopsFile: "good" },
            { name: "bad", sopsFile: "bad", format, key: "a" },
        ],
    }
}

/** Installs and checks what every bad input comes to. */
async function expectHarmless(world: World, said: string | RegExp, format: Format = "yaml"): Promise<void> {
    const { code, err } = await world.run("install", world.manifest(wanted(format)))
    expect(code).toBe(65)
    expect(world.read("good")).toBe("CANARY-good")
    expect(world.read("bad")).toContain("CANARY-a")
    const text = err.join("\n")
    expect(text).toMatch(said)
    expect(text).toContain(world.at("bad"))
    expect(text).toContain('secret "bad"')
    // Each line has the name of the program, and one says what to do.
    for (const line of text.split("\n")) expect(line).toMatch(/^(?:hostseal-agent: |Cannot )/u)
    expect(text).toMatch(/^hostseal-agent: hint: /mu)
    expect(text).not.toMatch(/\n\s+at .*\.[tj]s:\d+/u)
}

function edit(world: World, change: (text: string) => string): void {
    writeFileSync(world.at("bad"), change(readFileSync(world.at("bad"), "utf8")))
}

test("a truncated document", async () => {
    const world = await machine()
    edit(world, (text) => text.slice(0, text.length / 2))
    await expectHarmless(world, /cannot be read as an encrypted yaml file/u)
})

test("an empty document", async () => {
    const world = await machine()
    truncateSync(world.at("bad"), 0)
    await expectHarmless(world, /cannot be read as an encrypted yaml file/u)
})

test("a document that is not encrypted", async () => {
    const world = await machine()
    writeFileSync(world.at("bad"), "a: CANARY\n")
    await expectHarmless(world, /no sops metadata/u)
})

test("every flipped byte of a document", async () => {
    const world = await machine('{"a": "CANARY-a"}', "json")
    const sealed = readFileSync(world.at("bad"))
    for (let at = 3; at < sealed.length; at += 97) {
        const flipped = Buffer.from(sealed)
        flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at)
        writeFileSync(world.at("bad"), flipped)
        const { code } = await world.run("install", world.manifest(wanted("json")))
        // A byte of what is not authenticated (the name of a recipient, a blank) may be harmless.
        expect([0, 65]).toContain(code)
        expect(world.read("bad")).toBe("CANARY-a")
        expect(world.read("good")).toBe("CANARY-good")
    }
})

test("a MAC of another document", async () => {
    const world = await machine()
    const other = new World()
    await other.seal("s", "a: x\n", "yaml")
    const mac = /mac: .*/u.exec(readFileSync(other.at("s"), "utf8"))?.[0] ?? expect.fail("no MAC")
    edit(world, (text) => text.replace(/mac: .*/u, mac))
    await expectHarmless(world, /MAC/u)
})

test("values swapped between keys", async () => {
    const world = await machine()
    edit(world, (text) => text.replace(/^a: (.*)\nb: (.*)$/mu, "a: $2\nb: $1"))
    await expectHarmless(world, /the value of "a": an encrypted value does not authenticate/u)
})

test("a document for another machine", async () => {
    const world = await machine()
    await world.seal("bad", "a: CANARY\n", "yaml", makeHost().recipient)
    await expectHarmless(world, /none of the keys of this machine opens/u)
})

test("a document that only PGP could open", async () => {
    const world = await machine()
    edit(world, (text) =>
        text.replace(
            / {4}age:\n[^]*? {4}lastmodified/u,
            '    pgp:\n        - fp: 7FB89715AADA\n          enc: x\n          created_at: "2026-01-01T00:00:00Z"\n    lastmodified',
        ),
    )
    await expectHarmless(world, /cannot be read|only PGP or cloud keys could open it/u)
})

test("17 MiB", async () => {
    const world = await machine()
    truncateSync(world.at("bad"), 17 * 1024 * 1024)
    await expectHarmless(world, /larger than 16 MiB/u)
})

test("a YAML bomb", async () => {
    const world = await machine()
    const levels = Array.from(
        { length: 12 },
        (_, level) => `x${level}: &x${level} [${"*x".concat(String(level - 1), ", ").repeat(9)}1]`,
    )
    edit(world, (text) => `x-1: &x-1 CANARY\n${levels.join("\n")}\n${text}`)
    const begin = cpuTime()
    await expectHarmless(world, /cannot be read as an encrypted yaml file/u)
    expect(cpuTime() - begin).toBeLessThan(5_000)
})

const forged = "x\nhostseal-agent: all is well"
const forgeries: Record<string, Wanted> = {
    "the name of a secret": { secrets: [{ name: forged, sopsFile: "good" }] },
    "the name of a template": { templates: [{ name: forged, content: "x" }] },
    "an owner": { secrets: [{ name: "s", sopsFile: "good", owner: forged }] },
    "a group": { secrets: [{ name: "s", sopsFile: "good", group: forged }] },
    "a unit": { secrets: [{ name: "s", sopsFile: "good", restartUnits: [forged] }] },
    "a field": { secrets: [{ name: "s", sopsFile: "good", [forged]: 1 }] },
    "a placeholder": { placeholderBySecretName: { [forged]: "" } },
    "an addition": { hostseal: { version: 1, secrets: { [forged]: {} } } },
    "a plugin": { hostseal: { version: 1, plugins: { [forged]: "/bin/true" } } },
}
for (const [what, fields] of Object.entries(forgeries)) {
    test(`${what} of a manifest cannot put a line of ours into the journal`, async () => {
        const world = new World()
        await world.seal("good", "CANARY-good")
        await world.install({})
        const { out, err } = await world.run("install", world.manifest(fields))
        expect([...out, ...err].join("\n")).toMatch(/x(?:\\x0a|\\n)hostseal-agent: all is well/u)
        expect([...out, ...err].join("\n")).not.toContain(forged)
    })
}

test("a directory, a FIFO and a device in place of a document", async () => {
    const world = await machine()
    rmSync(world.at("bad"))
    mkdirSync(world.at("bad"))
    await expectHarmless(world, /is not a regular file/u)
    rmSync(world.at("bad"), { recursive: true })
    execFileSync("mkfifo", [world.at("bad")])
    await expectHarmless(world, /is not a regular file/u)
    rmSync(world.at("bad"))
    symlinkSync("/dev/zero", world.at("bad"))
    await expectHarmless(world, /is not a regular file/u)
})

test("a dangling link in place of a document may be whole again later", async () => {
    const world = await machine()
    rmSync(world.at("bad"))
    symlinkSync(world.at("nowhere"), world.at("bad"))
    const { code, said } = await world.run("install", world.manifest(wanted("yaml")))
    expect(code).toBe(75)
    expect(said).toContain(`cannot read ${world.at("bad")}: no such file or directory`)
    expect(world.read("bad")).toContain("CANARY-a")
})

test("a host key that was cut off or whose bits were flipped", async () => {
    const world = await machine()
    const key = readFileSync(world.at("host_key"))
    for (const broken of [
        key.subarray(0, key.length / 2),
        Buffer.from(key.toString().replace("b3B", "b3C")),
        Buffer.alloc(0),
    ]) {
        writeFileSync(world.at("host_key"), broken)
        const { code, said } = await world.run("install", world.manifest(wanted("yaml")))
        expect(code).toBe(65)
        expect(said).toContain("this machine has no key to open secrets with")
        for (const line of key.toString().split("\n").slice(1, -2)) expect(said).not.toContain(line)
    }
    expect([world.generation, world.read("good")]).toEqual([1, "CANARY-good"])
})

test("a symlink to nowhere, and one to somewhere else", async () => {
    const world = await machine()
    for (const target of [`${world.mountPoint}/99`, "/nowhere", `${world.mountPoint}/abc`]) {
        rmSync(world.symlink)
        symlinkSync(target, world.symlink)
        expect((await world.run("install", world.manifest(wanted("yaml")))).code).toBe(0)
        expect(world.read("good")).toBe("CANARY-good")
    }
})

test("a file where the symlink should be", async () => {
    const world = await machine()
    rmSync(world.symlink)
    writeFileSync(world.symlink, "")
    const { code, said } = await world.run("install", world.manifest(wanted("yaml")))
    expect([code, readlinkSync(world.symlink)]).toEqual([0, `${world.mountPoint}/1`])
    expect(said).toContain(`replaced the file at ${world.symlink}`)
})

test("a mount where the symlink should be", async () => {
    const world = new World()
    await world.seal("good", "CANARY")
    mkdirSync(world.symlink)
    execFileSync("mount", ["-t", "tmpfs", "none", world.symlink])
    const { code, said } = await world.run(
        "install",
        world.manifest({ secrets: [{ name: "good", sopsFile: "good" }] }),
    )
    expect(code).toBe(75)
    expect(said).toContain(`cannot replace ${world.symlink}`)
    expect(readdirSync(world.mountPoint)).toEqual([".hostseal"])
})

test("an older generation's directory turned into files, and files into directories", async () => {
    const world = new World()
    await world.seal("good", "CANARY")
    const named = (name: string) => ({ secrets: [{ name, sopsFile: "good" }] })
    for (const name of ["foo", "foo/bar", "foo"]) {
        await world.install(named(name))
        expect(world.read(name)).toBe("CANARY")
    }
})

test("a full file system: the old generation stays, whole, and nothing is left behind", async () => {
    const world = new World()
    mkdirSync(world.mountPoint)
    const isSafe = mountSmall(world.mountPoint, "256k")
    await world.seal("good", "CANARY-old")
    await world.seal("large", `CANARY${"x".repeat(200_000)}`)
    const secrets = ["a", "b"].map((name) => ({ name, sopsFile: "good" }))
    const first = await world.run("install", world.manifest({ secrets }))
    // Where a user namespace may not switch swap off, and there is swap, this is as far as it goes.
    if (!isSafe) return expect(first.said).toContain("a tmpfs that the kernel may write to swap")
    expect(first.code).toBe(0)
    const large = ["c", "d"].map((name) => ({ name, sopsFile: "large" }))
    const { code, said } = await world.run("install", world.manifest({ secrets: [...secrets, ...large] }))
    expect(code).toBe(75)
    expect(said).toContain(`cannot write the secrets to ${world.mountPoint}`)
    expect(said).toContain("because: no space left on device")
    expect([world.generation, world.read("a"), world.read("b")]).toEqual([1, "CANARY-old", "CANARY-old"])
    expect(world.generations).toEqual([1])
    expect(readdirSync(`${world.mountPoint}/.hostseal`).toSorted()).toEqual(["1.json", "status.json"])
    expect((await world.run("install", world.manifest({ secrets }))).code).toBe(0)
})
