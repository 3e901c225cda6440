import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test, vi } from "vitest"
import {
    directoriesOf,
    isChangeable,
    signatureOf,
    treeOf,
    watchDirectories,
} from "../../../agent/machine/commands/watch.ts"
import { scratch } from "../machine.ts"

test("a signature changes with a file, its absence and what a link leads to", () => {
    const directory = scratch()
    const file = join(directory, "file")
    const seen = new Set<string>()
    const look = (): number => seen.add(signatureOf([file])).size
    expect(look()).toBe(1)
    writeFileSync(file, "a")
    expect(look()).toBe(2)
    expect(look()).toBe(2)
    writeFileSync(join(directory, "other"), "b")
    renameSync(join(directory, "other"), file)
    expect(look()).toBe(3)
    mkdirSync(join(directory, "d"))
    expect(look()).toBe(3)
})

test("what is in the Nix store does not change, what is not there may come", () => {
    const directory = scratch()
    symlinkSync("/nix/store/nowhere", join(directory, "link"))
    expect(isChangeable(join(directory, "nothing"))).toBe(true)
    expect(isChangeable(directory)).toBe(true)
})

test("a link to the store can be made to lead elsewhere, which is how a new generation of /etc comes", () => {
    const directory = scratch()
    const store = join(directory, "store/")
    for (const name of ["store", "etc"]) mkdirSync(join(directory, name))
    for (const name of ["store/1-manifest", "store/2-manifest", "outside"])
        writeFileSync(join(directory, name), "")
    symlinkSync("1-manifest", join(directory, "store/alias"))
    symlinkSync("../outside", join(directory, "store/out"))
    const link = join(directory, "etc/manifest")
    symlinkSync(join(directory, "store/1-manifest"), link)
    const inStore = ["1-manifest", "alias", "out", "nothing"].map((name) => `${store}${name}`)
    expect([link, ...inStore].map((path) => isChangeable(path, store))).toEqual([
        true,
        false,
        false,
        true,
        true,
    ])
    const before = signatureOf([link])
    symlinkSync(join(directory, "store/2-manifest"), join(directory, "etc/new"))
    renameSync(join(directory, "etc/new"), link)
    expect(signatureOf([link])).not.toBe(before)
})

test("watches where a file is and where its link leads", () => {
    const directory = scratch()
    mkdirSync(join(directory, "real"))
    writeFileSync(join(directory, "real/file"), "")
    symlinkSync("real/file", join(directory, "link"))
    expect(directoriesOf([join(directory, "link"), join(directory, "x")])).toEqual([
        directory,
        join(directory, "real"),
    ])
    mkdirSync(join(directory, "real/a/b"), { recursive: true })
    // As /etc of NixOS has it: a file is a link through a link.
    for (const name of ["etc", "etc/app", "one", "one/app"]) mkdirSync(join(directory, name))
    symlinkSync("../one", join(directory, "etc/static"))
    symlinkSync(join(directory, "etc/static/app/file"), join(directory, "etc/app/file"))
    symlinkSync("/nix/store/abc-file", join(directory, "one/app/file"))
    expect(directoriesOf([join(directory, "etc/app/file")])).toEqual(
        ["etc/app", "etc", "one/app"].map((name) => join(directory, name)),
    )
    symlinkSync("circle", join(directory, "circle"))
    expect(directoriesOf([join(directory, "circle")])).toEqual([directory])
    expect(treeOf(join(directory, "real"))).toEqual(
        ["real", "real/a", "real/a/b"].map((name) => join(directory, name)),
    )
    expect(treeOf(join(directory, "nothing"))).toEqual([])
})

test("tells of a burst of changes once, and of nothing when it was ended", async () => {
    const directory = scratch()
    let calls = 0
    const end = watchDirectories([directory, join(directory, "nothing")], 100, () => calls++)
    for (let index = 0; index < 10; index++) writeFileSync(join(directory, `f${index}`), "")
    await vi.waitFor(() => expect(calls).toBe(1), { timeout: 60_000 })
    writeFileSync(join(directory, "again"), "")
    end()
    await new Promise((resolve) => {
        setTimeout(resolve, 300)
    })
    expect(calls).toBe(1)
})
