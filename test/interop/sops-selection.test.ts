// The real sops and ours agree on which values a rule encrypts: else a document would not open.
import { afterAll, beforeAll, expect, test } from "vitest"
import { alice, opened } from "../sops/sealed.ts"
import { Sandbox } from "./sops-program.ts"

let sandbox: Sandbox

beforeAll(() => {
    sandbox = new Sandbox()
})
afterAll(() => {
    sandbox.remove()
})

const keys =
    "data stringData mydata Secret my_secret_key PASSWORD a b ab aab - _ a-b x{ ]a] é αβ Ω ж cat a.b*** K k ſ s 1 ٣ A😀A".split(
        " ",
    )
const document = Buffer.from(
    `{${keys.map((key) => `${JSON.stringify(key)}: ${JSON.stringify(`CANARY ${key}`)}`).join(",")}}`,
)

for (const pattern of [
    ..."^(data|stringData)$ secret (?i)^PASS(word)?$ (?i:a)b a(?i)b|c a{2,3}$ ^a{2}$ x{ ^[^a-c]+$ ^[]a]+$ ^[a-]$".split(
        " ",
    ),
    ..."^[[:alpha:]_]+$ ^[[:^digit:]]$ ^[\\d\\s]+$ ^\\W$ ^\\pL+$ ^\\p{Greek}+$ ^\\P{Greek}+$ ^\\p{^Lu}$ \\Aab\\z (?m)^b$ ^a.b$".split(
        " ",
    ),
    ..."\\bcat\\b \\Qa.b*\\E+ \\x41\\x{1F600}\\101 (?P<name>a)(?<other>b) ^(?:a|b|)c$ (?i)k (?i)s (?i)[^k] (?i)[k-s] (?i)\\w a(?i)*b$".split(
        " ",
    ),
    ..."[ (?=a) \\8 a** (a{100}){100} [b-a]".split(" "),
]) {
    test.each(["--encrypted-regex", "--unencrypted-regex"])(`%s ${pattern}`, async (option) => {
        const args = ["--age", alice.recipient, option, pattern]
        const written = await sandbox.encrypt("sops", document, "json", args)
        expect(JSON.parse(await opened(written, "json"))).toEqual(JSON.parse(document.toString()))
    })
}

const commented = Buffer.from(
    "# CANARY on\na: 1\nb: 2\nm:\n    # CANARY on\n    c: 3\n    # CANARY other\n    d: 4\n    # CANARY on\n    # CANARY t\n    e: 5\nl:\n    - 6\n    - 7\n",
)

for (const option of [
    'encrypted_comment_regex: "on$"',
    'unencrypted_comment_regex: "on$"',
    "encrypted_suffix: a",
    "unencrypted_suffix: m",
]) {
    test(option, async () => {
        sandbox.configure(`creation_rules:\n    - age: ${alice.recipient}\n      ${option}\n`)
        const written = await sandbox.encrypt("sops", commented, "yaml", [])
        expect(await opened(written, "yaml")).toBe(commented.toString())
    })
}
