import { spawn } from "node:child_process"
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { acquireLock, lockDirectory } from "../../agent/machine/lock.ts"
import { scratch } from "./machine.ts"

const silent = (): void => undefined
const source = new URL("../../agent/machine/lock.ts", import.meta.url).href

/** A process that holds the lock for `hold` milliseconds after having said so, and notes when it had it. */
function holder(directory: string, hold: number, log: string) {
    const program = `
        import { appendFileSync } from "node:fs"
        import { acquireLock } from ${JSON.stringify(source)}
        const release = await acquireLock(${JSON.stringify(directory)}, () => {})
        appendFileSync(${JSON.stringify(log)}, "begin\\n")
        console.log("held")
        await new Promise((resolve) => setTimeout(resolve, ${hold}))
        appendFileSync(${JSON.stringify(log)}, "end\\n")
        release()`
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
        stdio: ["ignore", "pipe", "inherit"],
    })
    const held = new Promise((resolve) => {
        child.stdout.once("data", resolve)
    })
    const ended = new Promise((resolve) => {
        child.once("close", resolve)
    })
    return { child, held, ended }
}

test("lies beside the mount point", () => {
    expect(lockDirectory("/run/secrets.d")).toBe("/run/.secrets.d.lock")
})

test("five processes have it one after another", async () => {
    const directory = join(scratch(), "lock")
    const log = join(scratch(), "log")
    writeFileSync(log, "")
    await Promise.all(Array.from({ length: 5 }, () => holder(directory, 30, log).ended))
    expect(readFileSync(log, "utf8")).toBe("begin\nend\n".repeat(5))
    expect(readdirSync(directory)).toEqual([])
})

test("a process that was killed does not hold it", async () => {
    const directory = join(scratch(), "lock")
    const { child, held, ended } = holder(directory, 60_000, join(scratch(), "log"))
    await held
    child.kill("SIGKILL")
    await ended
    expect(readdirSync(directory)).toHaveLength(1)
    const release = await acquireLock(directory, () => expect.fail("waited for a dead process"))
    release()
    expect(readdirSync(directory)).toEqual([])
})

test("neither does one that was killed while it was choosing, nor one of an earlier boot", async () => {
    const directory = join(scratch(), "lock")
    mkdirSync(directory, 0o700)
    chmodSync(directory, 0o700)
    writeFileSync(join(directory, "choosing.999999999.1.00000000"), "")
    writeFileSync(join(directory, `1.${process.pid}.1.00000000`), "")
    const release = await acquireLock(directory, () => expect.fail("waited for a dead process"))
    release()
    expect(readdirSync(directory)).toEqual([])
})

test("says which process it waits for", async () => {
    const directory = join(scratch(), "lock")
    const { child, held, ended } = holder(directory, 300, join(scratch(), "log"))
    await held
    const waited: number[] = []
    const release = await acquireLock(directory, (pid) => waited.push(pid))
    release()
    await ended
    expect(waited).toEqual([child.pid])
})

test("refuses a directory that others can write to, and a link", async () => {
    const open = join(scratch(), "lock")
    mkdirSync(open)
    chmodSync(open, 0o777)
    await expect(acquireLock(open, silent)).rejects.toThrow("is not a directory of ours with mode 0700")
    const link = join(scratch(), "link")
    symlinkSync(scratch(), link)
    await expect(acquireLock(link, silent)).rejects.toThrow("is not a directory of ours with mode 0700")
})

test("says what it cannot make", async () => {
    const file = join(scratch(), "file")
    writeFileSync(file, "")
    await expect(acquireLock(join(file, "lock"), silent)).rejects.toThrow(
        `cannot lock: cannot make ${file}/lock`,
    )
})
