import { execFileSync } from "node:child_process"
import { closeSync, openSync, readFileSync, readSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, onTestFinished, test } from "vitest"
import { createFile } from "../../../agent/machine/generation/write-file.ts"
import { scratch } from "../machine.ts"
import { stranger } from "../world.ts"

const umask = process.umask()
afterEach(() => process.umask(umask))

for (const mask of [0o000, 0o022, 0o777])
    test(`has its owner and mode whatever the umask: ${mask.toString(8)}`, () => {
        const path = join(scratch(), "f")
        process.umask(mask)
        createFile(path, Buffer.alloc(1_000_000, "CANARY"), { uid: stranger, gid: stranger, mode: 0o464 })
        expect(statSync(path)).toMatchObject({
            uid: stranger,
            gid: stranger,
            mode: 0o100464,
            size: 1_000_000,
        })
    })

test("a planted file or link never gets the content", () => {
    const directory = scratch()
    const path = join(directory, "secret")
    writeFileSync(path, "")
    const early = openSync(path, "r")
    expect(() => createFile(path, Buffer.from("CANARY"), { uid: 0, gid: 0, mode: 0o400 })).toThrow("EEXIST")
    expect(readSync(early, Buffer.alloc(10))).toBe(0)
    closeSync(early)
    symlinkSync(join(directory, "elsewhere"), join(directory, "link"))
    expect(() =>
        createFile(join(directory, "link"), Buffer.from("CANARY"), { uid: 0, gid: 0, mode: 0o400 }),
    ).toThrow("EEXIST")
    expect(() => readFileSync(join(directory, "elsewhere"))).toThrow("ENOENT")
})

test("is private until everything is in it, and stays so when that fails", () => {
    const directory = scratch()
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", directory])
    onTestFinished(() => void execFileSync("umount", [directory]))
    process.umask(0)
    const path = join(directory, "f")
    const content = Buffer.alloc(200_000, "CANARY")
    expect(() => createFile(path, content, { uid: 0, gid: 0, mode: 0o444 })).toThrow("ENOSPC")
    expect(statSync(path).mode & 0o777).toBe(0o600)
})
