// One test for each defect of sops-nix that concerns the program (docs/sops-nix-contract.md#defects). Those of the modules are tested
// in test/nix.

import { execFileSync } from "node:child_process"
import {
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    readlinkSync,
    rmSync,
    writeFileSync,
} from "node:fs"
import { createHash } from "node:crypto"
import { afterEach, beforeEach, expect, test } from "vitest"
import { makeHost } from "../host.ts"
import { fakeSystemctl } from "./systemctl.ts"
import { World } from "./world.ts"

const placeholder = (name: string): string =>
    `<SOPS:${createHash("sha256").update(name).digest("hex")}:PLACEHOLDER>`

const umask = process.umask()
beforeEach(() => process.umask(umask))
afterEach(() => process.umask(umask))

test("D2: no gpg is started for a file that age opens", async () => {
    const world = new World()
    const source = await world.seal("s", "CANARY")
    const { data, sops } = JSON.parse(readFileSync(source, "utf8"))
    const pgp = [
        { created_at: "2026-01-01T00:00:00Z", enc: "-----BEGIN PGP MESSAGE-----", fp: "7FB89715AADA920D" },
    ]
    writeFileSync(source, JSON.stringify({ data, sops: { ...sops, pgp } }))
    world.write("bin/gpg", `#!/bin/sh\ntouch ${world.at("gpg-was-here")}\nexit 2\n`, 0o755)
    world.env["PATH"] = `${world.at("bin")}:/usr/bin:/bin`
    await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })
    expect(world.read("s")).toBe("CANARY")
    expect(existsSync(world.at("gpg-was-here"))).toBe(false)
})

test("D3: the machine's identity leaves no trace", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })
    const files = execFileSync("find", [world.at("run"), "-type", "f"], { encoding: "utf8" })
        .trim()
        .split("\n")
    expect(files.length).toBeGreaterThan(1)
    const seed = world.key.privateKey.toString("latin1").split("\n")[3] ?? expect.fail("no key")
    for (const file of files) {
        const content = readFileSync(file, "latin1")
        expect(content).not.toContain("AGE-SECRET-KEY")
        expect(content).not.toContain("PRIVATE KEY")
        expect(content).not.toContain(seed)
    }
})

test("D4: units are asked after the switch, and one that does not exist is a warning with its name", async () => {
    const world = new World()
    const { asked } = fakeSystemctl(world)
    await world.seal("s", "CANARY-1")
    const secrets = [
        {
            name: "s",
            sopsFile: "s",
            restartUnits: ["good.service", "nosuch.service"],
            reloadUnits: ["other"],
        },
    ]
    await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })
    await world.seal("s", "CANARY-2")
    const { code, err } = await world.run("install", world.manifest({ secrets }))
    expect(code).toBe(0)
    expect(err).toContain(
        "hostseal-agent: warning: Failed to try-restart nosuch.service: Unit nosuch.service not found.",
    )
    expect(asked()).toEqual([
        "--no-block try-restart -- good.service nosuch.service [2]",
        "--no-block try-reload-or-restart -- other.service [2]",
    ])
    expect(world.read("s")).toBe("CANARY-2")
})

test("D5: a secret that holds a placeholder is the same in every run", async () => {
    const world = new World()
    await world.seal("a", `CANARY-a ${placeholder("b")}`)
    await world.seal("b", `CANARY-b ${placeholder("a")}`)
    const wanted = {
        secrets: [
            { name: "a", sopsFile: "a" },
            { name: "b", sopsFile: "b" },
        ],
        placeholderBySecretName: { a: placeholder("a"), b: placeholder("b") },
        templates: [{ name: "t", content: `${placeholder("a")}|${placeholder("b")}` }],
    }
    for (let run = 0; run < 3; run++) {
        const { out } = await world.install(wanted)
        expect(out).toEqual([])
        expect(world.read("rendered/t")).toBe(`${world.read("a")}|${world.read("b")}`)
    }
})

test("D6: the file of a template wins over its content", async () => {
    const world = new World()
    const file = world.write("text", "from the file")
    await world.install({ templates: [{ name: "t", content: "from the content", file }] })
    expect(world.read("rendered/t")).toBe("from the file")
})

