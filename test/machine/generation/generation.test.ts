import {
    existsSync,
    linkSync,
    lstatSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    renameSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs"
import type * as Files from "node:fs"
import { join } from "node:path"
import { beforeEach, expect, test, vi } from "vitest"
import {
    preparePrivateDirectory,
    prune,
    switchTo,
    writeGeneration,
} from "../../../agent/machine/generation/generation.ts"
import type { NewFile } from "../../../agent/machine/generation/generation.ts"
import { scratch } from "../machine.ts"
import { stranger } from "../world.ts"

// A rename that fails at the second of two is what no real file system can be asked for.
const { renameSync: actualRename } = await vi.importActual<typeof Files>("node:fs")
vi.mock("node:fs", async (original) => {
    const fs = await original<typeof Files>()
    return { ...fs, renameSync: vi.fn(fs.renameSync) }
})

let mountPoint: string
beforeEach(() => {
    mountPoint = join(scratch(), "secrets.d")
    mkdirSync(mountPoint)
    preparePrivateDirectory(mountPoint)
})

const file = (name: string, content = "CANARY"): NewFile => ({
    file: name,
    content: Buffer.from(content),
    uid: stranger,
    gid: stranger,
    mode: 0o440,
})
const owner = { uid: 0, gid: stranger }

function write(number: number, files: readonly NewFile[]): string {
    return writeGeneration(mountPoint, number, { files, links: [], owner }, () => undefined)
}

test("what a run that was killed has left of a generation is not in the next one", () => {
    for (const directory of [join(mountPoint, ".hostseal/staging/d"), join(mountPoint, "7/d")]) {
        mkdirSync(directory, { recursive: true })
        writeFileSync(join(directory, "left"), "CANARY")
    }
    const directory = write(7, [])
    expect(directory).toBe(join(mountPoint, "7"))
    expect(readdirSync(directory)).toEqual([])
    expect(readdirSync(join(mountPoint, ".hostseal"))).not.toContain("staging")
})

test("a directory at the symlink is put back when the symlink cannot take its place", () => {
    const path = join(mountPoint, "..", "secrets")
    mkdirSync(path)
    writeFileSync(join(path, "somebody's"), "CANARY")
    vi.mocked(renameSync)
        .mockImplementationOnce(actualRename)
        .mockImplementationOnce(() => {
            throw Object.assign(new Error("EIO"), { code: "EIO" })
        })
    expect(() => switchTo(path, join(mountPoint, "1"))).toThrow(`cannot replace ${path}`)
    expect(readFileSync(join(path, "somebody's"), "utf8")).toBe("CANARY")
    expect(readdirSync(join(mountPoint, "..")).toSorted()).toEqual(["secrets", "secrets.d"])
})

test("what stands at the symlink has to be seen before it is replaced", () => {
    const loop = join(mountPoint, "..", "loop")
    symlinkSync(loop, loop)
    expect(() => switchTo(join(loop, "secrets"), join(mountPoint, "1"))).toThrow("ELOOP")
})

test("files have their attributes, and directories those of the generation", () => {
    const directory = write(1, [file("a"), file("d/e/b")])
    expect(lstatSync(join(directory, "d/e/b"))).toMatchObject({
        uid: stranger,
        gid: stranger,
        mode: 0o100440,
    })
    for (const path of ["", "d", "d/e"])
        expect(lstatSync(join(directory, path))).toMatchObject({ uid: 0, gid: stranger, mode: 0o40751 })
})

test("what is the same is linked to, and copied where that cannot be", () => {
    const first = write(1, [file("a"), file("b")])
    const second = write(2, [
        { ...file("a"), same: join(first, "a") },
        { ...file("b"), same: join(first, "nowhere") },
    ])
    expect(statSync(join(second, "a")).ino).toBe(statSync(join(first, "a")).ino)
    expect(statSync(join(second, "b")).ino).not.toBe(statSync(join(first, "b")).ino)
    expect(readFileSync(join(second, "b"), "utf8")).toBe("CANARY")
})

test("a directory that has the number already is replaced", () => {
    mkdirSync(join(mountPoint, "1/left"), { recursive: true })
    expect(readdirSync(write(1, [file("a")]))).toEqual(["a"])
})

test("on an error nothing is left", () => {
    const tooLong = "x".repeat(256)
    expect(() => write(1, [file("a"), file(tooLong)])).toThrow(`cannot write the secrets to ${mountPoint}`)
    expect(readdirSync(mountPoint)).toEqual([".hostseal"])
    expect(readdirSync(join(mountPoint, ".hostseal"))).toEqual([])
})

test("the switch is one rename, and says what it replaced", () => {
    const symlink = join(mountPoint, "../secrets")
    expect(switchTo(symlink, "/one")).toBeUndefined()
    expect(switchTo(symlink, "/two")).toBeUndefined()
    expect(readlinkSync(symlink)).toBe("/two")
    const other = join(mountPoint, "../other")
    writeFileSync(other, "")
    expect(switchTo(other, "/one")).toBe("file")
    const full = join(mountPoint, "../full")
    mkdirSync(join(full, "x"), { recursive: true })
    expect(switchTo(full, "/one")).toBe("directory")
    expect(readdirSync(join(mountPoint, "..")).toSorted()).toEqual(["full", "other", "secrets", "secrets.d"])
})

test("what a killed switch left beside the symlink does not stop the next one", () => {
    const symlink = join(mountPoint, "../secrets")
    symlinkSync("/left", join(mountPoint, "../.secrets.new"))
    mkdirSync(join(mountPoint, "../.secrets.old/x"), { recursive: true })
    switchTo(symlink, "/one")
    expect(readdirSync(join(mountPoint, "..")).toSorted()).toEqual(["secrets", "secrets.d"])
})

test("keeps as many generations as it should, and what is not a number", () => {
    for (const name of ["1", "2", "3", "4", "9", "007", "x", "-1", "1e3"]) mkdirSync(join(mountPoint, name))
    const going: number[] = []
    prune(mountPoint, 4, 2, (number) => going.push(number))
    expect(readdirSync(mountPoint).toSorted()).toEqual(["-1", ".hostseal", "007", "1e3", "3", "4", "x"])
    expect(new Set(going)).toEqual(new Set([1, 2, 9]))
    prune(mountPoint, 4, 0, () => expect.fail("0 keeps all"))
})

test("pruning a generation leaves a file that the live one shares", () => {
    mkdirSync(join(mountPoint, "1"))
    mkdirSync(join(mountPoint, "2"))
    writeFileSync(join(mountPoint, "1/a"), "CANARY")
    linkSync(join(mountPoint, "1/a"), join(mountPoint, "2/a"))
    prune(mountPoint, 2, 1, () => undefined)
    expect(existsSync(join(mountPoint, "1"))).toBe(false)
    expect(readFileSync(join(mountPoint, "2/a"), "utf8")).toBe("CANARY")
})
