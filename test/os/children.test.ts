import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { afterAll, expect, test } from "vitest"
import { childEnvironment, chosenEnvironment, converse, findProgram, run } from "../../agent/os/children.ts"

const directory = mkdtempSync(join(tmpdir(), "children-"))
afterAll(() => rmSync(directory, { recursive: true }))

/** A node program as a job. */
function node(source: string, deadline: number | undefined = 20_000) {
    return { program: process.execPath, args: ["-e", source], env: {}, deadline }
}

test("gives input and takes the output of a program", async () => {
    const upper = "process.stdin.on('data', (d) => process.stdout.write(String(d).toUpperCase()))"
    const result = await run({ ...node(upper), input: Buffer.from("canary") })
    expect(result.stdout.toString()).toBe("CANARY")
    expect(result.end).toEqual({ kind: "exit", code: 0 })
})

test("a program that does not read its input is judged by its exit status", async () => {
    const result = await run({ ...node("process.exit(7)"), input: Buffer.alloc(1 << 20) })
    expect(result.end).toEqual({ kind: "exit", code: 7 })
})

test("ends a program at its deadline, also one that ignores SIGTERM", async () => {
    const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"
    const result = await run(node(deaf, 300))
    expect(result.end).toEqual({ kind: "deadline" })
}, 10_000)

test("is not held up by a grandchild that keeps the pipes open", async () => {
    const orphan = join(directory, "orphan")
    writeFileSync(orphan, "#!/bin/sh\nsleep 20 &\necho done\n", { mode: 0o755 })
    const begin = performance.now()
    const result = await run({ program: orphan, args: [], env: { PATH: "/usr/bin:/bin" }, deadline: 15_000 })
    expect(result.stdout.toString()).toBe("done\n")
    expect(performance.now() - begin).toBeLessThan(8_000)
}, 25_000)

test("ends a program that prints more than it may", async () => {
    const result = await run({
        ...node("for (;;) require('fs').writeSync(1, 'x'.repeat(65536))"),
        maxOutput: 1000,
    })
    expect(result.end).toEqual({ kind: "too much output" })
    expect(result.stdout).toHaveLength(1000)
    const just = await run({ ...node("process.stdout.write('x'.repeat(1000))"), maxOutput: 1000 })
    expect(just.end).toEqual({ kind: "exit", code: 0 })
    expect(just.stdout).toHaveLength(1000)
})

test("a program may print 1 MiB, and of what it says beside that 64 KiB are kept", async () => {
    const print = (stream: string, size: number) => node(`process.${stream}.write('x'.repeat(${size}))`)
    expect((await run(print("stdout", 1024 * 1024))).end).toEqual({ kind: "exit", code: 0 })
    expect((await run(print("stdout", 1024 * 1024 + 1))).end).toEqual({ kind: "too much output" })
    expect((await run(print("stderr", 100_000))).stderr).toHaveLength(64 * 1024)
})

test("input may come bit by bit", async () => {
    const input = Readable.from(["CANARY one, ", "CANARY two"])
    const result = await run({ ...node("process.stdin.pipe(process.stdout)"), input })
    expect(result.stdout.toString()).toBe("CANARY one, CANARY two")
})

test("shows no control character of what a program says", async () => {
    const result = await run(node(String.raw`process.stderr.write('\x1b]0;title\x07 \x9b31m red')`))
    expect(result.stderr).toBe(String.raw`\x1b]0;title\x07 \x9b31m red`)
})

test("a program that is not there is an error without its arguments", async () => {
    const job = { program: join(directory, "absent"), args: ["CANARY"], env: {}, deadline: 1000 }
    await expect(run(job)).rejects.toThrow(/^cannot start .*absent$/u)
    await expect(converse(job)).rejects.toThrow(/^cannot start/u)
    await expect(run({ ...job, program: "git" })).rejects.toThrow("not an absolute path")
})

test("a conversation goes both ways and ends when it is closed", async () => {
    const echo = await converse(node("process.stdin.on('data', (d) => process.stdout.write(d))", undefined))
    echo.input.write("ping")
    const heard = await new Promise((resolve) => {
        echo.output.once("data", (chunk: Buffer) => resolve(chunk.toString()))
    })
    expect(heard).toBe("ping")
    await echo.close()
})

test("finds programs in absolute entries of PATH only", () => {
    const program = join(directory, "git")
    writeFileSync(program, "", { mode: 0o755 })
    writeFileSync(join(directory, "plain"), "", { mode: 0o644 })
    symlinkSync(program, join(directory, "link"))
    process.chdir(directory)
    try {
        for (const path of [".", "", undefined, ":", "./bin:.", "bin"]) {
            expect(findProgram("git", path), `PATH=${path}`).toBeUndefined()
        }
        expect(findProgram("./git", directory)).toBeUndefined()
    } finally {
        process.chdir("/")
    }
    expect(findProgram("git", `.:relative:${directory}`)).toBe(program)
    expect(findProgram(program, "")).toBe(program)
    expect(findProgram("link", directory)).toBe(join(directory, "link"))
    for (const name of ["plain", "absent", "", ".", ".."])
        expect(findProgram(name, directory)).toBeUndefined()
})

test("a child gets a built environment: no identity, no loader, no relative PATH", () => {
    const env = {
        HOME: "/home/a",
        LC_ALL: "C",
        TERM: "xterm",
        PATH: ".:/bin::rel:/usr/bin",
        EDITOR: "vi",
        OP_SESSION: "x",
        SOPS_AGE_KEY: "CANARY",
        AGE_KEY: "CANARY",
        AGE_KEYFILE: "k",
        SOPS_NIX_SECRET: "CANARY",
        SOPS_AGE_SSH_PRIVATE_KEY_FILE: "k",
        NODE_OPTIONS: "--x",
        LD_PRELOAD: "x",
        BASH_ENV: "x",
        GNUPGHOME: "/g",
    }
    expect(childEnvironment(env, ["GNUPGHOME"])).toEqual({
        HOME: "/home/a",
        LC_ALL: "C",
        TERM: "xterm",
        PATH: "/bin:/usr/bin",
        GNUPGHOME: "/g",
    })
    expect(chosenEnvironment({ HOME: "/home/a", PATH: ".:bin" })).toEqual({ HOME: "/home/a" })
    expect(chosenEnvironment(env)).toEqual({
        HOME: "/home/a",
        LC_ALL: "C",
        TERM: "xterm",
        PATH: "/bin:/usr/bin",
        EDITOR: "vi",
        OP_SESSION: "x",
        GNUPGHOME: "/g",
    })
})
