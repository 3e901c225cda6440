import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { sumsOf } from "../../../agent/build/release/clone.ts"

test("checksums are those that sha256sum checks, and leave themselves out", () => {
    const directory = mkdtempSync(join(tmpdir(), "hostseal-sums-"))
    try {
        writeFileSync(join(directory, "b"), "CANARY")
        writeFileSync(join(directory, "a.tgz"), "")
        writeFileSync(join(directory, "SHA256SUMS"), sumsOf(directory))
        expect(
            sumsOf(directory)
                .match(/^.*$/gmu)
                ?.map((line) => line.split("  ")[1]),
        ).toEqual(["a.tgz", "b", undefined])
        const checked = execFileSync("sha256sum", ["--check", "SHA256SUMS"], {
            cwd: directory,
            encoding: "utf8",
        })
        expect(checked).toBe("a.tgz: OK\nb: OK\n")
    } finally {
        rmSync(directory, { recursive: true })
    }
})
