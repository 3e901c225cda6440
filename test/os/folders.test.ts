import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { makeFolders } from "../../agent/os/folders.ts"

let root = ""
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "hostseal-folders-"))))
afterEach(() => rmSync(root, { recursive: true }))

test("makes all that are missing, with the mode, and leaves those that are there", () => {
    const path = join(root, "a/b/c")
    makeFolders(path, 0o700)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    makeFolders(path, 0o755)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    makeFolders("/")
})

test("says what is in the way", () => {
    writeFileSync(join(root, "file"), "")
    expect(() => makeFolders(join(root, "file/b/c"))).toThrow("ENOTDIR")
})

test("says that nothing can be written, and not that something is missing", () => {
    execFileSync("mount", ["-t", "tmpfs", "none", root])
    try {
        execFileSync("mount", ["-o", "remount,ro", "none", root])
        expect(() => makeFolders(join(root, "a/b/c"))).toThrow("EROFS")
    } finally {
        execFileSync("umount", [root])
    }
})
