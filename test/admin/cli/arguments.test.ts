import { describe, expect, test } from "vitest"
import { parse } from "../../../agent/admin/cli/arguments.ts"
import type { Request } from "../../../agent/admin/cli/arguments.ts"
import { commands, nouns } from "../../../agent/admin/commands.ts"
import { optionTable } from "../../../agent/admin/cli/flags.ts"
import { splitWords } from "../../../agent/os/shell-words.ts"

const read = (line: string): Request => parse(splitWords(line, "line"), commands, nouns)
const wordsOf = (request: Request) => (request.kind === "run" ? request.command.words : request.kind)
const valuesOf = (request: Request) => (request.kind === "run" ? request.values : {})

describe("finds the command", () => {
    for (const [line, words] of [
        ["list", "list"],
        ["secrets list", "list"],
        ["secret list", "list"],
        ["users list", "users list"],
        ["user list", "users list"],
        ["secrets machines add-secret m s", "machines add-secret"],
        ["groups add g u", "groups add-user"],
        ["--flake . secrets list", "list"],
        ["secrets --flake=. --json users -v list", "users list"],
        ["set -e --group g --machine a --machine b s", "set"],
        ["help", "help"],
        ["set --help", "help"],
        ["users -h", "help"],
        ["", "bare"],
        ["users", "help"],
        ["--version", "version"],
    ] as const) {
        test(line, () => expect(wordsOf(read(line))).toBe(words))
    }
})

describe("understands", () => {
    test("repeated options, inline values, letters together, and the end of options", () => {
        const line = "set -xev --machine=a --machine b --group g -- s"
        expect(() => read(line)).toThrow("-x is not an option")
        expect(valuesOf(read(line.replace("-xev", "-ev")))).toMatchObject({
            secret: "s",
            machine: ["a", "b"],
            group: ["g"],
            user: [],
            edit: true,
            verbose: true,
            json: false,
        })
    })
    test("what stands behind -- as words of another command, and the same words before it as ours", () => {
        const line = "run --json a b --files -- ls -l --json -- x"
        expect(valuesOf(read(line))).toMatchObject({
            secret: ["a", "b"],
            command: ["ls", "-l", "--json", "--", "x"],
            files: true,
            json: true,
        })
        expect(() => read("run a ls")).toThrow("COMMAND is missing")
    })
    test("option names with dashes", () => {
        expect(valuesOf(read("users add u --age-key k1 --age-key k2 --dry-run"))).toMatchObject({
            user: "u",
            ageKey: ["k1", "k2"],
            pgpKey: [],
            dryRun: true,
            noCommit: false,
        })
    })
    test("Nix options of clan, which mean nothing here", () => {
        expect(valuesOf(read("list --option a b web --option c d"))).toMatchObject({ pattern: "web" })
    })
    test("a dash as a value", () => expect(valuesOf(read("set --file - s"))).toMatchObject({ file: "-" }))
})

describe("refuses", () => {
    for (const [line, message, hint] of [
        ["lits", `there is no command "lits"`, `did you mean "list"?`],
        ["users ad", `there is no command "users ad"`, `did you mean "users add"?`],
        ["users zzzzzz", `there is no command "users zzzzzz"`, `"hostseal users --help" lists what there is`],
        ["set --machnie web01 wifi", "--machnie is not an option", "did you mean --machine?"],
        ["get --machine web01 wifi", `--machine is not an option of "get"`, `"hostseal get --help"`],
        ["list --dry-run", `--dry-run is not an option of "list"`, undefined],
        ["--nope", "--nope is not an option", undefined],
        ["edit", "SECRET is missing", undefined],
        ["users add-secret alice", "SECRET is missing", undefined],
        ["list a b", `"list" takes PATTERN, and was given 1 word more`, undefined],
        ["set --file", "--file needs a value: FILE", undefined],
        ["set --machine --edit wifi", "--machine needs a value: MACHINE", undefined],
        ["set --edit=yes wifi", "--edit takes no value", undefined],
        ["list --color sometimes", "--color is one of auto, always, never", undefined],
        ["set --user ../x s", "--user: ", undefined],
        ["users add Bob k", "cannot be the name of a user", undefined],
        [`users remove 'a\u001b[2Jb'`, String.raw`"a\x1b[2Jb"`, undefined],
    ] as const) {
        test(JSON.stringify(line), () => {
            const expected: Record<string, unknown> = {
                code: "usage",
                exitCode: 2,
                message: expect.stringContaining(message),
            }
            if (hint !== undefined) expected["hint"] = expect.stringContaining(hint)
            expect(() => read(line)).toThrow(expect.objectContaining(expected))
        })
    }
})

describe("the table of commands", () => {
    test("uses every option for one thing only", () => expect(() => optionTable(commands)).not.toThrow())
    test("has every command once, each with its noun", () => {
        const names = commands.flatMap(({ words, aliases = [] }) => [words, ...aliases])
        expect(new Set(names).size).toBe(names.length)
        for (const name of names.filter((each) => each.includes(" ")))
            expect(nouns.map((noun) => noun.name)).toContain(name.split(" ")[0])
    })
    for (const command of commands) {
        test(`"${command.words}" has examples that can be typed, and no two inputs of one name`, () => {
            expect(command.examples.length).toBeGreaterThan(0)
            const inputs = [...command.args.map(({ name }) => name), ...Object.keys(command.options)]
            expect(new Set(inputs).size).toBe(inputs.length)
            for (const [line] of command.examples) {
                const typed = /hostseal ([^|>)]*)/u.exec(line)?.[1]
                if (typed === undefined) continue
                expect(wordsOf(read(typed)), line).toBe(command.words)
            }
        })
    }
})
