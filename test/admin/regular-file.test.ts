import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { NotRegular, readRegular } from "../../agent/admin/regular-file.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-regular-"))
afterAll(() => rmSync(root, { recursive: true }))
const at = (name: string): string => join(root, name)

writeFileSync(at("file"), "CANARY")
symlinkSync("file", at("link"))
symlinkSync("nowhere", at("dangling"))
mkdirSync(at("folder"))
execFileSync("mkfifo", [at("fifo")])
writeFileSync(at("large"), "")
truncateSync(at("large"), 1024 * 1024 * 1024 * 1024)

test("reads a file, up to the limit", () => {
    expect(readRegular(at("file"), 6)?.toString()).toBe("CANARY")
    expect(() => readRegular(at("file"), 5)).toThrow("is larger than 5 bytes")
})
test("nothing there is nothing", () => expect(readRegular(at("none"), 6)).toBeUndefined())

for (const name of ["link", "dangling", "folder", "fifo", "large", "/dev/zero"]) {
    test(`refuses ${name} at once`, () => {
        const path = name.startsWith("/") ? name : at(name)
        expect(() => readRegular(path, 1024)).toThrow(NotRegular)
    })
}
