import { expect, test } from "vitest"
import { splitWords } from "../../agent/os/words.ts"

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
