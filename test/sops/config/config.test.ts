import { describe, expect, test } from "vitest"
import { isCatchAll, readConfig, ruleFor } from "../../../agent/sops/config/config.ts"
import { SopsError } from "../../../agent/sops/error.ts"

const alice = "age1y8q7rl7yfyy9rqjjz2ffqm7pj0uqz7n3tqhy4tuqpwxa53gekq0qsl5w0p"
const bob = "age1c7s3urhxhnrxk9r9gnvqs8x6dhz8zmxfxh5xq7vqqxpxtkpsk9tq0cmj3f"
const web = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z"
const fingerprint = "85D77543B3D624B63CEA9E6DBC17301B491B3F21"

const anchored = `
keys:
  - &alice ${alice}
  - &web ${web} # the web server
creation_rules:
  - path_regex: ^secrets/web\\.yaml$
    key_groups:
      - age:
          - *alice
          - *web
  - path_regex: .*
    age: ${alice}, ${bob},
    encrypted_regex: ^(password|token)$
`

describe("rules", () => {
    test("the first that matches counts, and recipients come by alias, comma and list", () => {
        const config = readConfig(anchored)
        expect(config.findings).toEqual([])
        expect(config.rules.map(({ groups, line }) => ({ groups, line }))).toEqual([
            { groups: [[alice, web]], line: 6 },
            { groups: [[alice, bob]], line: 11 },
        ])
        expect(ruleFor(config, "secrets/web.yaml")?.line).toBe(6)
        expect(ruleFor(config, "x/secrets/web.yaml")?.line).toBe(11)
        expect(config.rules.map((rule) => isCatchAll(rule))).toEqual([false, true])
        expect(config.rules[1]?.selection).toEqual({
            option: "encrypted_regex",
            pattern: "^(password|token)$",
        })
    })

    test.each([
        ["nothing", ""],
        ["no rules", "keys: []"],
        ["rules for publishing alone", "destination_rules: [{s3_bucket: x}]"],
        ["null for a list", "creation_rules: ~"],
        ["a second document", `keys: []\n---\ncreation_rules: [{age: ${alice}}]`],
    ])("there is none in %s", (_, text) => {
        expect(readConfig(text).rules).toEqual([])
    })

    test.each([
        ["a folded text with commas", `creation_rules:\n  - age: >-\n      ${alice},\n      ${bob}`],
        ["a list whose elements hold commas", `creation_rules:\n  - age: ["${alice},${bob}"]`],
        ["merged mappings", `x: &x {age: "${alice},${bob}"}\ncreation_rules: [{<<: *x}]`],
        [
            "merged key groups",
            `creation_rules: [{key_groups: [{merge: [{age: [${alice}]}, {age: [${bob}, ${alice}]}]}]}]`,
        ],
    ])("recipients in %s", (_, text) => {
        expect(readConfig(text).rules.map(({ groups }) => groups)).toEqual([[[alice, bob]]])
    })

    test("an SSH key loses its comment, a fingerprint its spaces, and a cloud key is told apart", () => {
        const ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"
        const { rules } = readConfig(
            `creation_rules: [{age: "${ssh} root@web", pgp: "85D7 7543 B3D6 24B6 3CEA  9E6D BC17 301B 491B 3f21", kms: "arn:aws:kms:x"}]`,
        )
        expect(rules[0]?.groups).toEqual([[ssh, `pgp:${fingerprint}`, "kms:arn:aws:kms:x"]])
    })

    test.each([
        ["rules that are a mapping", "creation_rules: {a: b}", /line 1: creation_rules is not a list/],
        [
            "a field twice",
            `creation_rules:\n  - age: ${alice}\n    age: ${bob}`,
            /line 3: the key "age" occurs twice/,
        ],
        ["an alias of nothing", "creation_rules: [{age: *gone}]", /line 1: an alias refers to an anchor/],
        ["a list", "- a", /line 1: the configuration is not a mapping/],
        ["a rule that is none", "creation_rules:\n  - a", /line 2: a creation rule is not a mapping/],
        ["a list of patterns", "creation_rules:\n  - path_regex: [a]", /line 2: path_regex is not a text/],
        ["key groups that are no list", "creation_rules: [{key_groups: a}]", /key_groups is not a list/],
        ["a key group that is none", "creation_rules: [{key_groups: [a]}]", /a key group is not a mapping/],
        [
            "one key for a list of them",
            `creation_rules: [{key_groups: [{age: ${alice}}]}]`,
            /age of a key group is not a list/,
        ],
        [
            "a list in a list",
            `creation_rules: [{key_groups: [{age: [[${alice}]]}]}]`,
            /age holds a list in a list/,
        ],
        [
            "a merge of nothing",
            "creation_rules: [{key_groups: [{merge: a}]}]",
            /merge is not a list of key groups/,
        ],
        [
            "a value that merges itself",
            "creation_rules: [&a {<<: *a}]",
            /contains itself|anchor that is not there/,
        ],
    ])("refuses %s, as sops does", (_, text, message) => {
        expect(() => readConfig(text)).toThrow(SopsError)
        expect(() => readConfig(text)).toThrow(message)
    })

    test("takes a pattern that runs wild for an error, never for no match", () => {
        const [rule] = readConfig(`creation_rules: [{path_regex: "(x*){900}y", age: ${alice}}]`).rules
        expect(() => rule?.matches("x".repeat(9000))).toThrow(
            expect.objectContaining({ problem: "limit", line: 1 }),
        )
    })

    test("goes on with ordinary patterns however many files there are", () => {
        const pattern = String.raw`^(hosts|machines)/[^/]+/secrets/.*\.(ya?ml|json|env|ini)$`
        const [rule] = readConfig(`creation_rules: [{path_regex: '${pattern}', age: ${alice}}]`).rules
        for (let file = 0; file < 30_000; file++)
            expect(rule?.matches(`machines/web${file}/secrets/wireguard/private-keys.yaml`)).toBe(true)
    })
})

