import { chownSync, lchownSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { openDirectory } from "../../../agent/machine/generation/open-directory.ts"
import type { NewDirectory } from "../../../agent/machine/generation/open-directory.ts"
import { scratch } from "../machine.ts"
import { stranger } from "../world.ts"

const asRoot: NewDirectory = () => ({ uid: 0, gid: 0, mode: 0o755 })

/** Opens, writes a file through the descriptor, closes; or says why not. */
function put(path: string, make?: NewDirectory): string {
    try {
        const directory = openDirectory(path, make)
        if (directory === undefined) return "absent"
        writeFileSync(directory.at("put"), "")
        directory.close()
        return "put"
    } catch (error) {
        return error instanceof Error ? error.message : "?"
    }
}

test("makes what is missing, and says what is nearest to each new directory", () => {
    const top = scratch()
    const asked: string[] = []
    const make: NewDirectory = (path, nearest) => {
        asked.push(`${path.slice(top.length)} in ${nearest.path.slice(top.length)} of ${nearest.status.uid}`)
        return { uid: stranger, gid: stranger, mode: 0o750 }
    }
    expect(put(join(top, "a/b"), make)).toBe("put")
    expect(asked).toEqual(["/a in  of 0", `/a/b in /a of ${stranger}`])
    expect(lstatSync(join(top, "a/b"))).toMatchObject({ uid: stranger, gid: stranger, mode: 0o40750 })
})

test("without a way to make it, what is missing is absent", () => {
    expect(put(join(scratch(), "a/b"))).toBe("absent")
})

test("follows links that root made, relative ones and through several", () => {
    const top = scratch()
    mkdirSync(join(top, "real"))
    symlinkSync("real", join(top, "one"))
    symlinkSync(join(top, "one"), join(top, "two"))
    symlinkSync("../two/../real", join(top, "real/three"))
    expect(put(join(top, "two"))).toBe("put")
    expect(put(join(top, "real/three"))).toBe("put")
    expect(readdirSync(join(top, "real"))).toContain("put")
})

test("makes nothing at the other end of a link", () => {
    const top = scratch()
    symlinkSync(join(top, "nowhere"), join(top, "link"))
    expect(put(join(top, "link/x"), asRoot)).toBe("absent")
    expect(readdirSync(top)).toEqual(["link"])
})

test("gives up on links that go round", () => {
    const top = scratch()
    symlinkSync("b", join(top, "a"))
    symlinkSync("a", join(top, "b"))
    expect(put(join(top, "a"))).toContain("too many symbolic links")
})

test("does not take a file for a directory", () => {
    const top = scratch()
    writeFileSync(join(top, "file"), "")
    expect(put(join(top, "file/x"), asRoot)).toContain(`cannot enter ${join(top, "file")}`)
})

if (stranger !== 0) {
    test("a user's link leads only to directories of that user", () => {
        const top = scratch()
        for (const name of ["home", "home/own", "etc"]) mkdirSync(join(top, name))
        for (const name of ["home", "home/own"]) chownSync(join(top, name), stranger, stranger)
        for (const [name, target] of [
            ["trap", join(top, "etc")],
            ["fine", join(top, "home/own")],
        ] as const) {
            symlinkSync(target, join(top, "home", name))
            lchownSync(join(top, "home", name), stranger, stranger)
        }
        expect(put(join(top, "home/fine"))).toBe("put")
        expect(put(join(top, "home/trap"))).toContain(`is a link of uid ${stranger} to a directory of uid 0`)
        expect(put(join(top, "home/trap/deeper"), asRoot)).toContain("refusing to follow it")
        expect(readdirSync(join(top, "etc"))).toEqual([])
    })
}

test("leaves no descriptor open", () => {
    const top = scratch()
    symlinkSync(join(top, "nowhere"), join(top, "link"))
    const before = readdirSync("/proc/self/fd").length
    for (let time = 0; time < 20; time++) {
        put(join(top, "a/b/c"), asRoot)
        put(join(top, "link/x"), asRoot)
        put(join(top, "missing"))
    }
    expect(readdirSync("/proc/self/fd").length).toBeLessThan(before + 5)
})
