import { expect, test } from "vitest"
import { explain } from "../../../agent/error.ts"
import { largestManifest, parseManifest } from "../../../agent/machine/manifest/parse.ts"
import { asBytes, writtenManifest, writtenSecret, writtenTemplate } from "../manifest-examples.ts"

/** Everything that the refusal of a manifest says. */
function refusal(bytes: Buffer): string {
    try {
        parseManifest(bytes, "/m.json", () => "/run/user/0")
    } catch (error) {
        const lines = explain(error)
        expect(lines[0]).toBe("error: /m.json is not a manifest this agent understands")
        return lines.slice(1).join("\n")
    }
    return "accepted"
}

const refuse = (fields: Record<string, unknown>): string => refusal(asBytes(writtenManifest(fields)))
const refuseSecret = (fields: Record<string, unknown>): string =>
    refuse({ secrets: [writtenSecret({ name: "a", ...fields })] })
const refuseTemplate = (fields: Record<string, unknown>): string =>
    refuse({ templates: [writtenTemplate({ name: "t", ...fields })] })
const refuseAdditions = (hostseal: Record<string, unknown>): string =>
    refuse({ secrets: [writtenSecret({ name: "a" })], hostseal: { version: 1, ...hostseal } })

const cases: Record<string, [said: string, expected: string]> = {
    "a name that leaves the generation": [refuseSecret({ name: "../../etc/shadow" }), 'has ".." as a part'],
    "a name that leaves it half way": [refuseSecret({ name: "a/../../b" }), 'has ".." as a part'],
    "an absolute name": [refuseSecret({ name: "/etc/shadow" }), "begins with a slash"],
    "an empty name": [refuseSecret({ name: "" }), "the name is empty"],
    "a name with a newline": [refuseSecret({ name: "wifi\n" }), "holds a control character"],
    "a name with NUL": [refuseSecret({ name: "a\0b" }), "holds a control character"],
    "a name with a part of 256 bytes": [refuseSecret({ name: "é".repeat(128) }), "longer than 255 bytes"],
    "a template name that leaves the generation": [refuseTemplate({ name: "../x" }), 'has ".." as a part'],
    "a mode that is not octal": [refuseSecret({ mode: "0480" }), "mode that is not octal"],
    "a mode with a sign": [refuseSecret({ mode: "-400" }), "mode that is not octal"],
    "a set-uid mode": [refuseSecret({ mode: "4755" }), "not octal digits up to 0777"],
    "no mode": [refuseSecret({ mode: null }), "mode that is not octal"],
    "an unknown format (D7)": [refuseSecret({ format: "toml" }), "must be yaml, json, binary, dotenv or ini"],
    "a field it does not know": [refuseSecret({ onwer: "x" }), "secrets[0] (a) has unknown fields: onwer"],
    "a top-level field it does not know": [refuse({ secret: [] }), "the manifest has unknown fields: secret"],
    "a negative uid": [refuseSecret({ uid: -1 }), "uid is negative"],
    "a fractional uid": [refuseSecret({ uid: 1.5 }), "uid must be a whole number"],
    "a relative path": [refuseSecret({ path: "x" }), "path is not an absolute path"],
    "a path with ..": [refuseSecret({ path: "/run/x/../../etc/passwd" }), 'has ".." as a part'],
    "a path among the generations": [
        refuseSecret({ path: "/run/secrets.d/1/a" }),
        "where the generations are",
    ],
    "a path that is the symlink": [refuseSecret({ path: "/run/secrets" }), "which holds the secrets"],
    "a path above the symlink": [refuseSecret({ path: "/run" }), "which holds the secrets"],
    "an option as a unit": [refuseSecret({ restartUnits: ["--no-pager"] }), "is not the name of a unit"],
    "a unit with a space": [refuseSecret({ reloadUnits: ["a b"] }), "is not the name of a unit"],
    "a relative sopsFile": [refuseSecret({ sopsFile: "x" }), "sopsFile is not an absolute path"],
    "a template without text": [
        refuseTemplate({ content: "", file: null }),
        'neither content nor file was specified for template "t"',
    ],
    "gnupgHome with ageKeyFile": [
        refuse({ gnupgHome: "/root/.gnupg", ageKeyFile: "/k" }),
        "gnupgHome and ageKeyFile were specified in the manifest. Both options are mutually exclusive.",
    ],
    "a symlink in the mount point": [
        refuse({ symlinkPath: "/run/secrets.d/x" }),
        "must not lie in each other",
    ],
    "the root directory": [refuse({ secretsMountPoint: "/" }), "the root directory cannot hold secrets"],
    "the same name twice": [
        refuse({ secrets: [writtenSecret({ name: "a" }), writtenSecret({ name: "a" })] }),
        'both want to be "a"',
    ],
    "a and a/b (D12)": [
        refuse({ secrets: [writtenSecret({ name: "a" }), writtenSecret({ name: "a/b" })] }),
        'secret "a" is a file at "a", where secret "a/b" needs a directory',
    ],
    "rendered/t beside template t (D12)": [
        refuse({
            secrets: [writtenSecret({ name: "rendered/t" })],
            templates: [writtenTemplate({ name: "t" })],
        }),
        'both want to be "rendered/t"',
    ],
    "a secret called rendered beside a template (D12)": [
        refuse({
            secrets: [writtenSecret({ name: "rendered" })],
            templates: [writtenTemplate({ name: "t" })],
        }),
        'secret "rendered" is a file at "rendered", where template "t" needs a directory',
    ],
    "one path for two secrets": [
        refuse({
            secrets: [
                writtenSecret({ name: "a", path: "/etc/x" }),
                writtenSecret({ name: "b", path: "/etc//x" }),
            ],
        }),
        'both want to be "/etc/x"',
    ],
    "a path that is another secret": [
        refuse({
            secrets: [writtenSecret({ name: "a", path: "/run/secrets/b" }), writtenSecret({ name: "b" })],
        }),
        'the link of secret "a" and secret "b" both want to be "b"',
    ],
    "two formats for one file": [
        refuse({
            secrets: [
                writtenSecret({ name: "x", sopsFile: "/f", format: "json" }),
                writtenSecret({ name: "y", sopsFile: "/f", format: "binary" }),
            ],
        }),
        "secret y defined the format of /f as binary, but it was specified as json in x before",
    ],
    "one placeholder for two secrets": [
        refuse({ placeholderBySecretName: { a: "@x@", b: "@x@" } }),
        "have the same placeholder",
    ],
    "another version of our additions": [refuseAdditions({ version: 2 }), "hostseal.version must be 1"],
    "an unknown addition": [refuseAdditions({ onfailure: "keep" }), "hostseal has unknown fields: onfailure"],
    "an unknown policy": [refuseAdditions({ onFailure: "ignore" }), "must be keep, omit or abort"],
    "additions for a secret that is not there": [
        refuseAdditions({ secrets: { b: {} } }),
        'hostseal.secrets names "b", which is no secret of this manifest',
    ],
    "a plugin by a relative path": [
        refuseAdditions({ plugins: { yubikey: "age-plugin-yubikey" } }),
        "absolute path",
    ],
    "a plugin name that is a path": [
        refuseAdditions({ plugins: { "a/b": "/p" } }),
        "is not the name of a plugin",
    ],
    "text that is not JSON": [refusal(Buffer.from("{CANARY")), "it is not JSON"],
    "a key that is not JSON": [refusal(Buffer.from(String.raw`{"\qCANARY": 1}`)), "it is not JSON"],
    "bytes that are not UTF-8": [refusal(Buffer.from([0x7b, 0xff, 0x7d])), "it is not UTF-8 text"],
    "an array": [refusal(Buffer.from("[]")), "the manifest must be an object"],
    "an identical key twice": [
        refusal(Buffer.from('{"secrets":[],"sec\\u0072ets":[]}')),
        'the key "secrets" stands twice in one object',
    ],
    "the key __proto__": [
        refusal(Buffer.from('{"placeholderBySecretName":{"__proto__":"x"}}')),
        'the key "__proto__" is not allowed',
    ],
    "17 MiB": [refusal(Buffer.alloc(largestManifest + 1, " ")), "it is larger than 16 MiB"],
    "10,001 secrets": [
        refuse({ secrets: Array.from({ length: 10_001 }, (_, i) => writtenSecret({ name: `s${i}` })) }),
        "has more than 10000 entries",
    ],
}
for (const [why, [said, expected]] of Object.entries(cases)) {
    test(why, () => {
        expect(said).toContain(expected)
        expect(said).not.toContain("CANARY")
    })
}

test("several things in one error, and lists at most 20", () => {
    const said = refuse({
        secrets: Array.from({ length: 30 }, (_, i) => writtenSecret({ name: `../${i}` })),
    })
    expect(said.split("\n")).toHaveLength(22)
    expect(said).toContain("60 problems:")
    expect(said).toContain("and 40 more")
})
