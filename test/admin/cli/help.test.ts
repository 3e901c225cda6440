import { expect, test } from "vitest"
import { parse } from "../../../agent/admin/cli/arguments.ts"
import { commands, nouns } from "../../../agent/admin/commands.ts"
import { commandHelp, topicHelp } from "../../../agent/admin/cli/help.ts"
import { splitWords } from "../../../agent/os/shell-words.ts"

for (const command of commands) {
    test(`the help of "${command.words}" begins with examples and fits a terminal`, () => {
        const help = commandHelp(command)
        expect(help.indexOf("Examples:")).toBeGreaterThan(0)
        expect(help.indexOf("Examples:")).toBeLessThan(help.indexOf("Usage:"))
        expect(help).toContain(`hostseal ${command.words} [options]`)
        // Examples are command lines: they are not broken.
        const examples = new Set(command.examples.map(([line]) => `  ${line}`))
        for (const line of help.split("\n").filter((each) => !examples.has(each)))
            expect(line.length, line).toBeLessThan(100)
        expect(help).toMatch(/[^\n]\n$/u)
    })
}

test("every example is a command line that makes sense, of the command that it stands at", () => {
    for (const command of commands) {
        const own = command.examples.flatMap(([line]) =>
            [...line.matchAll(/\bhostseal ([^|>;)]+)/gu)].map(([, words = ""]) =>
                splitWords(words, "example"),
            ),
        )
        expect(own.length, command.words).toBeGreaterThan(0)
        for (const words of own) {
            const request = parse(words, commands, nouns)
            expect(request, words.join(" ")).toMatchObject({ kind: "run", command: { words: command.words } })
        }
    }
})

test("the overview names every command and every noun", () => {
    const help = topicHelp([], commands, nouns)
    for (const { words } of commands) expect(help).toContain(words)
    for (const noun of nouns)
        expect(topicHelp([noun.aliases[0] ?? noun.name], commands, nouns)).toContain(noun.summary)
})

test("help on nothing we know is a usage error", () => {
    expect(() => topicHelp(["nope"], commands, nouns)).toThrow(expect.objectContaining({ exitCode: 2 }))
})

test.each([60, 80, 120])("at %i columns no line of the help is longer, but for command lines", (width) => {
    const pages = [
        topicHelp([], commands, nouns, width),
        ...nouns.map(({ name }) => topicHelp([name], commands, nouns, width)),
        ...commands.map((command) => commandHelp(command, width)),
    ]
    const shown = new Set(commands.flatMap(({ examples }) => examples.map(([line]) => `  ${line}`)))
    for (const line of pages.flatMap((page) => page.split("\n")))
        if (!shown.has(line) && !line.startsWith("  hostseal ") && !/^ {2}(?:-\w, )?--/u.test(line))
            expect(line.length, line).toBeLessThanOrEqual(width)
})

test.each([
    ["ls", "list"],
    ["rm", "remove"],
    ["cat", "get"],
    ["add", "set"],
    ["mv", "rename"],
    ["rekey", "key update"],
    ["users rm", "users remove"],
    ["users ls", "users list"],
    ["machines new", "machines add"],
    ["groups mv", "groups rename"],
    ["lsit", "list"],
])('"%s" leads to "%s"', (typed, meant) => {
    expect(() => parse(typed.split(" "), commands, nouns)).toThrow(
        expect.objectContaining({ hint: `did you mean "${meant}"?`, exitCode: 2 }),
    )
})

test("-V is the version, and help behind a command is no name", () => {
    expect(parse(["-V"], commands, nouns)).toEqual({ kind: "version" })
    expect(parse(["set", "help"], commands, nouns)).toEqual({ kind: "help", topic: ["set"], wanted: true })
    expect(parse(["users", "remove", "help"], commands, nouns)).toMatchObject({ kind: "help" })
    expect(parse(["get", "--", "help"], commands, nouns)).toMatchObject({
        kind: "run",
        values: { secret: ["help"] },
    })
    expect(parse(["users", "add-secret", "help", "wifi"], commands, nouns)).toMatchObject({ kind: "run" })
})
