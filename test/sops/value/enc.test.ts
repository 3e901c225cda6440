import { expect, test } from "vitest"
import { encType, formatEnc, parseEnc } from "../../../agent/sops/value/enc.ts"

const iv = Buffer.alloc(32, 1).toString("base64")
const tag = Buffer.alloc(16, 2).toString("base64")
const good = `ENC[AES256_GCM,data:AAEC,iv:${iv},tag:${tag},type:str]`

test("takes a value apart and puts it together", () => {
    const parsed = parseEnc(good)
    expect(parsed).toEqual({
        data: Buffer.from([0, 1, 2]),
        iv: Buffer.alloc(32, 1),
        tag: Buffer.alloc(16, 2),
        type: "str",
    })
    expect(formatEnc(parsed)).toBe(good)
})

test("ignores what follows the bracket, as sops does, and takes an IV of 12 bytes", () => {
    const short = good.replace(iv, Buffer.alloc(12, 1).toString("base64"))
    expect(parseEnc(`${short} junk`).iv).toHaveLength(12)
})

for (const [why, text] of Object.entries({
    "no value": "",
    "another cipher": good.replace("AES256_GCM", "AES128_GCM"),
    "something before it": ` ${good}`,
    "no bracket": good.slice(0, -1),
    "no type": good.replace(",type:str", ""),
    "parts in another order": good.replace(/(,iv:[^,]*)(,tag:[^,]*)/, "$2$1"),
    "no data": good.replace("AAEC", ""),
    "a short tag": good.replace(tag, tag.slice(0, 4)),
    "no IV": good.replace(iv, ""),
    "base64 without padding": good.replace(tag, tag.slice(0, -2)),
    "base64 of the URL alphabet": good.replace("AAEC", "AA-_"),
    "base64 with space": good.replace("AAEC", "AA EC"),
    "base64 that is not canonical": good.replace("AAEC", "AAF="),
    "a newline": good.replace("AAEC", "AAEC\n"),
})) {
    test(`refuses ${why}`, () => {
        expect(() => parseEnc(text)).toThrow(expect.objectContaining({ name: "SopsError", problem: "value" }))
    })
}

test("tells the type of what is encrypted, and only of that", () => {
    expect(encType(good)).toBe("str")
    expect(encType("ENC[AES256_GCM,data:]")).toBeUndefined()
    expect(encType("plain")).toBeUndefined()
})
