import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { beforeEach, expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { rsaKey } from "../age/ssh-files.ts"
import { makeHost } from "../host.ts"
import { mountsIn } from "./machine.ts"
import { World } from "./world.ts"
import type { Wanted } from "./world.ts"

let world: World
beforeEach(async () => {
    world = new World()
    // No private key is needed, so there is none.
    rmSync(world.at("host_key"))
    await world.seal("s.yaml", "a: CANARY\nmap: {b: CANARY}\nint: 1\nnothing: null\nempty: ''\n", "yaml")
    await world.seal("s.bin", "CANARY")
})

const yaml = { format: "yaml", sopsFile: "s.yaml" }

async function check(wanted: Wanted, ...options: string[]): Promise<string[]> {
    const { code, out, err } = await world.run("check", ...options, world.manifest(wanted))
    expect(out).toEqual([])
    expect(code).toBe(err.length === 0 ? 0 : 65)
    expect(mountsIn(world.directory)).toEqual([])
    return [...err]
}

test("has nothing to say about a good manifest", async () => {
    const secrets = [
        { name: "a", key: "a", ...yaml },
        { name: "int", key: "int", ...yaml },
        { name: "b", key: "map/b", ...yaml },
        { name: "whole", key: "", ...yaml },
        { name: "bin", sopsFile: "s.bin" },
    ]
    expect(await check({ secrets, templates: [{ name: "t", content: "x" }] })).toEqual([])
    const { code } = await world.runAs(
        { program: "sops-install-secrets" },
        "-check-mode=sopsfile",
        world.at("manifest.json"),
    )
    expect(code).toBe(0)
})

test("does not look at files that no secret uses, such as an empty default", async () => {
    world.write("dummy.yaml", "")
    expect(await check({ secrets: [{ name: "bin", sopsFile: "s.bin" }] })).toEqual([])
})

const bad: Record<string, [secret: object, said: string]> = {
    "a file that is not there": [{ sopsFile: "gone" }, "no such file or directory"],
    "a key that is not there": [{ key: "gone", ...yaml }, 'there is no key "gone"'],
    "a key that is a mapping": [{ key: "map", ...yaml }, 'the key "map" is a mapping'],
    "a value that is null": [{ key: "nothing", ...yaml }, 'the value of "nothing" is null'],
    "a file of another format": [
        { format: "json", sopsFile: "s.yaml" },
        "cannot be read as an encrypted json file",
    ],
    "a file that is not encrypted": [{ format: "yaml", sopsFile: "plain.yaml" }, "no sops metadata"],
    "a value that was added in the clear": [
        { key: "a", format: "yaml", sopsFile: "added.yaml" },
        'the value of "added": this is not an encrypted value',
    ],
    "a file without a MAC": [
        { key: "a", format: "yaml", sopsFile: "no-mac.yaml" },
        "the document has no MAC",
    ],
    "a file that no age key opens": [
        { sopsFile: "pgp.bin" },
        "can only be opened with PGP keys, and no such key is configured",
    ],
}
for (const [why, [secret, said]] of Object.entries(bad)) {
    test(`finds ${why}, and names the secret`, async () => {
        await writeBadFiles()
        const lines = await check({ secrets: [{ name: "web/password", ...secret }] })
        expect(lines.join("\n")).toContain('secret "web/password"')
        expect(lines.join("\n")).toContain(said)
        // The file, and in its own line: the journal has no others.
        expect(lines.join("\n")).toContain(world.directory)
        expect(lines.join("\n").split("\n")).toEqual(lines)
        // The shallower check looks into no file.
        expect(await check({ secrets: [{ name: "web/password", ...secret }] }, "--mode=manifest")).toEqual([])
    })
}

async function writeBadFiles(): Promise<void> {
    world.write("plain.yaml", "a: CANARY\n")
    await world.seal("empty.bin", "")
    const sealed = readFileSync(world.at("s.yaml"), "utf8")
    world.write("added.yaml", `added: CANARY\n${sealed}`)
    world.write("no-mac.yaml", sealed.replace(/mac: .*/u, "mac: ''"))
    const { data, sops } = JSON.parse(readFileSync(world.at("s.bin"), "utf8"))
    const pgp = [
        { fp: "7FB89715AADA920D", created_at: "2026-01-01T00:00:00Z", enc: "-----BEGIN PGP MESSAGE-----" },
    ]
    world.write("pgp.bin", JSON.stringify({ data, sops: { ...sops, age: [], pgp } }))
}

test("finds all that is wrong with a file at once", async () => {
    await writeBadFiles()
    const lines = await check({
        secrets: [
            { name: "one", key: "gone", format: "yaml", sopsFile: "no-mac.yaml" },
            { name: "two", key: "nothing", format: "yaml", sopsFile: "no-mac.yaml" },
        ],
        hostseal: { version: 1, machineRecipients: [makeHost().recipient] },
    })
    for (const said of [
        "has no MAC",
        'no key "gone"',
        '"nothing" is null',
        "is not encrypted for this machine",
    ])
        expect(lines.join("\n")).toContain(said)
    expect(lines.at(-1)).toContain("has 4 problems")
})

test("names the key that is nearest to one that is not there", async () => {
    const lines = await check({ secrets: [{ name: "b", key: "map/bb", ...yaml }] })
    expect(lines).toContainEqual(expect.stringContaining("hint: did you mean map/b?"))
})

test("warns of a key that means nothing in the format of its file", async () => {
    const secrets = [
        { name: "bin", sopsFile: "s.bin", key: "a" },
        { name: "usual", sopsFile: "s.bin" },
        { name: "none", sopsFile: "s.bin", key: "" },
    ]
    const { code, err } = await world.run("check", world.manifest({ secrets }))
    expect(code).toBe(0)
    expect(err).toEqual([
        expect.stringContaining('secret "bin" has the key "a", and of a binary file the whole is installed'),
    ])
})
const gnupg = { ageSshKeyPaths: [], gnupgHome: "/root/.gnupg" }
const rsa = { sshKeyPaths: ["/etc/ssh/rsa"] }
const noKind = "can only be opened with age keys, and no such key is configured"
const notFor = "is not encrypted for this machine"
const kinds: Record<string, readonly [file: string, fields: object, said: string[]]> = {
    "PGP, with a GnuPG home": ["pgp.bin", gnupg, []],
    "PGP, with RSA host keys": ["pgp.bin", rsa, []],
    "age, with a GnuPG home only": ["s.bin", gnupg, [noKind]],
    "PGP, for another machine": [
        "pgp.bin",
        { ...rsa, hostseal: { version: 1, machineRecipients: [rsaKey().publicLine] } },
        [notFor],
    ],
}
for (const [what, [sopsFile, fields, said]] of Object.entries(kinds)) {
    test(`knows which kinds of keys could open a file: ${what}`, async () => {
        await writeBadFiles()
        const lines = (await check({ secrets: [{ name: "s", sopsFile }], ...fields })).join("\n")
        expect([noKind, notFor, "PGP keys, and no such key"].filter((one) => lines.includes(one))).toEqual(
            said,
        )
    })
}

test("warns of an empty value, and fails for one that is refused", async () => {
    await writeBadFiles()
    const secrets = [
        { name: "empty", key: "empty", ...yaml },
        { name: "whole", sopsFile: "empty.bin" },
    ]
    const warned = await world.run("check", world.manifest({ secrets }))
    expect(warned.code).toBe(0)
    expect(warned.err).toEqual(
        ["empty", "whole"].map((name) =>
            expect.stringContaining(`warning: secret "${name}" is empty: write allow`),
        ),
    )
    const hostseal = { version: 1, secrets: { empty: { allowEmpty: false }, whole: { allowEmpty: false } } }
    const lines = await check({ secrets, hostseal })
    for (const name of ["empty", "whole"])
        expect(lines.join("\n")).toContain(`secret "${name}": its value in`)
})

test("finds entries that cannot be installed, and warns of those that are unsafe", async () => {
    const secrets = [
        { name: "../x", sopsFile: "s.bin" },
        { name: "a", sopsFile: "s.bin", mode: "rw" },
        { name: "b", sopsFile: "s.bin", path: world.symlink },
        { name: "./c", sopsFile: "s.bin" },
    ]
    const lines = await check({ secrets }, "--mode=manifest")
    expect(lines.filter((line) => line.includes("warning"))).toHaveLength(1)
    for (const name of ["../x", "a", "b"]) expect(lines.join("\n")).toContain(`error: secret "${name}"`)
    expect(lines.at(-1)).toContain("has 3 problems")
})

test("finds an entry that cannot be what its label says", async () => {
    const sealed = readFileSync(world.at("s.bin"), "utf8")
    world.write("entry.bin", sealed.replace(/"enc": "[^"]*"/u, '"enc": "CANARY"'))
    const lines = await check({ secrets: [{ name: "bin", sopsFile: "entry.bin" }] })
    expect(lines.join("\n")).toContain("is no age file")
    expect(lines.join("\n")).not.toContain("CANARY")
})

test("warns of an entry of somebody else's that cannot be what its label says", async () => {
    const [machine, other] = [world.key.recipient, generateIdentity().recipient]
    await world.seal("two.bin", "CANARY", "binary", machine, other)
    const sealed: unknown = JSON.parse(readFileSync(world.at("two.bin"), "utf8"))
    const spoilt = (recipient: string): string =>
        JSON.stringify(sealed, (key, value: unknown) =>
            key === "age" && Array.isArray(value)
                ? value.map((entry: { readonly recipient: string }) =>
                      entry.recipient === recipient ? { ...entry, enc: "CANARY" } : entry,
                  )
                : value,
        )
    const wanted = { secrets: [{ name: "bin", sopsFile: "two.bin" }] }
    for (const machineRecipients of [[machine], []]) {
        world.write("two.bin", spoilt(other))
        const { code, err } = await world.run(
            "check",
            world.manifest({ ...wanted, hostseal: { version: 1, machineRecipients } }),
        )
        expect(code).toBe(0)
        expect(err).toHaveLength(1)
        expect(err[0]).toMatch(/warning: secret "bin": .*two\.bin: the entry for age1.* is no age file/u)
    }
    world.write("two.bin", spoilt(machine))
    const lines = await check({ ...wanted, hostseal: { version: 1, machineRecipients: [machine] } })
    expect(lines.join("\n")).toContain("is no age file")
})

test("refuses an index that counts elements which the MAC says nothing of", async () => {
    await world.seal("list.yaml", "users: [CANARY one, CANARY two]\n", "yaml")
    const wanted = { secrets: [{ name: "u", key: "users/1", format: "yaml", sopsFile: "list.yaml" }] }
    expect(await check(wanted)).toEqual([])
    const sealed = readFileSync(world.at("list.yaml"), "utf8")
    for (const element of ['""', "null", "{}", "[]", '{ a: "" }']) {
        const moved = sealed.replace(/users:\s*\[/u, (start) => `${start}${element}, `)
        expect(moved).not.toBe(sealed)
        world.write("list.yaml", moved)
        expect((await check(wanted)).join("\n")).toContain("list elements that are not sealed")
    }
})

test("takes an empty value that is meant", async () => {
    const hostseal = { version: 1, secrets: { empty: { allowEmpty: true } } }
    expect(await check({ secrets: [{ name: "empty", key: "empty", ...yaml }], hostseal })).toEqual([])
})

test("finds that the manifest names no key, without a look into files", async () => {
    const secrets = [{ name: "bin", sopsFile: "s.bin" }]
    for (const mode of ["--mode=manifest", "--mode=sopsfile"]) {
        const lines = await check({ secrets, ageSshKeyPaths: [] }, mode)
        expect(lines.join("\n")).toContain("the manifest names none")
        expect(lines.join("\n")).toContain("hint: set sops.age.sshKeyPaths")
    }
    // What a machine has without secrets of its own.
    expect(await check({ secrets: [], ageSshKeyPaths: [] })).toEqual([])
})

test("finds every problem at once", async () => {
    const lines = await check({
        secrets: [
            { name: "one", sopsFile: "gone" },
            { name: "two", key: "gone", ...yaml },
        ],
        templates: [{ name: "t", content: `<SOPS:${"0".repeat(64)}:PLACEHOLDER>` }],
    })
    for (const name of ['secret "one"', 'secret "two"', 'template "t"'])
        expect(lines.join("\n")).toContain(name)
    expect(lines.at(-1)).toContain("has 3 problems")
})

test("finds the text of a template that cannot be read", async () => {
    const lines = await check(
        { templates: [{ name: "t", content: "", file: world.at("gone") }] },
        "--mode=manifest",
    )
    expect(lines.join("\n")).toContain(`cannot read ${world.at("gone")}`)
})

test("proves that every file is for this machine, however its key is written", async () => {
    const { publicLine, recipient } = world.key
    const secrets = [{ name: "bin", sopsFile: "s.bin" }]
    for (const machineRecipients of [
        [recipient],
        [publicLine],
        [`${publicLine} root@host`],
        [makeHost().recipient, recipient],
    ])
        expect(await check({ secrets, hostseal: { version: 1, machineRecipients } })).toEqual([])
    const lines = await check({
        secrets,
        hostseal: { version: 1, machineRecipients: [makeHost().publicLine] },
    })
    expect(lines.join("\n")).toContain(`secret "bin": ${world.at("s.bin")} is not encrypted for this machine`)
    expect(lines.join("\n")).toContain(`it is encrypted to: ${recipient}`)
})

test("of several key groups the machine has to be in as many as are needed", async () => {
    const other = new World()
    await other.seal("s.bin", "CANARY")
    const [mine, theirs] = [world, other].map((one) => JSON.parse(readFileSync(one.at("s.bin"), "utf8")))
    const { age, ...sops } = mine.sops
    const groups = [{ age }, { age: theirs.sops.age }]
    const secrets = [{ name: "bin", sopsFile: "s.bin" }]
    const hostseal = { version: 1, machineRecipients: [world.key.recipient] }
    writeFileSync(
        world.at("s.bin"),
        JSON.stringify({ data: mine.data, sops: { ...sops, key_groups: groups, shamir_threshold: 2 } }),
    )
    expect((await check({ secrets, hostseal })).join("\n")).toContain("is not encrypted for this machine")
})

test("the manifest of a user is checked without a runtime directory", async () => {
    const secrets = [{ name: "bin", sopsFile: "s.bin", path: "%r/x" }]
    expect(await check({ userMode: true, secretsMountPoint: "%r/secrets.d", secrets })).toEqual([])
})
