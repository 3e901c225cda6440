import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { beforeEach, expect, test } from "vitest"
import { makeHost } from "../host.ts"
import { mountsIn } from "./machine.ts"
import { World } from "./world.ts"
import type { Wanted } from "./world.ts"

let world: World
beforeEach(async () => {
    world = new World()
    // No private key is needed, so there is none.
    rmSync(world.at("host_key"))
    await world.seal("s.yaml", "a: CANARY\nmap: {b: CANARY}\nint: 1\nnothing: null\n", "yaml")
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
}
for (const [why, [secret, said]] of Object.entries(bad)) {
    test(`finds ${why}, and names the secret`, async () => {
        world.write("plain.yaml", "a: CANARY\n")
        const lines = await check({ secrets: [{ name: "web/password", ...secret }] })
        expect(lines.join("\n")).toContain('secret "web/password"')
        expect(lines.join("\n")).toContain(said)
        // The shallower check looks into no file.
        expect(await check({ secrets: [{ name: "web/password", ...secret }] }, "--mode=manifest")).toEqual([])
    })
}

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
