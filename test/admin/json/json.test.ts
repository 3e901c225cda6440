import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { commands } from "../../../agent/admin/commands.ts"
import { jsonPage, jsonPath } from "./page.ts"
import { lines, runAll } from "./scene.ts"
import type { Printed } from "./scene.ts"
import { errorSchema, shapes, warningSchema, without } from "./schemas.ts"

let root: string
let printed: readonly Printed[]

beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "hostseal-json-"))
    printed = await runAll(root)
})
afterAll(() => rmSync(root, { recursive: true }))

const wordsOf = (line: string): string => {
    const [first = "", second = ""] = line.split(" ")
    return commands.find(({ words }) => words === `${first} ${second}`)?.words ?? first
}

test("docs/json.md is what the schemas say; npm run docs:json writes it", () => {
    expect(readFileSync(jsonPath, "utf8")).toBe(jsonPage())
})

test("every command has a record in the documentation, or a reason for none", () => {
    const known = new Set([...shapes.flatMap((shape) => shape.commands), ...Object.keys(without)])
    expect(commands.map(({ words }) => words).filter((words) => !known.has(words))).toEqual([])
    expect([...known].filter((words) => commands.every((command) => command.words !== words))).toEqual([])
})

test.each(lines.map((line, index) => [line, index] as const))("%s", (line, index) => {
    const { code, out, err } = printed[index] ?? { code: -1, out: "", err: "" }
    for (const text of err.split("\n").filter((each) => each !== "")) {
        const value: unknown = JSON.parse(text)
        const isSaid = errorSchema.safeParse(value).success || warningSchema.safeParse(value).success
        expect(isSaid, text).toBe(true)
    }
    expect([0, 5], err).toContain(code)
    const value: unknown = JSON.parse(out)
    expect(out.endsWith("}\n")).toBe(true)
    const fitting = shapes.filter(({ commands: own }) => own.includes(wordsOf(line)))
    expect(fitting.length).toBeGreaterThan(0)
    const faults = fitting.map(({ schema }) => schema.safeParse(value)).map(({ error }) => error?.message)
    expect(faults, out).toContain(undefined)
})

test("most commands were asked", () => {
    const asked = new Set(lines.map(wordsOf))
    const left = shapes.flatMap((shape) => shape.commands).filter((words) => !asked.has(words))
    // They need an editor, files of other programs, a signed history, or a home without a key.
    expect([...new Set(left)].toSorted()).toEqual([
        "attest",
        "edit",
        "import-agenix",
        "import-sops",
        "key generate",
    ])
})

test("a secret has one id", () => {
    for (const { line, out } of printed)
        for (const [, id = ""] of out.matchAll(/"secret": "([^"]*)"/gu))
            expect(id, line).toMatch(/^(?:sops\/secrets|vars)\//u)
})
