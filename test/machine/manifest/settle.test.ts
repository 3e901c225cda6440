// What becomes of entries that are wrong or unsafe: a fault of that entry, or a warning, and never of the manifest.

import { expect, test } from "vitest"
import type { AnyEntry, Manifest } from "../../../agent/machine/manifest/manifest.ts"
import { parseManifest } from "../../../agent/machine/manifest/parse.ts"
import { asBytes, writtenManifest, writtenSecret, writtenTemplate } from "../manifest-examples.ts"

const parse = (fields: Record<string, unknown>): Manifest =>
    parseManifest(asBytes(writtenManifest(fields)), "/m.json", () => "/run/user/0")
const secret = (fields: Record<string, unknown>): AnyEntry & Manifest => {
    const manifest = parse({ secrets: [writtenSecret({ name: "a", ...fields })] })
    const [entry] = manifest.secrets
    if (entry === undefined) expect.fail("no secret")
    return { ...manifest, ...entry }
}

/** Fields of a secret, and why it cannot be installed. */
const faults: Record<string, [fields: Record<string, unknown>, fault: string]> = {
    "a name that leaves the generation": [
        { name: "../../etc/shadow" },
        "leaves the directory of the secrets",
    ],
    "a name that leaves it half way": [{ name: "a/../../b" }, "leaves the directory of the secrets"],
    "an absolute name that leaves it": [{ name: "/../b" }, "leaves the directory of the secrets"],
    "an empty name": [{ name: "" }, "its name is empty"],
    "a name that is the directory": [{ name: "./" }, "its name is empty"],
    "a name with NUL": [{ name: "a\0b" }, "holds a NUL"],
    "a name with a part of 256 bytes": [{ name: "é".repeat(128) }, "longer than 255 bytes"],
    "a name that is a number": [{ name: 7 }, "name must be text"],
    "a mode that is not octal": [{ mode: "0480" }, "its mode is not octal"],
    "a mode with a sign": [{ mode: "-400" }, "its mode is not octal"],
    "a mode of 17 bits": [{ mode: "200000" }, "its mode is not octal"],
    "no mode": [{ mode: null }, "its mode is not octal"],
    "a mode that is a number": [{ mode: 400 }, "mode must be text"],
    "a fractional uid": [{ uid: 1.5 }, "uid must be a whole number"],
    "a path with NUL": [{ path: "/a\0" }, "its path holds a NUL"],
    "no sopsFile": [{ sopsFile: "" }, "its sopsFile is not an absolute path"],
    "units that are no list": [{ restartUnits: "a.service" }, "restartUnits must be a list"],
}
test.each(Object.entries(faults))("%s is a fault of that secret", (_, [fields, fault]) => {
    const bad = { ...writtenSecret({ name: "a" }), ...fields }
    const manifest = parse({ secrets: [bad, writtenSecret({ name: "z" })] })
    expect(manifest.secrets[0]?.faults.join("; ")).toContain(fault)
    expect(manifest.secrets[1]?.faults).toEqual([])
    expect(manifest.warnings).toEqual([])
})

test("an entry that is none at all", () => {
    const { secrets } = parse({ secrets: [null, 5, writtenSecret({ name: "a" })] })
    expect(secrets.map((entry) => [entry.label, entry.faults])).toEqual([
        ['secret "number 1"', ["secrets[0] must be an object"]],
        ['secret "number 2"', ["secrets[1] must be an object"]],
        ['secret "a"', []],
    ])
})

test("a template without text", () => {
    const { templates } = parse({ templates: [writtenTemplate({ name: "t", content: "", file: null })] })
    expect(templates[0]?.faults).toEqual(["neither content nor file was specified for it"])
})

