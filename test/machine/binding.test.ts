import { readFileSync, utimesSync } from "node:fs"
import { beforeEach, describe, expect, test } from "vitest"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { bindDocument, unbindDocument } from "../../agent/sops/bind.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { sealAt } from "../host.ts"
import { World } from "./world.ts"
import type { Run, Wanted } from "./world.ts"

const other = generateIdentity()
const wifi = "sops/secrets/wifi"
let world: World

beforeEach(() => {
    world = new World()
})

type Mode = "off" | "warn" | "require"

/** A secret `wifi` that lies at its place, in the source of the same name. */
function wanted(bindings: Mode | undefined, place: string | undefined = wifi): Wanted {
    const hostseal = {
        version: 1,
        ...(bindings === undefined ? {} : { bindings }),
        metricsFile: world.at("metrics"),
        ...(place === undefined ? {} : { secrets: { wifi: { place } } }),
    }
    return { secrets: [{ name: "wifi", sopsFile: "wifi.enc" }], hostseal }
}

async function sealed(place: string | undefined, value = "CANARY", ...others: string[]): Promise<Buffer> {
    return sealAt(place, value, "binary", world.key.recipient, other.recipient, ...others)
}

/** Writes a file that is old enough to be remembered. */
function put(bytes: Buffer): void {
    const past = new Date(Date.now() - 60_000)
    utimesSync(world.write("wifi.enc", bytes), past, past)
}

async function install(
    bindings: Mode | undefined,
    place?: string,
): Promise<Run & { readonly binding: unknown }> {
    const run = await world.run("install", world.manifest(wanted(bindings, place)))
    const status: unknown = JSON.parse(
        (await world.run("status", "--json", world.at("manifest.json"))).out.join(""),
    )
    return { ...run, binding: at(status, "installations", 0, "secrets", 0, "binding") }
}

function at(value: unknown, ...path: (string | number)[]): unknown {
    return path.reduce<unknown>(
        (inner, key) => Object.entries(Object(inner)).find(([name]) => name === `${key}`)?.[1],
        value,
    )
}

/** The file with the metadata that a change makes of it. */
function edited(bytes: Buffer, change: (text: string) => string): Buffer {
    const text = change(bytes.toString())
    expect(text).not.toBe(bytes.toString())
    return Buffer.from(text)
}

async function rebound(bytes: Buffer, place: string): Promise<Buffer> {
    const document = await parseDocument(bytes, "binary")
    return bindDocument(
        document,
        await unlock(document, { identities: [parseIdentity(other.secret)] }),
        place,
    )
}

const value = (): string => world.read("wifi")

describe("a bound file", () => {
    test.each(["warn", "require", "off"] as const)("is installed without a word: %s", async (mode) => {
        put(await sealed(wifi))
        const { code, said, binding } = await install(mode)
        expect([code, value()]).toEqual([0, "CANARY"])
        expect(said).not.toMatch(/bound|sealed for/u)
        expect(binding).toBe(mode === "off" ? null : "bound")
    })

    test("is installed from a second run that takes nothing but a look", async () => {
        put(await sealed(wifi))
        expect((await install("require")).binding).toBe("bound")
        expect((await install("require")).binding).toBe("bound")
        expect(readFileSync(world.at("metrics"), "utf8")).toMatch(
            /hostseal_bindings\{.*verdict="bound"\} 1\n/u,
        )
    })
})

describe("a file that was sealed for another place", () => {
    test.each(["warn", "require", undefined] as const)(
        "is not installed, the last good value stays: %s",
        async (mode) => {
            put(await sealed(wifi, "CANARY good"))
            expect((await install(mode)).code).toBe(0)
            put(await sealed("sops/secrets/s1", "CANARY of s1"))
            const { code, said, binding } = await install(mode)
            expect([code, value()]).toEqual([65, "CANARY good"])
            expect(said).toContain("was sealed for sops/secrets/s1, and not for sops/secrets/wifi")
            expect(said).toContain("hostseal bind wifi --moved")
            expect(binding).toBe("elsewhere")
            expect(readFileSync(world.at("metrics"), "utf8")).toMatch(/verdict="elsewhere"\} 1\n/u)
        },
    )

    test("is missing where there was none before, and takes nothing else down", async () => {
        put(await sealed("sops/secrets/s1"))
        await world.seal("other.enc", "CANARY other")
        const { secrets = [], ...rest } = wanted("warn")
        const both = { secrets: [...secrets, { name: "other", sopsFile: "other.enc" }], ...rest }
        expect((await world.run("install", world.manifest(both))).code).toBe(65)
        expect(world.read("other")).toBe("CANARY other")
        expect(world.has("wifi")).toBe(false)
    })

    test("is installed when bindings are off", async () => {
        put(await sealed("sops/secrets/s1"))
        expect((await install("off")).code).toBe(0)
        expect(value()).toBe("CANARY")
    })

    test("is found at build time, without a key", async () => {
        put(await sealed("sops/secrets/s1"))
        const { code, said } = await world.run("check", world.manifest(wanted("warn")))
        expect(code).not.toBe(0)
        expect(said).toContain("was sealed for sops/secrets/s1")
        expect((await world.run("check", world.manifest(wanted("off")))).code).toBe(0)
        put(await sealed(wifi))
        expect((await world.run("check", world.manifest(wanted("require")))).code).toBe(0)
    })
})

