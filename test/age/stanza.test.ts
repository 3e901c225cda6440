import * as fc from "fast-check"
import { expect, test } from "vitest"
import { formatStanza, parseArguments, parseBodyLine } from "../../agent/age/stanza.ts"

test("a body that fills its lines is followed by an empty one", () => {
    const stanza = { type: "t", args: ["a", "b"], body: Buffer.alloc(48) }
    expect(formatStanza(stanza)).toBe(`-> t a b\n${"A".repeat(64)}\n\n`)
    expect(formatStanza({ ...stanza, args: [], body: Buffer.alloc(0) })).toBe("-> t\n\n")
})

test("what is written is read", () => {
    const argument = fc.string({
        unit: fc.constantFrom("a", "!", "~", "0", "/"),
        minLength: 1,
        maxLength: 90,
    })
    fc.assert(
        fc.property(argument, fc.array(argument), fc.uint8Array({ maxLength: 200 }), (type, args, bytes) => {
            const body = Buffer.from(bytes)
            const [first = "", ...rest] = formatStanza({ type, args, body }).slice(0, -1).split("\n")
            expect(parseArguments(first)).toEqual({ type, args })
            const lines = rest.map((line) => parseBodyLine(line))
            expect(Buffer.concat(lines.map((line) => line?.bytes ?? Buffer.alloc(0)))).toEqual(body)
            expect(lines.map((line) => line?.last)).toEqual(rest.map((_, index) => index === rest.length - 1))
        }),
    )
})

for (const [why, line] of Object.entries({
    "no type": "->",
    "an empty type": "-> ",
    "two spaces": "->  X25519",
    "two spaces between arguments": "-> X25519  a",
    "a trailing space": "-> X25519 ",
    "a control character": "-> X25519 \t",
    "not ASCII": "-> é",
    "another arrow": "=> X25519",
})) {
    test(`refuses ${why}`, () => {
        expect(parseArguments(line)).toBeUndefined()
    })
}
