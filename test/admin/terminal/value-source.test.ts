// A person at a terminal sets and gets secrets: what they type is never shown, wherever standard output leads.

import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { generateIdentity } from "../../../agent/age/identity.ts"
import { atTerminal } from "../terminal.ts"
import type { Step } from "../terminal.ts"
import { mainProgram } from "../world.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-value-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const tree = join(root, "tree")
const env = { PATH: process.env["PATH"] ?? "", HOME: root, TERM: "xterm" }
const run = (...words: readonly string[]): Buffer =>
    execFileSync(execPath, [mainProgram, ...words], { cwd: tree, env })
const session = async (words: readonly string[], steps: readonly Step[], pipe = false) =>
    atTerminal([execPath, mainProgram, ...words], steps, { env, cwd: tree, pipe })

beforeAll(() => {
    const { secret, recipient } = generateIdentity()
    mkdirSync(join(root, ".config/sops/age"), { recursive: true })
    writeFileSync(join(root, ".config/sops/age/keys.txt"), `${secret}\n`, { mode: 0o600 })
    mkdirSync(tree)
    writeFileSync(join(tree, ".clan-flake"), "")
    run("users", "add", "alice", recipient)
    writeFileSync(join(root, "bytes"), Buffer.from([0, 255, 254, 27]))
    run("set", "--file", join(root, "bytes"), "bytes")
})

const prompt = "Paste your secret: "

describe("set at a terminal", () => {
    test.each([false, true])(
        "asks without showing the answer (standard output is a pipe: %s)",
        async (pipe) => {
            const { shown, status, restored } = await session(
                ["set", "wifi"],
                [{ expect: prompt }, { type: "CANARY\r" }],
                pipe,
            )
            expect({ status, restored }).toEqual({ status: 0, restored: true })
            expect(shown).not.toContain("CANARY")
            expect(run("get", "wifi").toString()).toBe("CANARY")
        },
    )
    test("takes several lines that are pasted", async () => {
        const pasted = "\u001b[200~CANARY 1\rCANARY 2\r\u001b[201~\r"
        await session(["set", "wifi"], [{ expect: prompt }, { type: pasted }])
        expect(run("get", "wifi").toString()).toBe("CANARY 1\nCANARY 2\n")
    })
    test.each([
        ["an empty answer", "\r", 1],
        ["Ctrl-C", "CANARY\u0003", 130],
        ["Ctrl-D", "\u0004", 130],
    ])("%s makes no secret", async (_what, typed, status) => {
        const ended = await session(["set", "none"], [{ expect: prompt }, { type: typed }])
        expect(ended).toMatchObject({ status, restored: true })
        expect(ended.shown).not.toContain("CANARY")
        expect(run("list").toString()).toBe("bytes\nwifi\n")
    })
    test("asks nobody with --no-interactive, and says what to do", async () => {
        const { shown, status } = await session(["set", "none", "--no-interactive"], [])
        expect(status).toBe(2)
        expect(shown).toContain("use standard input or --file")
    })
})

describe("get at a terminal", () => {
    test("shows text", async () => {
        const { shown, status } = await session(["get", "wifi"], [])
        expect({ shown, status }).toEqual({ shown: "CANARY 1\nCANARY 2\n", status: 0 })
    })
    test("does not show what is not text, and says how to get it", async () => {
        const { shown, status } = await session(["get", "bytes"], [])
        expect(status).toBe(1)
        expect(shown).toContain("hostseal get bytes > FILE")
        const piped = execFileSync(execPath, [mainProgram, "get", "bytes"], { cwd: tree, env })
        expect([...piped]).toEqual([0, 255, 254, 27])
    })
})
