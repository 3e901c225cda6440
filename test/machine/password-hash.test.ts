import { execFileSync } from "node:child_process"
import { createSecretKey } from "node:crypto"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { passwordHash } from "../../agent/machine/password-hash.ts"
import { sha512crypt } from "../../agent/os/sha512crypt.ts"
import { World } from "./world.ts"

const openssl = (password: string, salt: string): string =>
    execFileSync("openssl", ["passwd", "-6", "-salt", salt, "-stdin"], {
        input: password,
        encoding: "utf8",
    }).trim()

test("sha512crypt, as its author published it", () => {
    expect(sha512crypt(Buffer.from("Hello world!"), "saltstring", 5000)).toBe(
        "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
    )
})

test("sha512crypt, as openssl computes it", () => {
    const text = (maxLength: number) =>
        fc.string({
            unit: fc.constantFrom("a", "Z", "0", ".", "/", "ü", "€", " ", "!"),
            minLength: 1,
            maxLength,
        })
    const salt = fc.string({
        unit: fc.constantFrom("a", "b", "Z", "0", "1", ".", "/"),
        minLength: 1,
        maxLength: 16,
    })
    fc.assert(
        fc.property(text(80), salt, (password, salted) => {
            expect(`$6$${salted}$${sha512crypt(Buffer.from(password), salted, 5000)}`).toBe(
                openssl(password, salted),
            )
        }),
        { numRuns: 30 },
    )
})

const key = (text: string) => createSecretKey(Buffer.from(text))

test("a hash is one that openssl checks, and is the same for the same password and key only", () => {
    const hash = passwordHash(Buffer.from("CANARY"), key("a"))
    expect(hash).toMatch(/^\$6\$rounds=20000\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/u)
    const [, , rounds, salt] = hash.split("$")
    expect(openssl("CANARY", `${rounds}$${salt}`)).toBe(hash)
    for (const end of ["\n", "\r\n"]) expect(passwordHash(Buffer.from(`CANARY${end}`), key("a"))).toBe(hash)
    expect(passwordHash(Buffer.from("CANARY"), key("b")).split("$")[3]).not.toBe(salt)
    expect(passwordHash(Buffer.from("CANARY2"), key("a")).split("$")[3]).not.toBe(salt)
})

test.each([
    ["", "is empty"],
    ["\n", "is empty"],
    ["CANARY\n\n", "more than one line"],
    ["CANARY\0", "more than one line"],
])("%j is no password", (value, said) => {
    expect(() => passwordHash(Buffer.from(value), key("a"))).toThrow(said)
})

test("a secret is installed hashed, and stays the same until its value changes", async () => {
    const world = new World()
    await world.seal("s", "CANARY-1\n")
    const secrets = [{ name: "s", sopsFile: "s" }]
    const hashed = { secrets, hostseal: { version: 1, secrets: { s: { hashed: "sha512crypt" } } } }
    await world.install({ secrets })
    expect(world.read("s")).toBe("CANARY-1\n")
    await world.install(hashed)
    const hash = world.read("s")
    const [, , rounds, salt] = hash.split("$")
    expect(openssl("CANARY-1", `${rounds}$${salt}`)).toBe(hash)
    await world.install({ secrets: [] })
    await world.install(hashed)
    expect(world.read("s")).toBe(hash)
    await world.seal("s", "CANARY-2")
    await world.install(hashed)
    expect(world.read("s")).not.toBe(hash)
    await world.install({ secrets })
    expect(world.read("s")).toBe("CANARY-2")
})

test("an empty password is never installed, nor the plain text of one that cannot be hashed", async () => {
    const world = new World()
    await world.seal("empty", "")
    await world.seal("lines", "CANARY\nCANARY")
    const secrets = ["empty", "lines"].map((name) => ({ name, sopsFile: name }))
    const extras = { hashed: "sha512crypt", allowEmpty: true }
    const hostseal = { version: 1, secrets: { empty: extras, lines: extras } }
    const { code, said } = await world.run("install", world.manifest({ secrets, hostseal }))
    expect([code, world.has("empty"), world.has("lines")]).toEqual([65, false, false])
    expect(said).toContain("its password is empty")
    expect(said).toContain("its password is more than one line")
})
