import { createHash } from "node:crypto"
import { expect, test } from "vitest"
import { parseManifest } from "../../../agent/machine/manifest/parse.ts"
import { largestTemplate, renderer } from "../../../agent/machine/generation/template.ts"
import { asBytes, writtenManifest, writtenSecret } from "../manifest-examples.ts"
import type { WrittenEntry } from "../manifest-examples.ts"

const usual = (attribute: string): string =>
    `<SOPS:${createHash("sha256").update(attribute).digest("hex")}:PLACEHOLDER>`

/** Renders with secrets whose values are given; `undefined` for one that could not be opened. */
function render(
    text: string | Buffer,
    values: Record<string, string | Buffer | undefined>,
    { placeholders, secrets }: { placeholders?: Record<string, string>; secrets?: WrittenEntry[] } = {},
): Buffer {
    const names = Object.keys(values)
    const manifest = parseManifest(
        asBytes(
            writtenManifest({
                secrets: (secrets ?? names.map((name) => ({ name }))).map(writtenSecret),
                placeholderBySecretName:
                    placeholders ?? Object.fromEntries(names.map((name) => [name, usual(name)])),
            }),
        ),
        "m",
        () => "",
    )
    const value = ({ name }: { name: string }): Buffer | undefined => {
        const found = values[name]
        return found === undefined ? undefined : Buffer.from(found)
    }
    return renderer(manifest, value)(Buffer.from(text))
}

test("puts values in, as often as they are asked for", () => {
    const text = `a=${usual("a")}\nb="${usual("b")}"\n${usual("a")}${usual("a")}`
    expect(render(text, { a: "CANARY1", b: "CANARY2" }).toString()).toBe(
        'a=CANARY1\nb="CANARY2"\nCANARY1CANARY1',
    )
})

test("leaves everything else as it is, bytes that are no text included", () => {
    const bytes = Buffer.concat([
        Buffer.from([0, 0xff, 0xc3]),
        Buffer.from(`ü<SOPS:x:PLACEHOLDER>${usual("a")}`),
    ])
    const value = Buffer.from([0xfe, 0, 0x0a])
    expect(render(bytes, { a: value })).toEqual(
        Buffer.concat([Buffer.from([0, 0xff, 0xc3]), Buffer.from("ü<SOPS:x:PLACEHOLDER>"), value]),
    )
})

test("a value that holds a placeholder is not expanded (D5)", () => {
    const values = { a: `CANARY ${usual("b")}`, b: `CANARY ${usual("a")}` }
    for (let run = 0; run < 20; run++)
        expect(render(usual("a") + usual("b"), values).toString()).toBe(values.a + values.b)
})

test("a value with a dollar sign is not a replacement pattern", () => {
    expect(render(usual("a"), { a: "$& $1 $$ $`" }).toString()).toBe("$& $1 $$ $`")
})

test("two values do not make a placeholder together (D5)", () => {
    const [front, back] = [usual("c").slice(0, 20), usual("c").slice(20)]
    expect(render(usual("a") + usual("b"), { a: front, b: back, c: "CANARY" }).toString()).toBe(usual("c"))
})

test("placeholders that somebody chose, one being the beginning of another", () => {
    const placeholders = { a: "@a@", ab: "@a@b", dot: "x.y|(z)" }
    const text = "@a@ @a@b x.y|(z) xzy"
    expect(render(text, { a: "1", ab: "2", dot: "3" }, { placeholders }).toString()).toBe("1 2 3 xzy")
})

test("a placeholder that stands for nothing is an error (D14)", () => {
    expect(() => render(`x ${usual("gone")}`, { a: "CANARY" })).toThrow(/stands for no secret: <SOPS:/u)
})

test("so is one whose secret another manifest installs (D14)", () => {
    const placeholders = { a: usual("a"), early: usual("early") }
    expect(() => render(usual("early"), { a: "CANARY" }, { placeholders })).toThrow(
        'it needs the secret "early", which this manifest does not install',
    )
})

test("and one whose secret could not be opened", () => {
    expect(() => render(usual("b"), { a: "CANARY", b: undefined })).toThrow(
        'secret "b", which could not be opened',
    )
    expect(render(usual("a"), { a: "CANARY", b: undefined }).toString()).toBe("CANARY")
})

test("finds a secret that was given another name (D18)", () => {
    const secrets = [
        { name: "renamed", key: "attribute" },
        { name: "other", key: "other" },
    ]
    const placeholders = { attribute: usual("attribute"), other: usual("other") }
    const values = { renamed: "CANARY1", other: "CANARY2" }
    expect(render(usual("attribute") + usual("other"), values, { placeholders, secrets }).toString()).toBe(
        "CANARY1CANARY2",
    )
})

test("does not guess between two that could be meant (D18)", () => {
    const secrets = [
        { name: "one", key: "attribute" },
        { name: "two", key: "attribute" },
    ]
    const placeholders = { attribute: usual("attribute") }
    expect(() => render(usual("attribute"), { one: "1", two: "2" }, { placeholders, secrets })).toThrow(
        "does not install",
    )
})

test("a text has a limit, and so has what becomes of it", () => {
    expect(() => render(Buffer.alloc(largestTemplate + 1), {})).toThrow("its text is larger than 16 MiB")
    const large = Buffer.alloc(1024 * 1024)
    expect(() => render(usual("a").repeat(17), { a: large })).toThrow("it becomes larger than 16 MiB")
})

test("a filter is named in the placeholder, and any of one value can stand beside another", () => {
    const json = usual("a").replace(">", ":json>")
    const base64 = usual("a").replace(">", ":base64>")
    expect(render(`{"a": ${json}} ${usual("a")} ${base64}`, { a: 'CANARY "x"\n' }).toString()).toBe(
        '{"a": "CANARY \\"x\\"\\n"} CANARY "x"\n Q0FOQVJZICJ4Igo=',
    )
    expect(() => render(usual("a").replace(">", ":jsno>"), { a: "CANARY" })).toThrow('the filter "jsno"')
    expect(() => render(json, { a: Buffer.from([0xff]) })).toThrow("is not UTF-8")
    expect(() => render(usual("b").replace(">", ":json>"), { a: "CANARY" })).toThrow("stands for no secret")
})