test("D8: nested keys in JSON, and elements of lists", async () => {
    const world = new World()
    await world.seal("s.json", '{"a": {"b": ["CANARY-0", {"c": "CANARY-1"}]}}', "json")
    await world.install({ secrets: [{ name: "s", sopsFile: "s.json", format: "json", key: "a/b/1/c" }] })
    expect(world.read("s")).toBe("CANARY-1")
})

test("D9: scalars have a text form, and a key that is none is named", async () => {
    const world = new World()
    await world.seal("s.yaml", "int: 42\nfloat: 1.5\nyes: true\ntext: CANARY\nmap: {a: b}\n", "yaml")
    const secrets = ["int", "float", "yes", "text", "map", "gone"].map((key) => ({
        name: key,
        key,
        sopsFile: "s.yaml",
        format: "yaml",
    }))
    const manifest = world.manifest({ secrets })
    const { code, said } = await world.run("install", manifest)
    expect([world.read("int"), world.read("float"), world.read("yes")]).toEqual(["42", "1.5", "true"])
    for (const expected of ['the key "map" is a mapping', 'there is no key "gone"'])
        expect(said).toContain(expected)
    expect(code).toBe(65)
    const check = await world.run("check", manifest)
    for (const expected of ['the key "map" is a mapping', 'there is no key "gone"'])
        expect(check.said).toContain(expected)
})

for (const mask of [0o000, 0o077]) {
    test(`D10: modes and owners do not depend on a umask of ${mask.toString(8)}`, async () => {
        process.umask(mask)
        const world = new World()
        await world.seal("s", "CANARY")
        await world.install({
            secrets: [
                { name: "open", sopsFile: "s", mode: "0666" },
                { name: "d/closed", sopsFile: "s", mode: "0400", path: world.at("links/l") },
            ],
            templates: [{ name: "t", content: "x", mode: "0640" }],
        })
        const modes = [
            "secrets.d",
            "secrets.d/1",
            "secrets.d/1/d",
            "secrets.d/1/open",
            "secrets.d/1/d/closed",
        ]
        expect(modes.map((path) => world.stat(`run/${path}`).slice(-4))).toEqual([
            "0751",
            "0751",
            "0751",
            "0666",
            "0400",
        ])
        expect(world.stat("run/secrets.d/1/rendered/t")).toBe("0:0 0640")
        expect(world.stat("links")).toBe("0:0 0755")
        expect(world.stat("run/secrets.d/.hostseal")).toBe("0:0 0700")
    })
}

test("D13: a dry activation writes nothing but the lists that NixOS shows", async () => {
    const world = new World()
    await world.seal("s", "CANARY-1")
    await world.seal("n", "CANARY-3")
    world.env["NIXOS_ACTION"] = "dry-activate"
    world.write("run/nixos/present", "")
    const before = {
        secrets: [
            { name: "s", sopsFile: "s" },
            { name: "gone", sopsFile: "s" },
        ],
    }
    const nothing = await world.runAs({ runDirectory: world.at("run") }, "install", world.manifest(before))
    expect(nothing.code).toBe(0)
    expect(readdirSync(world.at("run"))).toEqual(["nixos"])

    delete world.env["NIXOS_ACTION"]
    await world.install(before)
    await world.seal("s", "CANARY-2")
    const manifest = world.manifest({
        secrets: [
            { name: "s", sopsFile: "s", restartUnits: ["a.service"], owner: "of-the-new-configuration" },
            { name: "n", sopsFile: "n", reloadUnits: ["b.service"], path: world.at("etc/n") },
        ],
        templates: [{ name: "t", content: "x", restartUnits: ["a.service"] }],
    })
    const tree = (): string =>
        execFileSync("find", [world.directory, "-printf", "%p %i %m %u %s %T@ %C@\n"], { encoding: "utf8" })
    const untouched = tree()
    world.env["NIXOS_ACTION"] = "dry-activate"
    const { code, out, err } = await world.runAs({ runDirectory: world.at("run") }, "install", manifest)
    const lists = ["restart", "reload"].map((what) => world.at(`run/nixos/dry-activation-${what}-list`))
    expect(lists.map((list) => readFileSync(list, "utf8"))).toEqual(["a.service\n", "b.service\n"])
    for (const list of lists) rmSync(list)
    const withoutTimes = (text: string): string => text.replace(/^\S+\/run\/nixos .*$/mu, "")
    expect(withoutTimes(tree())).toBe(withoutTimes(untouched))
    expect(code).toBe(0)
    expect(out).toEqual([
        "would add secret: n",
        "would modify secret: s",
        "would remove secret: gone",
        "would add rendered secret: t",
    ])
    expect(err.filter((line) => line.startsWith("would"))).toEqual([])
    world.env["SOPS_RESTART_UNITS_VIA_SYSTEMCTL"] = "1"
    const told = await world.runAs({ runDirectory: world.at("run") }, "install", manifest)
    expect(told.err.filter((line) => line.startsWith("would"))).toEqual([
        "would restart a.service",
        "would reload b.service",
    ])
    expect(lists.map((list) => existsSync(list))).toEqual([false, false])
})