describe("findings", () => {
    test.each([
        [
            "a field that sops reads over",
            `creation_rules: [{path_regexp: x, age: ${alice}}]`,
            /no field "path_regexp"/,
        ],
        [
            "a pattern that Go refuses",
            `creation_rules: [{path_regex: "(?=x)", age: ${alice}}]`,
            /not a pattern/,
        ],
        ["a pattern for \\./", `creation_rules: [{path_regex: '^\\./x', age: ${alice}}]`, /paths never do/],
        ["a pattern for ./", `creation_rules: [{path_regex: "^./x", age: ${alice}}]`, /paths never do/],
        [
            "two key groups by a dash too many",
            `creation_rules: [{key_groups: [{age: [${alice}]}, {pgp: [${fingerprint}]}]}]`,
            /2 key groups/,
        ],
        [
            "keys beside key groups",
            `creation_rules: [{age: ${bob}, key_groups: [{age: [${alice}]}]}]`,
            /reads over age/,
        ],
        ["no key", "creation_rules: [{path_regex: x}]", /names no key/],
        [
            "a list by alias in a list",
            `x: &x [${alice}]\ncreation_rules: [{age: [*x, ${bob}]}]`,
            /list in a list/,
        ],
        [
            "two choices of what is encrypted",
            `creation_rules: [{age: ${alice}, encrypted_regex: a, encrypted_suffix: b}]`,
            /both/,
        ],
        ["a mistyped list of rules", `creation-rules: [{age: ${alice}}]`, /not "creation_rules"/],
    ])("%s", (_, text, message) => {
        expect(readConfig(text).findings.map(({ message: each }) => each)).toEqual([
            expect.stringMatching(message),
        ])
    })
})

describe("keys", () => {
    const named = (text: string) =>
        readConfig(text).keys.map(({ name, within, used }) => ({ name, within, used }))

    test.each([
        ["anchors in a list", `keys:\n  - &alice ${alice}`, "alice", []],
        ["a mapping", `keys:\n  alice: ${alice}`, "alice", []],
        ["a mapping of groups", `keys:\n  users:\n    alice: ${alice}`, "alice", ["users"]],
        ["a mapping of kinds", `keys:\n  users:\n    alice:\n      age: ${alice}`, "alice", ["users"]],
        ["a list of groups", `keys:\n  - users:\n    - &alice ${alice}`, "alice", ["users"]],
        ["an empty key with an anchor", `keys:\n  - &users:\n    - &alice ${alice}`, "alice", ["users"]],
        ["a list with an anchor", `keys:\n  - &users\n    - &alice ${alice}`, "alice", ["users"]],
        ["a comment of its own", `keys:\n  - ${alice} # alice`, "alice", []],
        ["other names for the list", `admins:\n  - &alice ${alice}`, "alice", ["admins"]],
    ])("are named by %s", (_, text, name, within) => {
        expect(named(text)).toEqual([{ name, within, used: false }])
    })

    test("have no name when comments say one thing of several", () => {
        expect(named(`keys:\n  - ${alice} # laptop\n  - ${bob} # laptop`).map(({ name }) => name)).toEqual([
            undefined,
            undefined,
        ])
    })

    test("that a rule alone knows are known, and named where they stand", () => {
        expect(named(`creation_rules:\n  - age:\n    - &alice ${alice}\n    - ${bob} # bob`)).toEqual([
            { name: "alice", within: [], used: true },
            { name: "bob", within: [], used: true },
        ])
    })
})
