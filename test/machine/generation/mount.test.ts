import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { mountAt, mountMemory } from "../../../agent/machine/generation/mount.ts"
import { mountsIn, scratch, testHost } from "../machine.ts"

const want = { useTmpfs: false, keysGroup: 0 }

test("reads the table of mounts", () => {
    const table = [
        "22 1 0:20 / /run rw,nosuid shared:2 - tmpfs tmpfs rw,size=1k,mode=755",
        String.raw`23 1 0:21 / /run/a\040b rw - ramfs none rw,mode=751`,
        "24 1 8:1 /x /run/disk rw shared:1 master:2 - ext4 /dev/sda1 rw",
        "25 24 0:22 / /run/disk rw - tmpfs none rw,noswap",
        "",
    ].join("\n")
    expect(mountAt("/run/a b", table)).toEqual({ type: "ramfs", options: ["rw", "mode=751"] })
    expect(mountAt("/run/disk", table)).toEqual({ type: "tmpfs", options: ["rw", "noswap"] })
    expect(mountAt("/run/secrets.d", table)).toBeUndefined()
})

test("mounts a ramfs that belongs to root and the group of keys", async () => {
    const directory = scratch()
    const mountPoint = join(directory, "not", "there")
    await mountMemory(mountPoint, { useTmpfs: false, keysGroup: 0 }, testHost(directory))
    expect(mountsIn(directory)).toEqual([mountPoint])
    const mount = mountAt(mountPoint, readFileSync("/proc/self/mountinfo", "utf8"))
    expect(mount?.type).toBe("ramfs")
    const line = readFileSync("/proc/self/mountinfo", "utf8")
        .split("\n")
        .find((text) => text.includes(mountPoint))
    for (const option of ["nosuid", "nodev", "noexec"]) expect(line).toContain(option)
    expect(lstatSync(mountPoint).mode & 0o7777).toBe(0o751)
})

test("mounts a tmpfs without swap when asked to, or else a ramfs", async () => {
    const directory = scratch()
    const mountPoint = join(directory, "m")
    await mountMemory(mountPoint, { useTmpfs: true, keysGroup: 0 }, testHost(directory))
    const mount = mountAt(mountPoint, readFileSync("/proc/self/mountinfo", "utf8"))
    if (mount?.type === "tmpfs") expect(mount.options).toContain("noswap")
    else expect(mount?.type).toBe("ramfs")
})

test("starts nothing and stacks nothing when it is mounted already, also after a change of useTmpfs", async () => {
    const directory = scratch()
    const mountPoint = join(directory, "m")
    await mountMemory(mountPoint, want, testHost(directory))
    chmodSync(mountPoint, 0o700)
    const host = testHost(directory, { env: { PATH: "/nowhere" } })
    await mountMemory(mountPoint, { ...want, useTmpfs: true }, host)
    expect(mountsIn(directory)).toHaveLength(1)
    expect(lstatSync(mountPoint).mode & 0o7777).toBe(0o751)
})

test("mounts anew in a directory of a memory file system, which is not a mount of its own", async () => {
    const directory = scratch()
    const outer = join(directory, "run")
    mkdirSync(outer)
    execFileSync("mount", ["-t", "tmpfs", "none", outer])
    await mountMemory(join(outer, "secrets.d"), want, testHost(directory))
    expect(mountsIn(directory)).toEqual([outer, join(outer, "secrets.d")])
})

test("refuses a mount that is not in memory, and does not cover it", async () => {
    const directory = scratch()
    const mountPoint = join(directory, "m")
    mkdirSync(mountPoint)
    // Any other type will do, and this one can be mounted everywhere.
    execFileSync("mount", ["-t", "devpts", "none", mountPoint])
    const failed = mountMemory(mountPoint, want, testHost(directory))
    await expect(failed).rejects.toThrow(`${mountPoint} is a mount of type devpts, not a memory file system`)
    expect(mountsIn(directory)).toEqual([mountPoint])
})

test("says so when there is no right to mount", async () => {
    const directory = scratch()
    const mountPoint = join(directory, "a b")
    const program = join(directory, "bin", "mount")
    mkdirSync(join(directory, "bin"))
    execFileSync("sh", [
        "-c",
        `printf '#!/bin/sh\\necho "mount: not permitted" >&2\\nexit 32\\n' > "$0"; chmod +x "$0"`,
        program,
    ])
    const host = testHost(directory, { env: { PATH: join(directory, "bin") } })
    const failed = mountMemory(mountPoint, { ...want, useTmpfs: true }, host)
    await expect(failed).rejects.toThrow(`cannot mount a memory file system at ${mountPoint}`)
    await expect(failed).rejects.toHaveProperty(
        "cause.message",
        "tmpfs: mount: not permitted; ramfs: mount: not permitted",
    )
})

test("gives the mount point back to root and keys", async () => {
    const directory = scratch()
    const mountPoint = join(directory, "m")
    await mountMemory(mountPoint, want, testHost(directory))
    // A user namespace with one user knows no other owner.
    if (ownerCanChange(mountPoint)) chownSync(mountPoint, 1, 1)
    await mountMemory(mountPoint, want, testHost(directory))
    expect(lstatSync(mountPoint)).toMatchObject({ uid: 0, gid: 0 })
})

function ownerCanChange(path: string): boolean {
    try {
        chownSync(path, 1, 1)
        return true
    } catch {
        return false
    }
}

test("says what it cannot prepare", async () => {
    const directory = scratch()
    writeFileSync(join(directory, "file"), "")
    const failed = mountMemory(join(directory, "file/m"), want, testHost(directory))
    await expect(failed).rejects.toThrow(`cannot prepare ${directory}/file/m`)
})
