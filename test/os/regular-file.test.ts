import { execFileSync } from "node:child_process"
import {
    appendFileSync,
    mkdirSync,
    mkdtempSync,
    rmSync,
    symlinkSync,
    truncateSync,
    writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { NotRegular, readBounded, readRegular } from "../../agent/os/regular-file.ts"

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

describe("readRegular", () => {
    test("reads a file whole, small and large", () => {
        for (const size of [0, 1, 4096, 3_000_000]) {
            const content = Buffer.alloc(size, "x")
            writeFileSync(at("sized"), content)
            const found = readRegular(at("sized"), { links: "refuse" })
            expect(found.content.equals(content)).toBe(true)
            expect(found.status.size).toBe(size)
        }
    })

    test("follows a link only when it may", () => {
        expect(readRegular(at("link"), { links: "follow" }).content.toString()).toBe("CANARY")
        expect(() => readRegular(at("link"), { links: "refuse" })).toThrow("ELOOP")
    })

    test("never waits for a FIFO, and takes no device and no directory for a file", () => {
        for (const path of [at("fifo"), "/dev/null", at("folder")])
            expect(() => readRegular(path, { links: "follow" })).toThrow(NotRegular)
    })

    test("shows the file before it reads", () => {
        const check = ({ size }: { size: number }): void => {
            throw new Error(`${size} bytes`)
        }
        expect(() => readRegular(at("file"), { links: "follow", check })).toThrow("6 bytes")
    })

    test("does not take a part of a growing file for the whole", () => {
        writeFileSync(at("growing"), "CANARY")
        const check = (): void => appendFileSync(at("growing"), " and more")
        expect(() => readRegular(at("growing"), { links: "follow", check })).toThrow(
            "changes while it is read",
        )
    })
})

describe("readBounded", () => {
    test("reads a file, up to the limit", () => {
        expect(readBounded(at("file"), 6)?.toString()).toBe("CANARY")
        expect(() => readBounded(at("file"), 5)).toThrow("is larger than 5 bytes")
    })

    test("nothing there is nothing", () => expect(readBounded(at("none"), 6)).toBeUndefined())

    test("uses the room it is given, where that is enough", () => {
        const room = Buffer.alloc(7)
        expect(readBounded(at("file"), 6, room)?.buffer).toBe(room.buffer)
        expect(readBounded(at("file"), 6, Buffer.alloc(6))?.toString()).toBe("CANARY")
    })

    for (const name of ["link", "dangling", "folder", "fifo", "large", "/dev/zero"]) {
        test(`refuses ${name} at once`, () => {
            const path = name.startsWith("/") ? name : at(name)
            expect(() => readBounded(path, 1024)).toThrow(NotRegular)
        })
    }
})
