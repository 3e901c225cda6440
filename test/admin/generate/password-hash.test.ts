// Hashes are those that the programs make which will compare with them.

import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import { passwordHash } from "../../../agent/admin/generate/password-hash.ts"

const password = "CANARY pässword"

function run(program: string, args: readonly string[], input = ""): string {
    return execFileSync(program, args, { input, encoding: "utf8" }).trim()
}

test.each(["sha512crypt", "scrypt"] as const)("crypt(3) takes %s", (scheme) => {
    const hash = passwordHash(scheme, Buffer.from(password))
    const crypt = (word: string): string => run("perl", ["-e", "print crypt(<STDIN>, $ARGV[0])", hash], word)
    expect(crypt(password)).toBe(hash)
    expect(crypt("CANARY")).not.toBe(hash)
    expect(passwordHash(scheme, Buffer.from(password))).not.toBe(hash)
})

test("argon2 makes the same argon2id", () => {
    const hash = passwordHash("argon2id", Buffer.from(password), Buffer.from("0123456789abcdef"))
    expect(
        run("argon2", ["0123456789abcdef", "-id", "-t", "3", "-k", "65536", "-p", "4", "-e"], password),
    ).toBe(hash)
    expect(passwordHash("argon2id", Buffer.from(password))).not.toBe(hash)
})
