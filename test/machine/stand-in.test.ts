// Made-up values for a machine without its keys.

import { readFileSync, rmSync } from "node:fs"
import { beforeEach, expect, test } from "vitest"
import { makeHost } from "../host.ts"
import { World } from "./world.ts"
import type { Wanted } from "./world.ts"

let world: World
let wanted: Wanted
const hostseal = { version: 1, standIn: true }
beforeEach(async () => {
    world = new World()
    const others = makeHost().recipient
    await world.seal("s.yaml", "password: CANARY\nport: 8080\non: true\n", "yaml", others)
    await world.seal("s.env", "TOKEN=CANARY\n", "dotenv", others)
    await world.seal("s.bin", "CANARY", "binary", others)
    const yaml = { format: "yaml", sopsFile: "s.yaml" }
    wanted = {
        secrets: [
            { name: "db/password", key: "password", ...yaml },
            { name: "port", key: "port", ...yaml },
            { name: "on", key: "on", ...yaml },
            { name: "env", format: "dotenv", sopsFile: "s.env" },
            { name: "blob", sopsFile: "s.bin" },
            { name: "gone", sopsFile: "gone.bin" },
            { name: "given", sopsFile: "s.bin" },
            { name: "login", sopsFile: "s.bin" },
        ],
        templates: [{ name: "t", content: "password=<SOPS:1:PLACEHOLDER>" }],
        placeholderBySecretName: { "db/password": "<SOPS:1:PLACEHOLDER>" },
        hostseal: {
            ...hostseal,
            secrets: { given: { standIn: "what it says\n" }, login: { hashed: "sha512crypt" } },
        },
    }
})

const only = (name: string) => wanted.secrets?.filter((secret) => secret.name === name) ?? []

test("have the shape of the real ones, say what they are, and are loud", async () => {
    const { err } = await world.install(wanted)
    const files = ["db/password", "port", "on", "env", "blob", "gone", "given", "login", "rendered/t"]
    expect(Object.fromEntries(files.map((file) => [file, world.read(file)]))).toEqual({
        "db/password": "stand-in-not-a-secret-db-password",
        port: expect.stringMatching(/^1\d{4}$/u),
        on: "false",
        env: "TOKEN=stand-in-not-a-secret-env-TOKEN\n",
        blob: "stand-in-not-a-secret-blob",
        gone: "stand-in-not-a-secret-gone",
        given: "what it says\n",
        // An account with it is locked.
        login: "!stand-in-not-a-secret-login",
        "rendered/t": "password=stand-in-not-a-secret-db-password",
    })
    expect(err).toContainEqual(expect.stringContaining("warning: 8 secrets are made up"))
    const status = await world.run("status", world.at("manifest.json"))
    expect(status.code).toBe(5)
    expect(status.out.join("\n")).toContain("warning: 8 secrets are made up")
    expect(status.out.join("\n")).toMatch(/stand-in +secret db\/password at/u)
    const port = world.read("port")
    // They are the same the next time.
    expect((await world.install(wanted)).out).toEqual([])
    expect(world.read("port")).toBe(port)
})

test("are not asked for by themselves", async () => {
    rmSync(world.at("host_key"))
    const { code } = await world.run("install", world.manifest({ secrets: only("blob") }))
    expect([code, world.has("blob")]).toEqual([75, false])
})

test("need no key, not even one that is named", async () => {
    rmSync(world.at("host_key"))
    await world.install({ secrets: only("blob"), hostseal, ageSshKeyPaths: [] })
    expect(world.read("blob")).toBe("stand-in-not-a-secret-blob")
    const { code, said } = await world.run("check", world.at("manifest.json"))
    expect(code).toBe(0)
    expect(said).toContain("no secrets: sops.standIn")
})

test("a given password is installed as its hash", async () => {
    const secrets = { login: { hashed: "sha512crypt", standIn: "password" } }
    await world.install({ secrets: only("login"), hostseal: { ...hostseal, secrets } })
    expect(world.read("login")).toMatch(/^\$6\$/u)
})

test("what is wrong with a file is still a failure", async () => {
    world.write("s.bin", "no document")
    const { code, said } = await world.run("install", world.manifest({ ...wanted, templates: [] }))
    expect(code).toBe(65)
    expect(said).toContain("cannot be read as an encrypted binary file")
    expect([world.has("blob"), world.has("port")]).toEqual([false, true])
})

test("never stand beside what a key opens", async () => {
    await world.seal("mine.bin", "CANARY-mine")
    const secrets = [{ name: "mine", sopsFile: "mine.bin" }, ...only("blob")]
    const { code, said } = await world.run("install", world.manifest({ secrets, hostseal }))
    expect(code).toBe(65)
    expect([world.read("mine"), world.has("blob")]).toEqual(["CANARY-mine", false])
    expect(said).toContain("a key of this machine opens secrets, so nothing is made up")
    expect(said).toContain("none of the keys of this machine opens")
})

test("never take the place of what a key opened", async () => {
    await world.seal("mine.bin", "CANARY-mine")
    const secrets = [{ name: "mine", sopsFile: "mine.bin" }]
    await world.install({ secrets })
    rmSync(world.at("host_key"))
    // Nothing is read from it: what is remembered is of no use without the key.
    const { said } = await world.run("install", world.manifest({ secrets, hostseal }))
    expect(world.read("mine")).toBe("CANARY-mine")
    expect(said).not.toContain("made up (sops.standIn)")
    // Neither of what the program of sops-nix left.
    rmSync(`${world.mountPoint}/.hostseal`, { recursive: true })
    await world.run("install", world.manifest({ secrets, hostseal }))
    expect(readFileSync(`${world.symlink}/mine`, "utf8")).toBe("CANARY-mine")
})

test("give way to the real ones, and are no last good value", async () => {
    const secrets = [{ name: "mine", sopsFile: "mine.bin" }, ...only("blob")]
    await world.seal("mine.bin", "CANARY-mine", "binary", makeHost().recipient)
    await world.install({ secrets, hostseal })
    await world.seal("mine.bin", "CANARY-mine")
    const { code, said } = await world.run("install", world.manifest({ secrets, hostseal }))
    expect(code).toBe(65)
    expect([world.read("mine"), world.has("blob")]).toEqual(["CANARY-mine", false])
    expect(said).toContain('secret "blob": not installed')
})
