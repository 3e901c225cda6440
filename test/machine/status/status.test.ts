import { spawn } from "node:child_process"
import {
    chownSync,
    lchownSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { replaceFile } from "../../../agent/machine/status/status.ts"
import { scratch } from "../machine.ts"
import { stranger } from "../world.ts"

test("replaces a file, with its mode, whatever is in the way of the new one", () => {
    const directory = scratch()
    const path = join(directory, "new/status.json")
    replaceFile(path, "one", 0o640, 0)
    symlinkSync("/nowhere", `${path}.new`)
    replaceFile(path, "two", 0o644, 0)
    expect(readFileSync(path, "utf8")).toBe("two")
    expect(statSync(path).mode & 0o7777).toBe(0o644)
})

test("makes the directories on the way for everybody to enter, whatever the umask", () => {
    const directory = scratch()
    const before = process.umask(0o077)
    try {
        replaceFile(join(directory, "a/b/metrics.prom"), "text", 0o644, 0)
    } finally {
        process.umask(before)
    }
    expect(statSync(join(directory, "a")).mode & 0o7777).toBe(0o755)
    expect(statSync(join(directory, "a/b")).mode & 0o7777).toBe(0o755)
})

test("is led to no other place by a link of somebody else", () => {
    const directory = scratch()
    const victim = join(directory, "victim")
    mkdirSync(victim)
    writeFileSync(join(victim, "metrics.prom"), "old")
    writeFileSync(join(victim, "metrics.prom.new"), "old")
    mkdirSync(join(directory, "theirs"))
    symlinkSync("../victim", join(directory, "theirs/textfiles"))
    lchownSync(join(directory, "theirs/textfiles"), stranger, stranger)
    chownSync(join(directory, "theirs"), stranger, stranger)
    for (const path of ["theirs/textfiles/metrics.prom", "theirs/textfiles/new/metrics.prom"])
        expect(() => replaceFile(join(directory, path), "text", 0o644, 0)).toThrow(/is a link of uid/u)
    expect(readdirSync(victim)).toEqual(["metrics.prom", "metrics.prom.new"])
    expect(readFileSync(join(victim, "metrics.prom"), "utf8")).toBe("old")
})

/** Puts a link to another file in the place of the prepared one whenever it sees it. */
const swapper = `
const fs = require("node:fs")
const [, prepared, spare] = process.argv
let stop = false
process.stdin.on("data", () => { stop = true })
process.stdout.write("ready")
function turn() {
    for (let i = 0; i < 2000; i++) {
        try { fs.lstatSync(prepared); fs.renameSync(spare, prepared); fs.symlinkSync("../victim", spare) } catch {}
    }
    if (stop) process.exit()
    setImmediate(turn)
}
turn()`

test("whoever owns the directory cannot make it open another file to the world", async () => {
    const directory = scratch()
    const victim = join(directory, "victim")
    writeFileSync(victim, "CANARY", { mode: 0o600 })
    mkdirSync(join(directory, "theirs"))
    const path = join(directory, "theirs/metrics.prom")
    const spare = join(directory, "theirs/spare")
    symlinkSync("../victim", spare)
    const child = spawn(process.execPath, ["-e", swapper, `${path}.new`, spare], {
        stdio: ["pipe", "pipe", "inherit"],
    })
    const ended = new Promise((resolve) => {
        child.once("close", resolve)
    })
    await new Promise((resolve) => {
        child.stdout.once("data", resolve)
    })
    for (let round = 0; round < 3000; round++) {
        try {
            replaceFile(path, "text", 0o644, 0)
        } catch {
            // It was taken away in the meantime.
        }
    }
    child.stdin.end("stop")
    await ended
    expect(statSync(victim).mode & 0o7777).toBe(0o600)
})
