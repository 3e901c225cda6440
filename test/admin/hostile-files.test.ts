// Files that are something else, too large, or nonsense: see siege.ts for what has to hold.

import { describe, expect, test } from "vitest"
import { Siege } from "./siege.ts"

const siege = Siege.lay()

describe("files that are not what they should be", () => {
    const key = "sops/users/bob/key.json"
    const secret = "sops/secrets/wifi/secret"
    const cases: readonly (readonly [string, () => void, string])[] = [
        ["a FIFO for keys", () => siege.fifo(key), key],
        ["a folder for keys", () => siege.folder(key), key],
        ["64 MiB of keys", () => siege.hole(key), key],
        ["keys that are no JSON", () => siege.text(key, "{"), key],
        ["keys that are a number", () => siege.text(key, "5"), key],
        ["a key of an unknown type", () => siege.text(key, '[{"publickey":"age1x","type":"rot13"}]'), key],
        [
            "the same name twice in a key",
            () =>
                siege.text(
                    key,
                    `[{"publickey":"${siege.origin.key("alice").recipient}","publickey":"${siege.origin.key("bob").recipient}","type":"age"}]`,
                ),
            key,
        ],
        ["deep nesting", () => siege.text(key, `${"[".repeat(100_000)}${"]".repeat(100_000)}`), key],
        ["a FIFO for a value", () => siege.fifo(secret), secret],
        ["a folder for a value", () => siege.folder(secret), secret],
        ["64 MiB of value", () => siege.hole(secret), secret],
        ["a value that is no JSON", () => siege.text(secret, "{"), secret],
        ["an empty value file", () => siege.text(secret, ""), secret],
        [
            "a document without recipients",
            () =>
                siege.text(
                    secret,
                    '{"data":"ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]","sops":{"age":[],"version":"3.9.0"}}',
                ),
            secret,
        ],
        ["bytes that are no text", () => siege.text(secret, Buffer.from([0xff, 0xfe, 0x00, 0x80])), secret],
        [
            "a prototype",
            () => siege.text(secret, '{"__proto__":{"data":1},"data":"x","sops":{"__proto__":{}}}'),
            secret,
        ],
    ]
    test.each(cases)("%s", async (_name, make, path) => {
        make()
        const isKey = path === key
        // Nobody can tell any more what a change would come to.
        const words = isKey
            ? [
                  ["groups", "remove-user", "admins", "bob"],
                  ["users", "remove", "bob"],
                  ["key", "update"],
                  ["verify"],
              ]
            : [["get", "wifi"], ["machines", "add-secret", "web01", "wifi"], ["verify"]]
        for (const line of words) {
            const { out, err } = await siege.comesToNothing(line)
            expect(out + err, line.join(" ")).toMatch(isKey ? /bob/u : /wifi/u)
        }
        // Taking away works as far as there is something to take away.
        if (!isKey) await siege.keepsInside(["users", "remove", "bob"])
        await siege.keepsInside(["list"])
        await siege.keepsInside(["graph", "--json"])
    })
})
