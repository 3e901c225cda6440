// What one document can cost a machine that opens it at boot, at the limit of what is accepted and beyond: less than
// 400 MB and 3 s of processor time. Each is read in a process of its own.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import * as z from "zod"
import { encodeArmor } from "../../agent/age/armor.ts"
import { formatHeader } from "../../agent/age/header.ts"
import { generateIdentity } from "../../agent/age/identity.ts"
import { sealPayload } from "../../agent/age/payload.ts"
import { x25519Recipient } from "../../agent/age/x25519.ts"
import type { Format } from "../../agent/sops/format.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import { alice, at } from "./sealed.ts"

const size = 16 * 1024 * 1024 - 8192
const fill = (piece: string, length = size): string => piece.repeat(Math.floor(length / piece.length))
const many = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join("")

let folder = ""
let metadata: {
    age: { enc: string; recipient: string }[]
    lastmodified: string
    mac: string
    version: string
}
beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hostseal-bounds-"))
    const sealed = await sealBinary(Buffer.from("CANARY"), [alice.target], at)
    metadata = JSON.parse(sealed.toString()).sops
})
afterAll(() => {
    rmSync(folder, { recursive: true })
})

const printed = z.object({ seconds: z.number(), megabytes: z.number(), said: z.array(z.string()) })

function cost(content: string | Buffer, format: Format): z.infer<typeof printed> {
    const path = join(folder, "document")
    writeFileSync(path, content)
    const program = join(import.meta.dirname, "bounds.ts")
    const child = spawnSync(process.execPath, [program, path, format, alice.secret], { encoding: "utf8" })
    expect(child.stderr).toBe("")
    const result = printed.parse(JSON.parse(child.stdout))
    expect(result.megabytes).toBeLessThan(400)
    expect(result.seconds).toBeLessThan(3)
    return result
}

const json = (data: string): string => `{${data},"sops":${JSON.stringify(metadata)}}`
const yaml = (data: string): string => `${data}sops: ${JSON.stringify(metadata)}\n`
const flat = (prefix: string): string => {
    const { age, lastmodified, mac, version } = metadata
    const lines = age.map(
        ({ enc, recipient }, index) =>
            `${prefix}age__list_${index}__map_enc=${enc.replaceAll("\n", "\\n")}\n${prefix}age__list_${index}__map_recipient=${recipient}\n`,
    )
    return `${lines.join("")}${prefix}lastmodified=${lastmodified}\n${prefix}mac=${mac}\n${prefix}version=${version}\n`
}
const dotenv = (data: string): string => data + flat("sops_")
const ini = (data: string): string => `${data}[sops]\n${flat("")}`

const beyond: Record<string, [() => string, Format, RegExp]> = {
    "a list of numbers": [() => json(`"a":[${fill("0,")}0]`), "json", /more than 250000 values/u],
    "a list of nothing": [() => json(`"a":[${fill("{},")}0]`), "json", /more than 250000 values/u],
    "escapes in JSON": [() => json(`"a":[${fill('"\\u0041",')}0]`), "json", /more than 250000 values/u],
    "lines of dotenv": [() => dotenv(fill("A=\n")), "dotenv", /more than 250000 values/u],
    "comments of dotenv": [() => dotenv(fill("#\n")), "dotenv", /more than 250000 values/u],
    "metadata of dotenv": [
        () => dotenv(many(80_000, (index) => `sops_x${index}${"__map_y".repeat(15)}=x\n`)),
        "dotenv",
        /more than 250000 values/u,
    ],
    "keys of INI": [() => ini(many(400_000, (index) => `K${index}=\n`)), "ini", /more than 250000 values/u],
    "sections of INI": [() => ini(fill("[a]\n")), "ini", /more than 250000 values/u],
    "keys of YAML": [
        () => yaml(many(900_000, (index) => `k${index}: x\n`)),
        "yaml",
        /more than 250000 values/u,
    ],
    "elements of YAML": [() => yaml(`a: [${fill("a,")}]\n`), "yaml", /more than 250000 values/u],
    "a folded scalar of YAML": [() => yaml(`a: ${fill("x\n  ")}y\n`), "yaml", /more than 2500000 escapes/u],
    "escapes in YAML": [() => yaml(`a: "${fill("\\n")}"\n`), "yaml", /more than 2500000 escapes/u],
}
for (const [what, [content, format, said]] of Object.entries(beyond)) {
    test(`refuses a document of ${what}, at little cost`, () => {
        expect(cost(content(), format).said.join("\n")).toMatch(said)
    })
}

