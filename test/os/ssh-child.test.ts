import { writeFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"
import { afterAll, expect, test } from "vitest"
import { decodeAnswer, encodeRequest } from "../../agent/age/ssh/sshpk.ts"
import { gatedRunner } from "../../agent/os/ssh-child.ts"
import { hanging } from "../age/hanging.ts"
import { vector } from "../age/vectors.ts"

const program = join(import.meta.dirname, "../ssh-child-program.ts")
const request = encodeRequest({ format: "ssh-private", file: vector("agessh/rsa"), passphrase: undefined })
const directory = mkdtempSync(join(tmpdir(), "ssh-child-"))
afterAll(() => {
    rmSync(directory, { recursive: true })
})

/** A program that does something else than it should in the place of the child. */
function script(text: string): string {
    const path = join(directory, `${String(Math.random()).slice(2)}.mjs`)
    writeFileSync(path, text)
    return path
}

test("the child reads a key and says its numbers", async () => {
    const numbers = decodeAnswer(await gatedRunner(program)(request))
    expect(numbers.type === "rsa" && numbers.n.length).toBe(384)
})

test("the child also comes out of a program in one CommonJS file", async () => {
    const outfile = join(directory, "program.cjs")
    await build({ entryPoints: [program], bundle: true, platform: "node", format: "cjs", outfile })
    const numbers = decodeAnswer(await gatedRunner(outfile)(request))
    expect(numbers.type === "rsa" && numbers.n.length).toBe(384)
})

for (const [why, format, file] of [
    ["a loop that never advances", "pkcs8", hanging.loneTag],
    ["years of PBKDF2", "pkcs8", hanging.iterations],
] as const) {
    // Without the gate on purpose: this shows that it is needed, and that a child can be got rid of without it.
    test(`${why} ends at the deadline`, async () => {
        const start = performance.now()
        const hang = encodeRequest({ format, file, passphrase: Buffer.from("CANARY") })
        await expect(gatedRunner(program, 2000)(hang)).rejects.toThrow("the child that reads SSH keys died")
        const elapsed = performance.now() - start
        expect(elapsed).toBeGreaterThan(1900)
        expect(elapsed).toBeLessThan(10_000)
    })
}

test("the child inherits no environment and no open file, and finds its key on standard input alone", async () => {
    const report = script(`
        import { readdirSync, readlinkSync } from "node:fs"
        const open = readdirSync("/proc/self/fd").map((fd) => {
            try { return readlinkSync("/proc/self/fd/" + fd) } catch { return "" }
        })
        process.stdout.write(JSON.stringify({
            env: process.env, argv: process.argv.slice(2), cwd: process.cwd(),
            files: open.filter((path) => path.startsWith("/") && path !== "/dev/null" && !path.startsWith("/proc/")),
        }))
    `)
    process.env["NODE_OPTIONS"] = "--no-warnings"
    process.env["LD_BIND_NOW"] = "1"
    try {
        const answer = await gatedRunner(report)(request)
        const { env, argv, cwd, files } = JSON.parse(answer.toString())
        expect(env).toEqual({})
        expect(argv).toEqual(["--ssh-key-child"])
        expect(cwd).toBe("/")
        expect(files).toEqual([])
    } finally {
        delete process.env["NODE_OPTIONS"]
        delete process.env["LD_BIND_NOW"]
    }
})

for (const [why, text] of Object.entries({
    "that exits with an error": "process.stdout.write('CANARY'); process.exitCode = 1",
    "that throws out of an event": "setTimeout(() => { throw new Error('CANARY') }, 10)",
    "that kills itself": "process.kill(process.pid, 'SIGKILL')",
    "that answers without end": "setInterval(() => process.stdout.write('CANARY'.repeat(10000)), 1)",
    "that eats all memory": "const all = []; for (;;) all.push(new Array(1e6).fill(Math.random()))",
    "that is not there": undefined,
})) {
    test(`a child ${why} is a rejection without its words`, async () => {
        const path = text === undefined ? join(directory, "missing.mjs") : script(text)
        const error = await gatedRunner(path)(request).catch((reason: unknown) => reason)
        expect(error).toBeInstanceOf(Error)
        expect(String(error)).not.toContain("CANARY")
    })
}

test("a child that never reads its input does not hurt", async () => {
    const deaf = script("process.stdin.destroy(); process.stdout.write('x')")
    expect((await gatedRunner(deaf)(Buffer.alloc(60_000))).toString()).toBe("x")
})

test("the request holds the passphrase and is not part of the arguments", () => {
    const made = encodeRequest({ format: "pkcs1", file: Buffer.from("x"), passphrase: Buffer.from("CANARY") })
    expect(made.includes("CANARY")).toBe(true)
    expect(readFileSync("/proc/self/cmdline").includes("CANARY")).toBe(false)
})