/** Fields of a secret, what becomes of it, and what is said. */
const doubts: Record<string, [fields: Record<string, unknown>, result: object, said: string]> = {
    "a name with .": [{ name: "./x/./y" }, { file: "x/y" }, 'is installed as "x/y": write its name without'],
    "a name with .. that stays": [{ name: "x/../y" }, { file: "y" }, 'is installed as "y"'],
    "an absolute name": [{ name: "/x" }, { file: "x", path: "/run/secrets/x" }, 'is installed as "x"'],
    "a name with two slashes": [{ name: "x//y" }, { file: "x/y", path: "/run/secrets/x/y" }, 'as "x/y"'],
    "a relative path": [{ path: "x" }, { path: `${process.cwd()}/x` }, "write an absolute path"],
    "a path with ..": [{ path: "/etc/a/../x" }, { path: "/etc/x" }, 'has a path with ".." in it'],
    "a path among the generations": [
        { path: "/run/secrets.d/foo" },
        { path: "/run/secrets.d/foo", misplaced: undefined },
        "among the generations: write one outside of /run/secrets.d",
    ],
    "a set-uid mode": [{ mode: "04755" }, { mode: 0o755 }, "of which only 0755 counts"],
    "the uid -1": [{ uid: -1 }, { owner: { id: -1 } }, "uid -1, which is that of the agent itself"],
    "the gid -2": [{ gid: -2 }, { group: { id: 4294967294 } }, "which is 4294967294"],
    "a uid of 33 bits": [{ uid: 4294967297 }, { owner: { id: 1 } }, "which is 1"],
    "a unit with a space": [{ reloadUnits: ["a b.service"] }, { reloadUnits: ["a b.service"] }, "escapes"],
    "a unit that looks like an option": [
        { restartUnits: ["--now"] },
        { restartUnits: ["--now.service"] },
        '"--now"',
    ],
    "a unit with a newline": [
        { restartUnits: ["a\nb"] },
        { restartUnits: [] },
        String.raw`"a\nb", which cannot be`,
    ],
    "an empty unit": [{ restartUnits: [""] }, { restartUnits: [] }, "which cannot be a unit"],
    "an unknown format": [
        { format: "YAML" },
        { format: "yaml" },
        'the unknown format "YAML" and is read as yaml',
    ],
    "an unknown field": [{ onwer: "x" }, { owner: { id: 0 } }, "do not know have no effect: secrets[].onwer"],
}
test.each(Object.entries(doubts))("%s is a warning", (_, [fields, result, said]) => {
    const entry = secret(fields)
    expect(entry).toMatchObject({ ...result, faults: [], hidden: false })
    expect(entry.warnings).toHaveLength(1)
    expect(entry.warnings[0]?.replace("does", "do")).toContain(said)
})

test("a name with a newline is a name, and one line", () => {
    expect(secret({ name: "a\nb" })).toMatchObject({ file: "a\nb", faults: [], warnings: [] })
})

const two = (a: Record<string, unknown>, b: Record<string, unknown>): Manifest =>
    parse({ secrets: [writtenSecret({ name: "a", ...a }), writtenSecret({ name: "b", ...b })] })

test("of two secrets with one name the last one is there, and both their units are asked", () => {
    const manifest = two({ restartUnits: ["x.service"] }, { name: "./a", restartUnits: ["y.service"] })
    expect(manifest.secrets.map(({ hidden }) => hidden)).toEqual([true, false])
    expect(manifest.secrets[1]?.restartUnits).toEqual(["x.service", "y.service"])
    expect(manifest.warnings).toContainEqual(expect.stringContaining("have one name, so only the latter"))
})

test("of two secrets with one path the last one is there", () => {
    const { secrets, warnings } = two({ path: "/etc/x" }, { path: "/etc//x" })
    expect(secrets.map(({ path }) => path)).toEqual(["/run/secrets/a", "/etc/x"])
    expect(warnings).toEqual([
        'secret "a" and secret "b" have the path /etc/x, where only the latter is: give one another path',
    ])
})

test("a path that is the place of another secret", () => {
    const { secrets, warnings } = two({ path: "/run/secrets/b" }, {})
    expect(secrets.map(({ hidden }) => hidden)).toEqual([false, true])
    expect(warnings).toEqual([
        'the path of secret "a" is the place of secret "b", which is not installed: give it another path',
    ])
})

