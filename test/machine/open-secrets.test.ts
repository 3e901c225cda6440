import { statSync, utimesSync, writeFileSync } from "node:fs"
import { beforeEach, expect, test } from "vitest"
import type { Identity } from "../../agent/age/key.ts"
import { parseSshPrivateKey, sshIdentities } from "../../agent/age/ssh/key.ts"
import { lookAtLive } from "../../agent/machine/generation/live.ts"
import { openSecrets } from "../../agent/machine/open-secrets.ts"
import { readManifest } from "../../agent/machine/manifest/read.ts"
import { version } from "../../agent/machine/version.ts"
import { makeHost } from "../host.ts"
import { World } from "./world.ts"

/** Opens what a manifest wants and counts what that took. */
async function open(world: World, manifestPath: string, identities = countable(world)) {
    const manifest = readManifest(manifestPath, () => "")
    const live = lookAtLive(manifest, version)
    const keys = {
        identities: identities.list,
        tried: [],
        warnings: new Set<string>(),
        more: () => Promise.resolve([]),
        foreign: () => Promise.resolve(undefined),
        done: () => Promise.resolve(),
    }
    const opened = await openSecrets(manifest.secrets, {
        keys,
        live,
        now: new Date(),
        heartbeat: () => undefined,
    })
    const values = manifest.secrets.map((secret) => {
        const result = opened.get(secret)
        return result?.kind === "value"
            ? result.value.toString()
            : `failed: ${String(result?.problem.message)}`
    })
    return { values, unwraps: identities.unwraps() }
}

/** The real identities of a machine, with the unwraps they are asked for counted. */
function countable(world: World): { list: Identity[]; unwraps: () => number } {
    const key = parseSshPrivateKey(world.key.privateKey)
    if (key.kind === "gated") return expect.fail("an ed25519 key is not gated")
    let count = 0
    const list = sshIdentities(key).map((identity) => ({
        recipient: identity.recipient,
        unwrap(stanzas: Parameters<Identity["unwrap"]>[0]) {
            count++
            return identity.unwrap(stanzas)
        },
    }))
    return { list, unwraps: () => count }
}

/** Long enough ago that another change could not go unnoticed. */
function settle(path: string): void {
    const past = new Date(Date.now() - 60_000)
    utimesSync(path, past, past)
}

let world: World
beforeEach(() => {
    world = new World()
})

test("D1: 50 secrets in one file take one unwrap", async () => {
    const lines = Array.from({ length: 50 }, (_, index) => `k${index}: CANARY-${index}\n`)
    await world.seal(
        "s.yaml",
        lines.join(""),
        "yaml",
        ...Array.from({ length: 9 }, () => makeHost().recipient),
        world.key.recipient,
    )
    const secrets = lines.map((_, index) => ({
        name: `k${index}`,
        key: `k${index}`,
        format: "yaml",
        sopsFile: "s.yaml",
    }))
    const { values, unwraps } = await open(world, world.manifest({ secrets }))
    expect(values).toEqual(lines.map((_, index) => `CANARY-${index}`))
    expect(unwraps).toBe(1)
})

test("one unwrap for each file, whatever the number of recipients", async () => {
    const names = ["a", "b", "c"]
    for (const name of names)
        await world.seal(
            name,
            `CANARY-${name}`,
            "binary",
            makeHost().recipient,
            makeHost().recipient,
            world.key.recipient,
        )
    const { unwraps } = await open(
        world,
        world.manifest({ secrets: names.map((name) => ({ name, sopsFile: name })) }),
    )
    expect(unwraps).toBe(3)
})

/** A machine with one secret installed long enough ago, and the manifest it came from. */
async function installed(): Promise<string> {
    await world.seal("s", "CANARY-1")
    const wanted = { secrets: [{ name: "s", sopsFile: "s" }] }
    // ctime cannot be set back, so it has to pass.
    await new Promise((resolve) => setTimeout(resolve, 150))
    await world.install(wanted)
    return world.manifest(wanted)
}

test("nothing is unwrapped when nothing changed", async () => {
    const manifest = await installed()
    expect(await open(world, manifest)).toEqual({ values: ["CANARY-1"], unwraps: 0 })
})

test("a file that was replaced, even by one that looks the same, is opened", async () => {
    const manifest = await installed()
    const { size, atime, mtime } = statSync(world.at("s"))
    await world.seal("s", "CANARY-2")
    expect(statSync(world.at("s")).size).toBe(size)
    utimesSync(world.at("s"), atime, mtime)
    expect(await open(world, manifest)).toEqual({ values: ["CANARY-2"], unwraps: 1 })
})

test("a file that was changed a moment before it was installed is opened again", async () => {
    await world.seal("s", "CANARY-1")
    const wanted = { secrets: [{ name: "s", sopsFile: "s" }] }
    await world.install(wanted)
    settle(world.at("s"))
    expect((await open(world, world.manifest(wanted))).unwraps).toBe(1)
})

test("a live file that was tampered with is not carried over", async () => {
    const manifest = await installed()
    writeFileSync(`${world.symlink}/s`, "CANARY-X")
    expect(await open(world, manifest)).toEqual({ values: ["CANARY-1"], unwraps: 1 })
})

test("neither is one whose identity is gone", async () => {
    const manifest = await installed()
    const { values } = await open(world, manifest, { list: [], unwraps: () => 0 })
    expect(values).toEqual([`failed: none of the keys of this machine opens ${world.at("s")}`])
})

test("nor one that the manifest takes from somewhere else", async () => {
    await installed()
    await world.seal("other", "CANARY-2")
    const manifest = world.manifest({ secrets: [{ name: "s", sopsFile: "other" }] })
    expect(await open(world, manifest)).toEqual({ values: ["CANARY-2"], unwraps: 1 })
})

test("nor one that is empty, when that is no longer meant", async () => {
    await world.seal("s.yaml", 'empty: ""\n', "yaml")
    const wanted = (allowEmpty: boolean) => ({
        secrets: [{ name: "s", key: "empty", format: "yaml", sopsFile: "s.yaml" }],
        hostseal: { version: 1, secrets: { s: { allowEmpty } } },
    })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await world.install(wanted(true))
    expect(await open(world, world.manifest(wanted(true)))).toEqual({ values: [""], unwraps: 0 })
    const { values } = await open(world, world.manifest(wanted(false)))
    expect(values).toEqual([expect.stringContaining("is empty")])
})

test("nor one that was opened with more keys than are left", async () => {
    const other = makeHost()
    world.write("other_key", other.privateKey, 0o600)
    await world.seal("s", "CANARY-1", "binary", world.key.recipient, other.recipient)
    const wanted = { secrets: [{ name: "s", sopsFile: "s" }] }
    await new Promise((resolve) => setTimeout(resolve, 150))
    await world.install({ ...wanted, ageSshKeyPaths: [world.at("host_key"), world.at("other_key")] })
    const manifest = world.manifest(wanted)
    expect(await open(world, manifest)).toEqual({ values: ["CANARY-1"], unwraps: 1 })
})

test("a value of one byte is not an empty one", async () => {
    await world.seal("s", "x")
    const secrets = [{ name: "s", sopsFile: "s" }]
    const hostseal = { version: 1, secrets: { s: { allowEmpty: false } } }
    expect((await open(world, world.manifest({ secrets, hostseal }))).values).toEqual(["x"])
})
