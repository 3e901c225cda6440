import { expect, test } from "vitest"
import { parseSettings } from "../../../agent/admin/manifest/settings.ts"

const problem = (settings: unknown): string => {
    try {
        parseSettings(JSON.stringify(settings), "web01.json")
        return ""
    } catch (error) {
        return error instanceof Error ? error.message.replace("web01.json is not as it should be: ", "") : ""
    }
}
const secret = (fields: object) => ({ version: 1, secrets: { wifi: fields } })

test.each<[unknown, string]>([
    [{}, "version must be 1"],
    [{ version: 2 }, "version must be 1"],
    [{ version: 1, sercets: {} }, "the whole has sercets, which it cannot have"],
    [{ version: 1, repository: "repo" }, "repository must be a path that begins with /, on one line"],
    [secret({ ower: "alice" }), "secrets.wifi has ower, which it cannot have"],
    [secret({ owner: "" }), "secrets.wifi.owner must be one line, and not empty"],
    [secret({ mode: "rw" }), "secrets.wifi.mode must be an octal mode such as 0400"],
    [secret({ mode: 400 }), "secrets.wifi.mode must be text"],
    [secret({ path: "etc/x" }), "secrets.wifi.path must be a path that begins with /, on one line"],
    [secret({ restartUnits: "a.service" }), "secrets.wifi.restartUnits must be a list"],
    [secret({ format: "toml" }), "secrets.wifi.format is no format that there is"],
    [secret({ hashed: "yescrypt" }), "secrets.wifi.hashed must be sha512crypt"],
    [
        { version: 1, templates: { t: { allowEmpty: true } }, onFailure: "x" },
        "onFailure must be keep, omit or abort; templates.t has allowEmpty, which it cannot have",
    ],
    ...["/etc/x.yaml", "../x.yaml", "a/../../x", "a//b", "a/", "./a", ""].map(
        (sopsFile): [unknown, string] => [
            secret({ sopsFile }),
            "secrets.wifi.sopsFile must be the path of a file below the repository",
        ],
    ),
    [secret({ sopsFile: "a/..b/.c.yaml" }), ""],
])("%j: %s", (settings, expected) => expect(problem(settings)).toBe(expected))

test("what is no JSON is refused without its content", () =>
    expect(() => parseSettings("CANARY", "web01.json")).toThrow(/^web01.json is not JSON$/u))
