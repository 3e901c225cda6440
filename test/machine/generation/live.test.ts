import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { liveNumber, lookAtLive, readLive } from "../../../agent/machine/generation/live.ts"
import { parseManifest } from "../../../agent/machine/manifest/parse.ts"
import { scratch } from "../machine.ts"
import { asBytes, writtenManifest } from "../manifest-examples.ts"

for (const [target, number] of [
    ["/run/secrets.d/7", 7],
    ["/run/secrets.d/100", 100],
    ["/run/secrets.d/0", undefined],
    ["/run/secrets.d/007", undefined],
    ["/run/secrets.d/abc", undefined],
    ["/run/secrets.d/7/x", undefined],
    ["/run/other.d/7", undefined],
    ["7", undefined],
] as const)
    test(`a symlink to ${target} is generation ${String(number)}`, () => {
        const symlink = join(scratch(), "secrets")
        symlinkSync(target, symlink)
        expect(liveNumber("/run/secrets.d", symlink)).toBe(number)
    })

test("no symlink, a file and a directory are no generation", () => {
    const directory = scratch()
    writeFileSync(join(directory, "file"), "")
    for (const name of ["nothing", "file", ".", "file/x"])
        expect(liveNumber("/run", join(directory, name))).toBeUndefined()
})

test("only regular files are secrets", () => {
    const directory = scratch()
    writeFileSync(join(directory, "file"), "CANARY", { mode: 0o640 })
    symlinkSync("file", join(directory, "link"))
    execFileSync("mkfifo", [join(directory, "fifo")])
    expect(readLive(join(directory, "file"))).toMatchObject({
        content: Buffer.from("CANARY"),
        uid: 0,
        mode: 0o640,
    })
    for (const name of ["link", "fifo", ".", "nothing", "file/x"])
        expect(readLive(join(directory, name))).toBeUndefined()
})

test("knows every name below it", () => {
    const directory = scratch()
    const [mountPoint, symlink] = [join(directory, "secrets.d"), join(directory, "secrets")]
    mkdirSync(join(mountPoint, "3/d/e"), { recursive: true })
    writeFileSync(join(mountPoint, "3/a"), "CANARY")
    writeFileSync(join(mountPoint, "3/d/e/b"), "")
    symlinkSync("a", join(mountPoint, "3/link"))
    symlinkSync(join(mountPoint, "3"), symlink)
    const fields = { secretsMountPoint: mountPoint, symlinkPath: symlink }
    const live = lookAtLive(
        parseManifest(asBytes(writtenManifest(fields)), "m", () => ""),
        "0",
    )
    expect([live.number, live.names().toSorted()]).toEqual([3, ["a", "d/e/b", "link"]])
    expect(live.file("a")?.content.toString()).toBe("CANARY")
    expect(live.file("a")).toBe(live.file("a"))
    expect(live.file("d")).toBeUndefined()
    const content = live.file("a")?.content
    live.wipe()
    expect(content).toEqual(Buffer.alloc("CANARY".length))
})
