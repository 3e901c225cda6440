import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import { lineToCopy, splitWords } from "../../agent/os/shell-words.ts"

for (const [text, words] of [
    ["vim", ["vim"]],
    ["  code  --wait\t-n ", ["code", "--wait", "-n"]],
    [`emacs -e "(a b)" 'c d' e\\ f`, ["emacs", "-e", "(a b)", "c d", "e f"]],
    [`a"b c"'d e'f`, ["ab cd ef"]],
    [`'' ""`, ["", ""]],
    [String.raw`"a\"b\\c\d" 'e\f'`, [String.raw`a"b\c\d`, String.raw`e\f`]],
    ["vim; rm -rf ~ $HOME `id` $(id) *", ["vim;", "rm", "-rf", "~", "$HOME", "`id`", "$(id)", "*"]],
    ["", []],
] as const) {
    test(`splits ${JSON.stringify(text)}`, () => expect(splitWords(text, "EDITOR")).toEqual(words))
}

for (const text of [`"a`, `'a`, `a\\`, `a "b' c`]) {
    test(`refuses ${JSON.stringify(text)}`, () => expect(() => splitWords(text, "EDITOR")).toThrow("$EDITOR"))
}

for (const [name, line] of [
    ["wifi", "hostseal bind wifi --moved"],
    ["-rf", "hostseal bind --moved -- -rf"],
    ["secrets/a b.yaml", "hostseal bind 'secrets/a b.yaml' --moved"],
    ["$(id)'s", String.raw`hostseal bind '$(id)'\''s' --moved`],
] as const) {
    test(`a line to copy names ${name} and runs nothing`, () => {
        const copied = lineToCopy("hostseal bind", [name], ["--moved"])
        expect(copied).toBe(line)
        const words = execFileSync("sh", ["-c", copied.replace(/^hostseal/u, "printf '%s\\n'")], {
            encoding: "utf8",
        })
        expect(words.split("\n")).toContain(name)
    })
}