const within: Record<string, [() => string, Format]> = {
    "JSON, text beside many values": [
        () => json(`"a":[${fill('"",', 3 * 249_000)}""],"b_unencrypted":"${fill("é", 7_000_000)}"`),
        "json",
    ],
    "JSON, objects": [() => json(`"a":[${fill('{"a":""},', 9 * 124_000)}""]`), "json"],
    dotenv: [() => dotenv(many(249_000, (index) => `K${index}=\n`)), "dotenv"],
    "INI, keys": [() => ini(many(249_000, (index) => `K${index}=\n`)), "ini"],
    "INI, sections": [() => ini(fill("[a]\n", 4 * 249_000)), "ini"],
    "YAML, keys": [() => yaml(many(124_000, (index) => `k${index}: ""\n`)), "yaml"],
    "YAML, mappings": [() => yaml(`a:\n${fill("- {a: }\n", 8 * 82_000)}`), "yaml"],
    "YAML, comments": [() => yaml(`a: ""\n${many(90_000, (index) => `# c\nk${index}: ""\n`)}`), "yaml"],
}
for (const [what, [content, format]] of Object.entries(within)) {
    test(`reads the largest document of ${what}`, () => {
        expect(cost(content(), format).said.at(-1)).toBe("opened")
    })
}

test("tries a bounded number of stanzas", () => {
    const fileKey = Buffer.alloc(16, 1)
    const stanzas = x25519Recipient(Buffer.alloc(32, 9)).wrap(fileKey)
    if (stanzas instanceof Promise) throw new Error("this recipient wraps at once")
    const header = formatHeader(Array.from({ length: 120 }, () => stanzas).flat(), fileKey)
    const enc = encodeArmor(Buffer.concat([header, sealPayload(Buffer.alloc(32), fileKey)])).toString()
    const age = Array.from({ length: 900 }, () => ({ recipient: generateIdentity().recipient, enc }))
    const data = JSON.stringify({ data: "", sops: { ...metadata, age } })
    expect(cost(data, "binary").said.join()).toContain("no identity matches")
    // The one that is named comes first, wherever it stands.
    const mine = JSON.stringify({ data: "", sops: { ...metadata, age: [...age, ...metadata.age] } })
    expect(cost(mine, "binary").said.at(-1)).toBe("opened")
})

for (const pattern of ["(x*)".repeat(1000), "((((x{10}){10})*)?)".repeat(50)]) {
    test(`runs the pattern ${pattern.slice(0, 24)}… in bounded time`, () => {
        const { version, ...rest } = metadata
        const sops = { ...rest, version, encrypted_regex: `${pattern}y` }
        const keys = Object.fromEntries(Array.from({ length: 3000 }, (_, key) => ["x".repeat(200) + key, ""]))
        expect(cost(JSON.stringify({ ...keys, sops }), "json").said.join()).toContain("a pattern")
    })
}

test("opens what people have: 12 MB of binary, 20,000 keys of YAML", async () => {
    const bytes = Buffer.alloc(12 * 1000 * 1000, "CANARY")
    expect(cost(await sealBinary(bytes, [alice.target], at), "binary").said).toContain("opened")
    const keys = many(20_000, (index) => `k${index}: CANARY ${index}\n`)
    const sealed = await sealTree(Buffer.from(keys), "yaml", [alice.target], { at })
    expect(cost(sealed, "yaml").said.at(-1)).toBe("opened")
})