test("two secrets that want each other's place", () => {
    const { secrets } = two({ path: "/run/secrets/b" }, { path: "/run/secrets/a" })
    expect(secrets.map(({ misplaced }) => misplaced)).toEqual([
        undefined,
        expect.stringContaining("would be a link to a link"),
    ])
})

test("a secret at the place of a template", () => {
    const { secrets } = parse({
        secrets: [writtenSecret({ name: "rendered/t" })],
        templates: [writtenTemplate({ name: "t" })],
    })
    expect(secrets[0]?.hidden).toBe(true)
})

test.each([
    ["a", "a/b", 'its name needs a directory "a", where secret "a" is'],
    ["a/b", "a", 'its name is that of a directory which secret "a/b" needs'],
])("of %s and %s only the first one can be there", (first, second, fault) => {
    const { secrets } = two({ name: first }, { name: second })
    expect(secrets.map(({ faults: found }) => found)).toEqual([[], [fault]])
})

test("one file of two formats", () => {
    const source = { sopsFile: "/f" }
    expect(two({ ...source, format: "json" }, { ...source, format: "binary" }).secrets[1]?.faults).toEqual([
        "secret b defined the format of /f as binary, but it was specified as json in a before",
    ])
})

test.each([
    ["/run/secrets", "which holds the secrets"],
    ["/run", "which holds the secrets"],
    ["/run/secrets.d", "which holds the secrets"],
    ["/run/secrets.d/.hostseal/x", "where the agent keeps what it knows"],
    ["/etc/ssh/ssh_host_ed25519_key", "would replace a key that opens secrets"],
    ["/nix/store/abc-a", "would replace a file that the next installation reads"],
])("nothing is put at %s", (path, said) => {
    const entry = secret({ path })
    expect(entry.misplaced).toContain(said)
    expect(entry.faults).toEqual([])
})

test("a negative number of generations keeps one", () => {
    const { keepGenerations, warnings } = parse({ keepGenerations: -3 })
    expect([keepGenerations, warnings]).toEqual([
        1,
        ["keepGenerations is -3, which keeps one generation: write 1"],
    ])
})

test("unknown fields at all levels are one warning", () => {
    const { warnings } = parse({
        future: 1,
        logging: { keyImport: true, colour: true },
        secrets: [writtenSecret({ name: "a", future: 1 }), writtenSecret({ name: "b", future: 1 })],
        templates: [writtenTemplate({ name: "t", engine: "x" })],
        hostseal: { version: 1, shiny: 1, secrets: { a: { sparkle: 1 } }, templates: { t: { glow: 1 } } },
    })
    expect(warnings).toEqual([
        "fields that this agent does not know have no effect: future, logging.colour, hostseal.shiny, " +
            "secrets[].future, templates[].engine, hostseal.secrets.*.sparkle, hostseal.templates.*.glow",
    ])
})

test("what hostseal says about a secret that is not there", () => {
    const { warnings } = parse({ hostseal: { version: 1, secrets: { b: {} } } })
    expect(warnings).toEqual(['hostseal.secrets names "b", which is no secret of this manifest'])
})

test("a key that stands twice counts as it stands last", () => {
    const bytes = asBytes(writtenManifest({})).toString().replace("{", '{"keep\\u0047enerations":3,')
    const { keepGenerations, warnings } = parseManifest(Buffer.from(bytes), "/m.json", () => "")
    expect([keepGenerations, warnings]).toEqual([
        1,
        ['the key "keepGenerations" stands twice in one object: write it once'],
    ])
})

test("of two secrets with one placeholder the last one is put in", () => {
    const { placeholders, warnings } = parse({
        secrets: [writtenSecret({ name: "a" }), writtenSecret({ name: "b" })],
        placeholderBySecretName: { b: "@x@", a: "@x@", c: "" },
    })
    expect(placeholders).toEqual(new Map([["@x@", "b"]]))
    expect(warnings).toHaveLength(2)
})
