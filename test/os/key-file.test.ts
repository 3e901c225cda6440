import { execFileSync, spawn } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { UserError } from "../../agent/error.ts"
import { largestSshKey, readKeyFile } from "../../agent/os/key-file.ts"

const directory = mkdtempSync(join(tmpdir(), "key-file-"))
afterAll(() => {
    rmSync(directory, { recursive: true })
})

const me = process.getuid?.() ?? 0
const rules = { owners: [me], largest: largestSshKey }

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

test("16384 bytes are read, 16385 are not", () => {
    expect(readKeyFile(make("most", Buffer.alloc(16384, "x")), rules)).toHaveLength(16384)
    expect(() => readKeyFile(make("more", Buffer.alloc(16385, "x")), rules)).toThrow(/16385 bytes/)
})

for (const mode of [0o640, 0o604, 0o622, 0o610, 0o644, 0o666, 0o601]) {
    test(`refuses mode ${mode.toString(8)} and says what to do`, () => {
        const path = make(`mode-${mode.toString(8)}`, "CANARY", mode)
        expect(() => readKeyFile(path, rules)).toThrow(
            expect.objectContaining({ name: "UserError", hint: `chmod 0600 ${path}` }),
        )
    })
}

test("refuses another owner, also behind a link", () => {
    const path = make("foreign", "CANARY")
    symlinkSync(path, join(directory, "foreign-link"))
    for (const name of [path, join(directory, "foreign-link")]) {
        expect(() => readKeyFile(name, { ...rules, owners: [me + 1] })).toThrow(`belongs to uid ${me}`)
        expect(readKeyFile(name, { ...rules, owners: [me + 1, me] })?.toString()).toBe("CANARY")
    }
})

test("a FIFO does not make it wait", () => {
    const path = join(directory, "fifo")
    execFileSync("mkfifo", ["-m", "600", path])
    expect(() => readKeyFile(path, rules)).toThrow(/not a regular file/)
})

test("refuses directories, devices and empty files", () => {
    mkdirSync(join(directory, "directory"), { mode: 0o700 })
    expect(() => readKeyFile(join(directory, "directory"), rules)).toThrow(/not a regular file/)
    for (const device of ["/dev/zero", "/dev/null"])
        expect(() => readKeyFile(device, { ...rules, owners: [0, me] })).toThrow(/not a regular file/)
    expect(() => readKeyFile(make("empty", ""), rules)).toThrow(/it is empty/)
})

test("errors name the file and never its content", () => {
    const path = make("open", "CANARY", 0o644)
    try {
        readKeyFile(path, rules)
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
        let good = 0
        let refused = 0
        for (const end = performance.now() + 1000; performance.now() < end;) {
            try {
                expect(readKeyFile(path, rules)?.toString()).toBe("good")
                good++
            } catch (error) {
                expect(error).toBeInstanceOf(UserError)
                refused++
            }
        }
        expect(good).toBeGreaterThan(0)
        expect(refused).toBeGreaterThan(0)
    } finally {
        swapper.kill("SIGKILL")
    }
})