describe("what is not bound as it should be", () => {
    const cases: readonly [string, string, RegExp, (bytes: Buffer) => Promise<Buffer> | Buffer][] = [
        [
            "the binding deleted",
            "unbound",
            /wifi/u,
            async (bytes) => unbindDocument(await parseDocument(bytes, "binary")),
        ],
        [
            "the binding of another data key",
            "unbound",
            /made with another data key/u,
            async (bytes) => {
                const taken = /"hostseal": \{[^}]*\}/u
                const [theirs = ""] = taken.exec((await sealed(wifi)).toString()) ?? []
                return edited(bytes, (text) => text.replace(taken, theirs))
            },
        ],
        [
            "a malformed binding",
            "unbound",
            /malformed/u,
            (bytes) => edited(bytes, (text) => text.replace(`"tag": "`, `"tag": "!`)),
        ],
        [
            "a reader that nobody bound",
            "readers",
            /not bound for age1stranger/u,
            (bytes) =>
                edited(bytes, (text) =>
                    text.replace(`"age": [`, `"age": [{"recipient":"age1stranger","enc":"x"},`),
                ),
        ],
        [
            "the entry of another machine exchanged",
            "entries",
            /other entries than were bound, for age1/u,
            async (bytes) => {
                const theirs = await sealed(wifi)
                const entry = new RegExp(`"enc": "[^"]*",\\s*"recipient": "${other.recipient}"`, "u")
                const [taken = ""] = entry.exec(theirs.toString()) ?? []
                return edited(bytes, (text) => text.replace(entry, taken))
            },
        ],
    ]

    test.each(cases)(
        "%s: a warning, and with require the last good value",
        async (_, verdict, words, change) => {
            put(await change(await sealed(wifi, "CANARY new")))
            for (let round = 0; round < 2; round++) {
                const { code, said, binding } = await install("warn")
                expect([code, value(), binding]).toEqual([0, "CANARY new", verdict])
                expect(said).toMatch(words)
                expect(said.match(/warning/gu)).toHaveLength(1)
            }
            // A mode that is raised takes nothing for granted that was installed before.
            const { code, said, binding } = await install("require")
            expect([code, value(), binding]).toEqual([65, "CANARY new", verdict])
            expect(said).toContain("not renewed, the last good value stays")
            expect(said).toContain("hostseal bind wifi")
        },
    )

    test("many that nobody has bound yet are one warning", async () => {
        const names = ["a", "b", "c", "d", "e"]
        for (const name of names) await world.seal(name, "CANARY")
        const { said } = await world.run(
            "install",
            world.manifest({
                secrets: names.map((name) => ({ name, sopsFile: name })),
                hostseal: {
                    version: 1,
                    secrets: Object.fromEntries(
                        names.map((name) => [name, { place: `sops/secrets/${name}` }]),
                    ),
                },
            }),
        )
        expect(said.match(/warning: .*/gu)).toEqual([
            "warning: not bound to their place and readers: sops/secrets/a, sops/secrets/b, sops/secrets/c and 2 more (hostseal bind)",
        ])
    })
})

describe("without a place", () => {
    test("nothing is checked, and a manifest of before means what it did", async () => {
        put(await sealed("sops/secrets/s1"))
        const { code, said, binding } = await install(undefined, "")
        expect([code, value(), binding]).toEqual([0, "CANARY", null])
        expect(said).not.toContain("warning")
    })

    test("require wants one", async () => {
        put(await sealed(wifi))
        const { code, said } = await install("require", "")
        expect(code).toBe(65)
        expect(said).toContain("has no place that it could be bound to")
    })
})

test("another place, or another mode, is looked at again", async () => {
    put(await sealed(wifi))
    expect((await install("off")).binding).toBe(null)
    expect((await install("warn")).binding).toBe("bound")
    expect((await install("warn", "sops/secrets/s1")).binding).toBe("elsewhere")
    expect((await install("off", "sops/secrets/s1")).binding).toBe(null)
    expect(value()).toBe("CANARY")
})

test("a machine that opens what names it by another name is not among its readers", async () => {
    const bytes = await sealAt(undefined, "CANARY", "binary", world.key.recipient, other.recipient)
    const relabelled = edited(bytes, (text) =>
        text.replace(world.key.recipient, generateIdentity().recipient),
    )
    put(await rebound(relabelled, wifi))
    expect((await install("warn")).binding).toBe("readers")
    expect((await install("require")).code).toBe(65)
})
