import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { hasNix } from "./nix.ts"
import { archiveHash, fetchedHash, lockedDependencies, readRecord } from "./npm-deps.ts"

const hint = "the dependencies changed; run: npm run nix:deps"

test("nix/npm-deps.json knows the dependencies that package-lock.json names", () => {
    expect(readRecord().dependencies, hint).toBe(lockedDependencies())
})

test("npm fetches what nix/npm-deps.json has the hash of", () => {
    expect(fetchedHash(), hint).toBe(readRecord().hash)
})

test.runIf(hasNix())("a directory has the hash that nix-hash gives it", () => {
    const directory = mkdtempSync(join(tmpdir(), "archive-"))
    try {
        mkdirSync(join(directory, "a b"))
        writeFileSync(join(directory, "a b", "file"), "CANARY")
        writeFileSync(join(directory, "empty"), "")
        writeFileSync(join(directory, "program"), "12345678")
        chmodSync(join(directory, "program"), 0o755)
        symlinkSync("a b/file", join(directory, "Z"))
        const hex = execFileSync("nix-hash", ["--type", "sha256", directory], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
        })
        expect(archiveHash(directory)).toBe(`sha256-${Buffer.from(hex.trim(), "hex").toString("base64")}`)
    } finally {
        rmSync(directory, { recursive: true })
    }
})
