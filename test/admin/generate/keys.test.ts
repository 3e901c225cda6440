// What is made is taken by the programs that it is for.

import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { newKey, publicHalf } from "../../../agent/admin/generate/keys.ts"
import type { KeyMake } from "../../../agent/repo/generators/generator.ts"
import { passphrase, randomValue } from "../../../agent/admin/generate/random.ts"
import { shadowHash } from "../../../agent/os/sha512crypt.ts"

const folder = mkdtempSync(join(tmpdir(), "hostseal-kinds-"))
afterAll(() => rmSync(folder, { recursive: true }))

function run(program: string, args: readonly string[], input: string | Buffer = ""): string {
    return execFileSync(program, args, { input, encoding: "utf8" })
}

describe("keys", () => {
    const made = (make: KeyMake): readonly [Buffer, string] => {
        const key = newKey(make)
        return [key, publicHalf(make, key).toString()]
    }

    test.each(["", "web01", "a comment of another length"])(
        "ssh-keygen takes an SSH key with the comment %j",
        (comment) => {
            const [key, line] = made({ kind: "ssh-key", comment })
            const file = join(folder, "id")
            writeFileSync(file, key, { mode: 0o600 })
            expect(run("ssh-keygen", ["-y", "-P", "", "-f", file]).trim()).toBe(line.trim())
            expect(run("ssh-keygen", ["-l", "-f", file])).toContain("(ED25519)")
        },
    )

    test("wg makes the same public key", () => {
        const [key, line] = made({ kind: "wireguard" })
        expect(run("wg", ["pubkey"], key)).toBe(line)
    })

    test("age-keygen makes the same recipient", () => {
        const [key, line] = made({ kind: "age-key" })
        expect(run("age-keygen", ["-y"], key)).toBe(line)
    })

    test.each(["ecdsa", "ed25519", "rsa"] as const)("openssl takes a key for TLS: %s", (type) => {
        const [key, pem] = made({ kind: "tls-key", type })
        expect(run("openssl", ["pkey", "-pubout"], key)).toBe(pem)
    })

    test("a key of Nix has a name, a seed and a point that belong together", () => {
        const [key, line] = made({ kind: "nix-key", name: "cache.example.org-1" })
        const [name = "", secret = ""] = key.toString().split(":")
        const [publicName = "", point = ""] = line.split(":")
        expect([name, publicName]).toEqual(["cache.example.org-1", "cache.example.org-1"])
        const bytes = Buffer.from(secret, "base64")
        expect(bytes).toHaveLength(64)
        expect(bytes.subarray(32).toString("base64")).toBe(point)
    })

    test.each<[KeyMake, string]>([
        [{ kind: "wireguard" }, "CANARY"],
        [{ kind: "age-key" }, "CANARY"],
        [{ kind: "ssh-key", comment: "" }, "CANARY"],
        [{ kind: "nix-key", name: "n" }, "CANARY"],
        [{ kind: "tls-key", type: "ecdsa" }, "CANARY"],
    ])("%o: what is no key has no public half, and is not told", (make, text) => {
        expect(() => publicHalf(make, Buffer.from(text))).toThrow(
            expect.objectContaining({ message: expect.not.stringContaining("CANARY") }),
        )
    })
})

test("a hash is that of openssl and of mkpasswd", () => {
    const hash = shadowHash(Buffer.from("CANARY"), Buffer.from("0123456789abcdef"))
    const [, , rounds = "", salt = ""] = hash.split("$")
    expect(
        run(
            "mkpasswd",
            ["-m", "sha512crypt", "-R", rounds.slice("rounds=".length), "-S", salt, "-s"],
            "CANARY",
        ).trim(),
    ).toBe(hash)
    expect(run("openssl", ["passwd", "-6", "-salt", `${rounds}$${salt}`, "-stdin"], "CANARY").trim()).toBe(
        hash,
    )
})

test.each([
    ["alnum", 40, /^[A-Za-z0-9]{40}$/u],
    ["hex", 32, /^[0-9a-f]{64}$/u],
    ["base64", 32, /^[A-Za-z0-9+/]{43}=$/u],
    ["uuid", 16, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u],
] as const)("random %s", (chars, length, pattern) => {
    const [one, other] = [randomValue({ chars, length }), randomValue({ chars, length })]
    expect(one.toString()).toMatch(pattern)
    expect(other.equals(one)).toBe(false)
})

test("random bytes", () => {
    expect(randomValue({ chars: "bytes", length: 100 })).toHaveLength(100)
})

test("words can be said", () => {
    expect(passphrase(4).toString()).toMatch(
        /^([bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]-?){4}$/u,
    )
    expect(new Set(Array.from({ length: 100 }, () => passphrase(4).toString())).size).toBe(100)
})
