import { execFileSync } from "node:child_process"
import { symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { readRegular } from "../../agent/machine/regular-file.ts"
import { scratch } from "./machine.ts"

test("reads a file whole, small and large", () => {
    const directory = scratch()
    for (const size of [0, 1, 4096, 3_000_000]) {
        const content = Buffer.alloc(size, "x")
        writeFileSync(join(directory, "file"), content)
        const found = readRegular(join(directory, "file"), "refuse")
        expect(found?.content.equals(content)).toBe(true)
        expect(found?.status.size).toBe(size)
    }
})

test("follows a link only when it may", () => {
    const directory = scratch()
    writeFileSync(join(directory, "file"), "CANARY")
    symlinkSync("file", join(directory, "link"))
    expect(readRegular(join(directory, "link"), "follow")?.content.toString()).toBe("CANARY")
    expect(() => readRegular(join(directory, "link"), "refuse")).toThrow("ELOOP")
})

test("never waits for a FIFO, and takes no device and no directory for a file", () => {
    const directory = scratch()
    execFileSync("mkfifo", [join(directory, "fifo")])
    for (const path of [join(directory, "fifo"), "/dev/null", directory])
        expect(readRegular(path, "follow")).toBeUndefined()
})

test("asks about the size before it reads", () => {
    const file = join(scratch(), "file")
    writeFileSync(file, "CANARY")
    const refuse = (size: number): void => {
        throw new Error(`${size} bytes`)
    }
    expect(() => readRegular(file, "follow", refuse)).toThrow("6 bytes")
})
