import { beforeAll, expect, test } from "vitest"
import { parseDocument } from "../../../agent/sops/document.ts"
import { boundTo } from "../../../agent/sops/bind.ts"
import { formatOf } from "../../../agent/sops/format.ts"
import { sealBinary, sealTree } from "../../../agent/sops/seal.ts"
import { quickShape } from "../../../agent/sops/shape/quick.ts"
import { examine, shapeOf } from "../../../agent/sops/shape/shape.ts"
import { alice, at, bob, samples } from "../sealed.ts"
import { vectorBytes, vectors } from "../vectors.ts"

let sealed = ""
let another = ""
beforeAll(async () => {
    sealed = (await sealBinary(Buffer.from("CANARY"), [alice.target, bob.target], at)).toString()
    another = (await sealBinary(Buffer.from("CANARY"), [alice.target], at)).toString()
})

const flaws = async (text: string | Buffer): Promise<readonly string[]> =>
    (await shapeOf(Buffer.from(text), "binary")).flaws

test("finds no flaw in what we and every release of sops write, at a glance or not", async () => {
    const shape = await shapeOf(Buffer.from(sealed), "binary")
    expect(shape).toEqual(examine(await parseDocument(Buffer.from(sealed), "binary")))
    expect(shape.flaws).toEqual([])
    expect(shape.iv).toMatch(/^[\w+/]{43}=$/u)
    for (const format of ["json", "yaml", "dotenv", "ini"] as const)
        expect(
            (
                await shapeOf(
                    await sealTree(Buffer.from(samples[format]), format, [alice.target], { at }),
                    format,
                )
            ).flaws,
        ).toEqual([])
    for (const { file } of vectors) {
        const format = formatOf(file)
        expect((await shapeOf(vectorBytes(file), format)).flaws, file).toEqual([])
    }
})

test("sees what a binding claims, at a glance or not", async () => {
    const bound = (
        await sealBinary(Buffer.from("CANARY"), [alice.target, bob.target], at, boundTo("sops/secrets/wifi"))
    ).toString()
    const claims = {
        bound,
        readers: bound.replace(/("readers": \[\s*)"[^"]*",\s*/u, "$1"),
        entries: bound.replace(/"[\w+/]{22}== /u, `"${"A".repeat(22)}== `),
        malformed: bound.replace('"tag": "', '"tag": "*'),
    }
    for (const [kind, text] of Object.entries(claims)) {
        const place = kind === "malformed" ? "" : "sops/secrets/wifi"
        const quick = quickShape(Buffer.from(text))
        if (kind !== "malformed") expect(quick?.claim).toEqual({ place, kind })
        const careful = examine(await parseDocument(Buffer.from(text), "binary"))
        expect(careful.claim, kind).toEqual({ place, kind })
        expect(await shapeOf(Buffer.from(text), "binary")).toEqual(careful)
    }
    expect(quickShape(Buffer.from(sealed))?.claim).toBeUndefined()
})

const damage: Record<string, [change: (text: string) => string, said: RegExp]> = {
    "a value in the clear": [
        (text) => text.replace(/"ENC[^"]*"/u, '"CANARY"'),
        /"data": this is not an encrypted/u,
    ],
    "a number in the clear": [(text) => text.replace(/"ENC[^"]*"/u, "7"), /"data"/u],
    "broken base64 in a value": [(text) => text.replace("data:", "data:*"), /bad base64/u],
    "broken base64 in a MAC": [(text) => text.replace(/(mac": "ENC[^"]*iv:)/u, "$1*"), /MAC is damaged/u],
    "a MAC that is none": [(text) => text.replace(/"mac": "[^"]*"/u, '"mac": "CANARY"'), /MAC is damaged/u],
    "no MAC": [(text) => text.replace(/"mac": "[^"]*"/u, '"mac": ""'), /no MAC/u],
    "broken base64 in an entry": [(text) => text.replace(/(FILE-----\\n.{9})./u, "$1*"), /no age file/u],
    "an entry that is empty": [(text) => text.replace(/"enc": "[^"]*"/u, '"enc": ""'), /no age file/u],
    "a type of value that there is not": [
        (text) => text.replace("type:str", "type:bytes"),
        /a type that values/u,
    ],
    "a value beside the value": [(text) => text.replace("{", '{"other": "CANARY",'), /"other": this is not/u],
    "two values": [(text) => text.replace("{", '{"data": "",'), /"data" occurs twice/u],
    "no value": [(text) => text.replace('"data":', '"date":'), /one string under the key "data"/u],
    "a rule that leaves the value in the clear": [
        (text) => text.replace('"version"', '"encrypted_regex": "^x$", "version"'),
        /it is not encrypted/u,
    ],
}
for (const [what, [change, said]] of Object.entries(damage)) {
    test(`finds ${what}`, async () => {
        expect(change(sealed)).not.toBe(sealed)
        const found = await flaws(change(sealed))
        expect(found.join("\n")).toMatch(said)
        expect(found.join("\n")).not.toContain("CANARY")
    })
}

const unreadable: Record<string, [change: (text: string) => string | Buffer, said: RegExp]> = {
    "a time that is none": [
        (text) => text.replace(/"lastmodified": "[^"]*"/u, '"lastmodified": "CANARY"'),
        /lastmodified/u,
    ],
    "no time": [(text) => text.replace(/"lastmodified": "[^"]*",/u, ""), /lastmodified/u],
    "two MACs": [(text) => text.replace('"mac"', '"MAC": "", "mac"'), /a field occurs twice/u],
    "two lists of keys": [(text) => text.replace('"mac"', '"Age": [], "mac"'), /a field occurs twice/u],
    "a list of keys in two forms": [
        (text) => text.replace('"mac"', '"AGE": {}, "mac"'),
        /a field occurs twice/u,
    ],
    "what is not UTF-8": [
        (text) => Buffer.from(text.replace("version", "versi\u{f6}n"), "latin1"),
        /not UTF-8/u,
    ],
    "conflict markers": [
        (text) => text.replace(/^(.*"mac.*)$/mu, "<<<<<<< HEAD\n$1\n=======\n$1\n>>>>>>> theirs"),
        /line \d+: conflict markers of git/u,
    ],
    "text behind the object": [(text) => `${text}{}`, /something follows/u],
}
for (const [what, [change, said]] of Object.entries(unreadable)) {
    test(`cannot read ${what}`, async () => {
        const bytes = Buffer.from(change(sealed))
        expect(bytes.toString("latin1")).not.toBe(sealed)
        await expect(shapeOf(bytes, "binary")).rejects.toThrow(said)
    })
}

test("files that were copied have one IV, whatever else is in them", async () => {
    const iv = async (text: string): Promise<unknown> => (await shapeOf(Buffer.from(text), "binary")).iv
    expect(await iv(sealed)).not.toBe(await iv(another))
    const entries = /"age": \[.*\],\n/su
    const mixed = sealed.replace(entries, entries.exec(another)?.[0] ?? "")
    expect(mixed).not.toBe(sealed)
    expect(await iv(mixed)).toBe(await iv(sealed))
    expect(await iv(JSON.stringify(JSON.parse(sealed)))).toBe(await iv(sealed))
})
