import { execFileSync, spawn } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeEach, expect, test } from "vitest"
import { UserError } from "../../agent/error.ts"
import { largestSshKey, readKeyFile } from "../../agent/os/key-file.ts"

const directory = mkdtempSync(join(tmpdir(), "key-file-"))
afterAll(() => {
    rmSync(directory, { recursive: true })
})

const me = process.getuid?.() ?? 0
const warnings: string[] = []
beforeEach(() => void warnings.splice(0))
const rules = { uid: me, largest: largestSshKey, warn: (warning: string) => void warnings.push(warning) }

function make(name: string, content: Buffer | string, mode = 0o600): string {
    const path = join(directory, name)
    writeFileSync(path, content)
    chmodSync(path, mode)
    return path
}

test("reads a private file, through a link too", () => {
    const path = make("good", "CANARY")
    expect(readKeyFile(path, rules)?.toString()).toBe("CANARY")
    symlinkSync(path, join(directory, "link"))
    expect(readKeyFile(join(directory, "link"), rules)?.toString()).toBe("CANARY")
    expect(readKeyFile(make("readonly", "CANARY", 0o400), rules)?.toString()).toBe("CANARY")
})

test("a file that is not there is no error", () => {
    expect(readKeyFile(join(directory, "missing"), rules)).toBeUndefined()
    expect(readKeyFile(join(make("file", "x"), "below"), rules)).toBeUndefined()
})

test("a file that cannot be looked at is not one that is missing", () => {
    const loop = join(directory, "loop")
    symlinkSync(loop, loop)
    expect(() => readKeyFile(loop, rules)).toThrow(`cannot read the key file ${loop}`)
})

test("16384 bytes are read, 16385 are not", () => {
    expect(readKeyFile(make("most", Buffer.alloc(16384, "x")), rules)).toHaveLength(16384)
    expect(() => readKeyFile(make("more", Buffer.alloc(16385, "x")), rules)).toThrow(/16385 bytes/)
})

for (const mode of [0o640, 0o604, 0o622, 0o610, 0o644, 0o666, 0o601]) {
    test(`reads mode ${mode.toString(8)}, and says once what mends it`, () => {
        const path = make(`mode-${mode.toString(8)}`, "CANARY", mode)
        expect(readKeyFile(path, rules)?.toString()).toBe("CANARY")
        expect(warnings).toEqual([
            `the key file ${path} is not private: its mode is 0${mode.toString(8)} (chmod 0600 ${path})`,
        ])
    })
}

test("a private file is no reason for a warning", () => {
    readKeyFile(make("private", "CANARY"), rules)
    expect(warnings).toEqual([])
})

test("the line that mends can be pasted, whatever the name", () => {
    const path = make("it's mine", "CANARY", 0o644)
    readKeyFile(path, rules)
    const line = /\((chmod .*)\)$/u.exec(warnings[0] ?? "")?.[1] ?? ""
    execFileSync("sh", ["-c", line])
    readKeyFile(path, rules)
    expect(warnings).toHaveLength(1)
})

test("reads the file of somebody else, also behind a link, and advises a copy", () => {
    const path = make("foreign", "CANARY")
    // Root's own files are no surprise to anybody.
    if (me === 0) chownSync(path, 12345, 12345)
    symlinkSync(path, join(directory, "foreign-link"))
    for (const name of [path, join(directory, "foreign-link")]) {
        expect(readKeyFile(name, { ...rules, uid: me === 0 ? 0 : me + 1 })?.toString()).toBe("CANARY")
        expect(warnings.pop()).toMatch(
            /it belongs to uid \d+ \(name a copy of your own: install -D -m 0600 /u,
        )
    }
    readKeyFile(make("root", "CANARY"), { ...rules, uid: me === 0 ? 1000 : me })
    expect(warnings).toEqual([])
})

test("a FIFO does not make it wait", () => {
    const path = join(directory, "fifo")
    execFileSync("mkfifo", ["-m", "600", path])
    expect(() => readKeyFile(path, rules)).toThrow(/not a regular file/)
})

test("refuses directories and devices", () => {
    mkdirSync(join(directory, "directory"), { mode: 0o700 })
    for (const path of [join(directory, "directory"), "/dev/zero", "/dev/full"])
        expect(() => readKeyFile(path, rules)).toThrow(/not a regular file/)
})

test("/dev/null is an empty file, and so is a link to it", () => {
    symlinkSync("/dev/null", join(directory, "null"))
    for (const path of ["/dev/null", join(directory, "null"), make("empty", "")])
        expect(readKeyFile(path, rules)).toHaveLength(0)
})

test("errors and warnings name the file and never its content", () => {
    const path = make("open", "CANARY", 0o644)
    readKeyFile(path, rules)
    expect(warnings.join()).not.toContain("CANARY")
    try {
        readKeyFile(path, { ...rules, largest: 1 })
        expect.unreachable()
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        expect(error.message).toContain(path)
        expect(String(error.stack) + String(error.hint)).not.toContain("CANARY")
    }
})

test("what was checked is what is read, however fast the file is swapped", async () => {
    const path = make("swapped", "good")
    const swapper = spawn(process.execPath, [
        "--eval",
        `const fs = require("node:fs")
        const [path] = process.argv.slice(1)
        process.stdout.write("ready")
        for (const end = Date.now() + 10000; Date.now() < end; ) {
            for (const [content, mode] of [["bad", 0o644], ["good", 0o600]]) {
                const next = path + "." + mode
                fs.rmSync(next, { force: true })
                fs.writeFileSync(next, content)
                fs.chmodSync(next, mode)
                fs.renameSync(next, path)
            }
        }`,
        path,
    ])
    try {
        await new Promise((resolve) => swapper.stdout.once("data", resolve))
        const seen = { good: 0, bad: 0 }
        for (const end = performance.now() + 1000; performance.now() < end;) {
            warnings.splice(0)
            const content = readKeyFile(path, rules)?.toString() === "good" ? "good" : "bad"
            expect(warnings).toHaveLength(content === "good" ? 0 : 1)
            seen[content]++
        }
        expect(seen.good).toBeGreaterThan(0)
        expect(seen.bad).toBeGreaterThan(0)
    } finally {
        swapper.kill("SIGKILL")
    }
})
