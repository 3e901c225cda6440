import { describe, expect, test } from "vitest"
import { json } from "../../agent/sops/json/codec.ts"
import { readMetadata } from "../../agent/sops/metadata.ts"
import type { Metadata } from "../../agent/sops/metadata.ts"

function read(fields: string): Metadata {
    const [block] = json.parse(`{"sops":{${fields}}}`, "encrypted").metadata
    if (block === undefined) throw new Error("no metadata")
    return readMetadata(block)
}

const base = '"lastmodified":"2026-01-01T00:00:00+00:00","mac":"m","version":"3.9.4"'
const age = '"age":[{"recipient":"age1a","enc":"E"}]'
const ids = (metadata: Metadata): string[][] => metadata.groups.map((group) => group.map((entry) => entry.id))

test("reads what every writer writes", () => {
    expect(read(`${base},${age},"kms":null,"pgp":[]`)).toMatchObject({
        groups: [[{ type: "age", id: "age1a", enc: "E" }]],
        threshold: 1,
        lastModified: "2026-01-01T00:00:00+00:00",
        macAad: "2026-01-01T00:00:00Z",
        mac: "m",
        version: "3.9.4",
        rule: { option: "unencrypted_suffix", pattern: "_unencrypted" },
        macOnlyEncrypted: false,
    })
})

describe("is lenient as sops is", () => {
    test("a lone entry counts as a list", () => {
        expect(ids(read(`${base},"age":{"recipient":"age1a","enc":"E"}`))).toEqual([["age1a"]])
    })

    test("fields in any case", () => {
        expect(
            ids(read(`"LastModified":"2026-01-01T00:00:00Z","AGE":[{"Recipient":"age1a","ENC":"E"}]`)),
        ).toEqual([["age1a"]])
    })

    for (const flag of ["true", '"true"', '"True"', '"1"', "1"]) {
        test(`mac_only_encrypted ${flag}`, () => {
            expect(read(`${base},${age},"mac_only_encrypted":${flag}`).macOnlyEncrypted).toBe(true)
        })
    }

    for (const threshold of ["2", '"2"', "2.0", '"2.000000"']) {
        test(`shamir_threshold ${threshold}`, () => {
            const groups = `"key_groups":[{${age}},{"hc_vault":[],${age}},{"hc_vault":null,${age}}]`
            expect(read(`${base},${groups},"shamir_threshold":${threshold}`)).toMatchObject({ threshold: 2 })
        })
    }

    test("as many keys and groups as there may be", () => {
        const entry = '{"recipient":"age1a","enc":"E"}'
        expect(ids(read(`${base},"age":[${Array(1024).fill(entry).join(",")}]`))[0]).toHaveLength(1024)
        expect(ids(read(`${base},"key_groups":[${Array(255).fill(`{${age}}`).join(",")}]`))).toHaveLength(255)
    })

    test("null and empty options are none", () => {
        expect(
            read(`${base},${age},"encrypted_regex":null,"encrypted_suffix":"","unencrypted_regex":"x"`).rule,
        ).toEqual({
            option: "unencrypted_regex",
            pattern: "x",
        })
    })

    test("no threshold is all groups, and flat keys win over groups", () => {
        const groups = `"key_groups":[{${age}},{${age}}]`
        expect(read(`${base},${groups}`).threshold).toBe(2)
        expect(ids(read(`${base},${groups},"age":[{"recipient":"age1flat","enc":"E"}]`))).toEqual([
            ["age1flat"],
        ])
        expect(ids(read(`${base},${groups},"age":[]`))).toEqual([["age1a"], ["age1a"]])
    })
})

test("names keys of all kinds, age first", () => {
    const metadata = read(
        `${base},"pgp":[{"fp":"F","enc":"E","created_at":"x"}],"kms":[{"arn":"A","enc":"E","context":{"a":"b"}}],` +
            `"gcp_kms":[{"resource_id":"R","enc":"E"}],"hckms":[{"key_id":"r:u","enc":"E"}],` +
            `"azure_kv":[{"vault_url":"U","name":"N","version":"V","enc":"E"}],` +
            `"hc_vault":[{"vault_address":"https://v","engine_path":"p","key_name":"k","enc":"E"}],` +
            `"age":[{"recipient":"ssh-ed25519 AAAA me@here","enc":"E"}],"unknown_kms":[{"enc":"E"}]`,
    )
    expect(ids(metadata)).toEqual([
        [
            "ssh-ed25519 AAAA",
            "pgp:F",
            "kms:A",
            "gcp_kms:R",
            "hckms:r:u",
            "azure_kv:U/N/V",
            "hc_vault:https://v/p/k",
        ],
    ])
})

describe("refuses", () => {
    for (const [why, fields] of Object.entries({
        "no lastmodified": age,
        "a lastmodified that is no time": `"lastmodified":"CANARY",${age}`,
        nobody: base,
        "nobody in groups": `${base},"key_groups":[{"age":[]},{}]`,
        "two selection rules": `${base},${age},"encrypted_regex":"a","unencrypted_suffix":"b"`,
        "a field twice": `${base},${age},"mac":"CANARY"`,
        "an entry without enc": `${base},"age":[{"recipient":"age1a"}]`,
        "an entry that is no mapping": `${base},"age":["CANARY"]`,
        "keys that are no list": `${base},"age":"CANARY"`,
        "keys that are text in YAML's sense": `${base},"age":false`,
        "more keys than anyone has, in groups": `${base},"key_groups":[${Array(2)
            .fill(`{"age":[${Array(513).fill('{"enc":"E"}').join(",")}]}`)
            .join(",")}]`,
        "more groups than there are parts": `${base},"key_groups":[${Array(256).fill(`{${age}}`).join(",")}]`,
        "a lastmodified that is a list": `"lastmodified":["CANARY"],${age}`,
        "a group that is no mapping": `${base},"key_groups":["CANARY"]`,
        "a threshold that cannot be met": `${base},"key_groups":[{${age}},{${age}}],"shamir_threshold":3`,
        "a threshold of one": `${base},"key_groups":[{${age}},{${age}}],"shamir_threshold":1`,
        "a threshold that is no number": `${base},${age},"shamir_threshold":"CANARY"`,
        "a threshold below zero": `${base},${age},"shamir_threshold":-1`,
        "a flag that is none": `${base},${age},"mac_only_encrypted":"CANARY"`,
        "more keys than anyone has": `${base},"age":[${Array(1025).fill('{"enc":"E"}').join(",")}]`,
    })) {
        test(why, () => {
            expect(() => read(fields)).toThrow(/^metadata: (?!.*CANARY)/s)
            expect(() => read(fields)).toThrow(expect.objectContaining({ name: "SopsError" }))
        })
    }

    test("with the field, in one line", () => {
        expect(() => read(age)).toThrow(/^metadata: lastmodified is missing or malformed$/u)
        expect(() => read(`${base},${age},"shamir_threshold":"x","mac_only_encrypted":"y"`)).toThrow(
            /^metadata: shamir_threshold, mac_only_encrypted are missing or malformed$/u,
        )
        expect(() => read(`${base},"age":[{"recipient":"age1a"}]`)).toThrow(
            /^metadata: an entry of age: enc is missing or malformed$/u,
        )
    })
})