test("D14: an unresolved placeholder fails its template and nothing else", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const manifest = world.manifest({
        secrets: [{ name: "s", sopsFile: "s" }],
        placeholderBySecretName: { s: placeholder("s"), early: placeholder("early") },
        templates: [
            { name: "good", content: placeholder("s") },
            { name: "bad", content: placeholder("nobody") },
            { name: "early", content: placeholder("early") },
        ],
    })
    const { code, said } = await world.run("install", manifest)
    expect(code).toBe(65)
    expect(said).toContain('template "bad": not installed')
    expect(said).toContain('it needs the secret "early", which this manifest does not install')
    expect(readdirSync(`${world.symlink}/rendered`)).toEqual(["good"])
    expect(world.read("rendered/good")).toBe("CANARY")
    expect((await world.run("check", manifest)).code).toBe(65)
})

test("D15: templates do not need secrets", async () => {
    const world = new World()
    await world.install({ templates: [{ name: "t", content: "no secret" }], ageSshKeyPaths: [] })
    expect(world.read("rendered/t")).toBe("no secret")
})

test("D18: a secret with another name works in a template", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    await world.install({
        secrets: [{ name: "renamed", key: "attribute", sopsFile: "s" }],
        placeholderBySecretName: { attribute: placeholder("attribute") },
        templates: [{ name: "t", content: placeholder("attribute") }],
    })
    expect(world.read("rendered/t")).toBe("CANARY")
})

test("D19: the cause that is reported is the one that was", async () => {
    const world = new World()
    await world.seal("s", "CANARY", "binary", makeHost().recipient)
    const { said } = await world.run("install", world.manifest({ secrets: [{ name: "s", sopsFile: "s" }] }))
    expect(said).toContain(`none of the keys of this machine opens ${world.at("s")}`)
})

test("D23: a directory at the symlink is replaced, and not silently", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    mkdirSync(`${world.symlink}/old`, { recursive: true })
    const { code, err } = await world.run(
        "install",
        world.manifest({ secrets: [{ name: "s", sopsFile: "s" }] }),
    )
    expect(code).toBe(0)
    expect(err).toContain(
        `hostseal-agent: replaced the directory at ${world.symlink} by a link to the secrets`,
    )
    expect(readlinkSync(world.symlink)).toBe(`${world.mountPoint}/1`)
    expect(readdirSync(world.at("run")).toSorted()).toEqual([".secrets.d.lock", "secrets", "secrets.d"])
})

test("D26: each unit is asked once", async () => {
    const world = new World()
    const { asked } = fakeSystemctl(world)
    const units = { restartUnits: ["a.service", "a", "b.service"], reloadUnits: ["b.service", "c.service"] }
    const secrets = ["x", "y"].map((name) => ({ name, sopsFile: name, ...units }))
    for (const name of ["x", "y"]) await world.seal(name, "CANARY-1")
    await world.install({ secrets: [] })
    await world.install({ secrets })
    expect(asked()).toEqual([
        "--no-block try-restart -- a.service b.service [2]",
        "--no-block try-reload-or-restart -- c.service [2]",
    ])
})

test("D27: a first install on a machine that is up is a change, the one of a boot is not", async () => {
    for (const [state, expected] of [
        ["running", ["--no-block try-restart -- a.service [1]"]],
        ["degraded", ["--no-block try-restart -- a.service [1]"]],
        ["initializing", []],
        ["starting", []],
    ] as const) {
        const world = new World()
        const { asked } = fakeSystemctl(world, state)
        await world.seal("s", "CANARY")
        await world.install({ secrets: [{ name: "s", sopsFile: "s", restartUnits: ["a.service"] }] })
        expect(asked()).toEqual(expected)
    }
})
