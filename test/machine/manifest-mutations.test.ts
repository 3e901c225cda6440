import {
    array,
    assert,
    constantFrom,
    integer,
    jsonValue,
    nat,
    oneof,
    property,
    record,
    tuple,
    uint8Array,
} from "fast-check"
import { expect, test } from "vitest"
import { UserError } from "../../agent/error.ts"
import { parseManifest } from "../../agent/machine/manifest/parse.ts"
import { asBytes, writtenManifest, writtenSecret, writtenTemplate } from "./manifest-examples.ts"
import { cpuTime } from "../cpu-time.ts"

const good = writtenManifest({
    secrets: [writtenSecret({ name: "a" }), writtenSecret({ name: "b/c", owner: "u", restartUnits: ["x"] })],
    templates: [writtenTemplate({ name: "t" })],
    placeholderBySecretName: { a: "@a@" },
    hostseal: { version: 1, secrets: { a: { symlink: false } } },
})

/** Parsing ends with a manifest or a UserError, soon, and what it names stays inside. */
function expectTame(bytes: Buffer): void {
    const begin = cpuTime()
    try {
        const { secrets, templates } = parseManifest(bytes, "m", () => "/run/user/0")
        for (const { file } of [...secrets, ...templates]) {
            expect(file.split("/")).not.toContain("..")
            expect(file).not.toMatch(/^\/|\0/u)
        }
    } catch (error) {
        expect(error).toBeInstanceOf(UserError)
    }
    expect(cpuTime() - begin).toBeLessThan(2000)
}

test("bytes of a manifest changed, removed or put in", () => {
    const bytes = asBytes(good)
    const change = tuple(nat(bytes.length), nat(8), uint8Array({ maxLength: 8 }))
    assert(
        property(array(change, { maxLength: 4 }), (changes) => {
            let mutated = bytes
            for (const [at, remove, put] of changes)
                mutated = Buffer.concat([mutated.subarray(0, at), put, mutated.subarray(at + remove)])
            expectTame(mutated)
        }),
        { numRuns: 500 },
    )
})

test("any JSON in place of any field", () => {
    const fields = Object.keys(good)
    const entryFields = Object.keys(writtenSecret({ name: "a" }))
    const odd = oneof(
        jsonValue(),
        constantFrom("", "..", "/", "../../x", "%r", "a\0b", -1, 1e300, 0.5, null, [], {}),
    )
    assert(
        property(
            record({
                field: constantFrom(...fields),
                value: odd,
                entryField: constantFrom(...entryFields),
                entryValue: odd,
                of: integer({ min: 0, max: 2 }),
            }),
            ({ field, value, entryField, entryValue, of }) => {
                const entry = { ...writtenSecret({ name: "a" }), [entryField]: entryValue }
                expectTame(asBytes({ ...good, secrets: [entry], hostseal: null }))
                if (of > 0) expectTame(asBytes({ ...good, [field]: value }))
            },
        ),
        { numRuns: 500 },
    )
})

test("any JSON at all", () => {
    assert(property(jsonValue(), (value) => expectTame(Buffer.from(JSON.stringify(value)))))
})
