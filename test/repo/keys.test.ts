import { expect, test } from "vitest"
import { parseKeys, printKeys } from "../../agent/repo/keys.ts"

test("reads the old object and the new list, whatever the case of the type, and drops unknown fields", () => {
    expect(parseKeys(`{"publickey":"age1x","type":"AGE"}`)).toEqual([{ publickey: "age1x", type: "age" }])
    expect(parseKeys(`[{"publickey":"F00","type":"pgp","more":1}]\n`)).toEqual([
        { publickey: "F00", type: "pgp" },
    ])
})

test("writes a sorted list with indent 2, each key once, without a final newline (docs/clan-contract.md#keyjson)", () => {
    const b = { publickey: "age1b", type: "age" as const }
    const a = { publickey: "age1a", type: "age" as const }
    expect(printKeys([b, a, b])).toBe(
        `[\n  {\n    "publickey": "age1a",\n    "type": "age"\n  },\n  {\n    "publickey": "age1b",\n    "type": "age"\n  }\n]`,
    )
})

for (const [why, text] of Object.entries({
    "what is not JSON": "{",
    "a string": `"age1x"`,
    "an unknown type": `{"publickey":"age1x","type":"ssh"}`,
    "a missing key": `{"type":"age"}`,
    "an empty key": `{"publickey":"","type":"age"}`,
})) {
    test(`refuses ${why}`, () => {
        expect(() => parseKeys(text)).toThrow(/^key\.json (is not JSON|must be a list of keys)/u)
    })
}

test("refuses a name that occurs twice in one object, however it is written", () => {
    const twice = '{"publickey":"age1a","type":"age","public\\u006bey":"age1b"}'
    expect(() => parseKeys(twice)).toThrow("stands twice in one object")
    expect(() => parseKeys(`[${twice}]`)).toThrow("stands twice in one object")
    expect(
        parseKeys('[{"publickey":"a:\\"type\\":","type":"age"},{"publickey":"b","type":"age"}]'),
    ).toHaveLength(2)
})

test("names what git leaves of a merge by its name", () => {
    expect(() => parseKeys("<<<<<<< HEAD\n[]\n=======\n[{}]\n>>>>>>> theirs\n")).toThrow(
        /^key\.json holds conflict markers of git/u,
    )
})
