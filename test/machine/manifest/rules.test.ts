import { expect, test } from "vitest"
import { explain } from "../../../agent/error.ts"
import { largestManifest, parseManifest } from "../../../agent/machine/manifest/parse.ts"
import { asBytes, writtenManifest, writtenSecret } from "../manifest-examples.ts"

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
const refuseAdditions = (hostseal: Record<string, unknown>): string =>
    refuse({ secrets: [writtenSecret({ name: "a" })], hostseal: { version: 1, ...hostseal } })

const cases: Record<string, [said: string, expected: string]> = {
    "gnupgHome with ageKeyFile": [
        refuse({ gnupgHome: "/root/.gnupg", ageKeyFile: "/k" }),
        "gnupgHome and ageKeyFile were specified in the manifest. Both options are mutually exclusive.",
    ],
    "a mount point in the symlink": [
        refuse({ secretsMountPoint: "/run/secrets/x" }),
        "secretsMountPoint must not lie in symlinkPath",
    ],
    "a symlink that is a generation": [
        refuse({ symlinkPath: "/run/secrets.d/1" }),
        "symlinkPath must not lie among the generations",
    ],
    "a relative mount point": [
        refuse({ secretsMountPoint: "x" }),
        "secretsMountPoint is not an absolute path",
    ],
    "the root directory": [refuse({ secretsMountPoint: "/" }), "the root directory cannot hold secrets"],
    "secrets that are no list": [refuse({ secrets: {} }), "secrets must be a list"],
    "a number of generations that is text": [refuse({ keepGenerations: "1" }), "must be a whole number"],
    "another version of our additions": [refuseAdditions({ version: 2 }), "hostseal.version must be 1"],
    "an unknown policy": [refuseAdditions({ onFailure: "ignore" }), "must be keep, omit or abort"],
    "a plugin by a relative path": [
        refuseAdditions({ plugins: { yubikey: "age-plugin-yubikey" } }),
        "absolute path",
    ],
    "a plugin name that is a path": [
        refuseAdditions({ plugins: { "a/b": "/p" } }),
        "is not the name of a plugin",
    ],
    "a plugin name that is a folder": [
        refuseAdditions({ plugins: { ".": "/p" } }),
        "is not the name of a plugin",
    ],
    "a plugin name that is the folder above": [
        refuseAdditions({ plugins: { "..": "/p" } }),
        "is not the name of a plugin",
    ],
    "text that is not JSON": [refusal(Buffer.from("{CANARY")), "it is not JSON"],
    "a key that is not JSON": [refusal(Buffer.from(String.raw`{"\qCANARY": 1}`)), "it is not JSON"],
    "bytes that are not UTF-8": [refusal(Buffer.from([0x7b, 0xff, 0x7d])), "it is not UTF-8 text"],
    "an array": [refusal(Buffer.from("[]")), "the manifest must be an object"],
    "17 MiB": [refusal(Buffer.alloc(largestManifest + 1, " ")), "it is larger than 16 MiB"],
    "10,001 secrets": [
        refuse({ secrets: Array.from({ length: 10_001 }, (_, i) => writtenSecret({ name: `s${i}` })) }),
        "has more than 10000 entries",
    ],
}
for (const [why, [said, expected]] of Object.entries(cases)) {
    test(`refuses ${why}`, () => {
        expect(said).toContain(expected)
        expect(said).not.toContain("CANARY")
    })
}
