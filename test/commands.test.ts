import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { commands } from "../agent/admin/commands.ts"
import { commandReference, commandsPath } from "./commands.ts"

test("docs/commands.md is what the table of commands says; npm run docs:commands writes it", () => {
    expect(readFileSync(commandsPath, "utf8")).toBe(commandReference())
})

test("every command has an example that begins with the program, or pipes into it", () => {
    const without = commands.filter(({ examples }) => !examples.some(([line]) => line.includes("hostseal ")))
    expect(without.map(({ words }) => words)).toEqual([])
})
