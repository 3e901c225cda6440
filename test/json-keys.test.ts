import { assert, constantFrom, jsonValue, property } from "fast-check"
import { expect, test } from "vitest"
import { keyProblem } from "../agent/json-keys.ts"

const cases: Record<string, [json: string, problem: string | undefined]> = {
    "equal keys in different objects": ['{"a":{"a":1},"b":[{"a":1},{"a":2}]}', undefined],
    "equal values": ['{"a":"x","b":"x","c":["x","x"]}', undefined],
    "a key twice": ['{"a":1,"b":2,"a":3}', '"a" stands twice'],
    "a key twice, once escaped": [String.raw`{"a":1,"\u0061":3}`, '"a" stands twice'],
    "a key twice further in": ['{"x":[1,{"b":2,"c":{},"b":3}]}', '"b" stands twice'],
    "a key twice with blanks": ['{"a" :1,\n"a"\t: 2}', '"a" stands twice'],
    "a quote inside a string": [String.raw`{"a":"\",\"a\":1","b":"\\"}`, undefined],
    "brackets inside a string": ['{"a":"}{","b":"][","c":1}', undefined],
    __proto__: ['{"a":{"__proto__":1}}', '"__proto__" is not allowed'],
    "__proto__ as a value": ['{"a":"__proto__"}', undefined],
}

for (const [name, [json, problem]] of Object.entries(cases)) {
    test(name, () => {
        JSON.parse(json)
        if (problem === undefined) expect(keyProblem(json)).toBeUndefined()
        else expect(keyProblem(json)).toContain(problem)
    })
}

test("finds nothing in what JSON.stringify prints", () => {
    assert(
        property(jsonValue({ noUnicodeString: false }), constantFrom(undefined, 2), (value, indent) => {
            const json = JSON.stringify(value, undefined, indent)
            if (!json.includes("__proto__")) expect(keyProblem(json)).toBeUndefined()
        }),
    )
})
