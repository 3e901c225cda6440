import { describe, expect, test } from "vitest"
import { parseManifest } from "../../../agent/admin/generate/manifest.ts"
import type { Generator } from "../../../agent/repo/generators/generator.ts"

const written = (generator: unknown, more: object = {}) =>
    JSON.stringify({ version: 1, machines: { web01: { app: generator } }, ...more })

function parsed(generator: unknown): Generator {
    const found = parseManifest(written(generator)).declared.get("web01")?.get("app")
    if (found === undefined) throw new Error("no generator")
    return found
}

const make = (file: unknown) => parsed({ files: { f: { make: file } } }).files.get("f")?.make

test("everything but the files may be left out", () => {
    expect(parsed({ files: { password: { make: { random: {} } } } })).toEqual({
        share: false,
        dependencies: [],
        readers: { users: [], groups: [] },
        prompts: new Map(),
        files: new Map([
            [
                "password",
                {
                    secret: true,
                    deploy: true,
                    restartUnits: [],
                    neededFor: "services",
                    make: { kind: "random", chars: "alnum", length: 32 },
                },
            ],
        ]),
        script: undefined,
        validation: undefined,
        rotate: { maxAge: undefined, overlap: false, confirm: false, apply: false },
    })
})

test("what clan's options say is taken, and what is no business of values is left out", () => {
    const { script, prompts, files, dependencies } = parsed({
        name: "app",
        dependencies: ["ca"],
        prompts: {
            token: {
                type: "hidden",
                persist: true,
                name: "token",
                display: { group: null, label: "Token", helperText: null, required: true },
            },
        },
        files: {
            env: {
                owner: "app",
                group: "app",
                mode: "0440",
                neededFor: "activation",
                restartUnits: ["app.service"],
            },
        },
        script: {
            path: "/nix/store/00000000000000000000000000000000-app",
            drv: "/nix/store/x.drv",
            text: "x",
        },
        runtimeInputs: ["/nix/store/00000000000000000000000000000000-openssl"],
        system: "x86_64-linux",
    })
    expect(dependencies).toEqual(["ca"])
    expect(script).toEqual({
        path: "/nix/store/00000000000000000000000000000000-app",
        drv: "/nix/store/x.drv",
        text: "x",
        runtimeInputs: ["/nix/store/00000000000000000000000000000000-openssl"],
        system: "x86_64-linux",
    })
    expect(prompts.get("token")).toEqual({ type: "hidden", description: "token", persist: true })
    expect([...files.keys()]).toEqual(["env", "token"])
    expect(files.get("env")).toMatchObject({
        neededFor: "activation",
        restartUnits: ["app.service"],
        make: { kind: "script" },
    })
    expect(files.get("token")?.make).toEqual({ kind: "script", sources: [] })
})

test.each([
    ["no script: an answer that is kept is the file", "", { kind: "prompt", prompt: "p", orElse: undefined }],
    ["a script may write another one", "echo CANARY", { kind: "script", sources: [] }],
])("%s", (_what, script, expected) => {
    const { files } = parsed({ prompts: { p: { persist: true } }, files: {}, script })
    expect(files.get("p")?.make).toEqual(expected)
})

test("a prompt may be declared where it is used, with what is made when the answer is empty", () => {
    const { prompts, files } = parsed({
        files: {
            token: { make: { prompt: { description: "The token", orElse: { random: { chars: "hex" } } } } },
        },
    })
    expect(prompts.get("token")).toEqual({ type: "hidden", description: "The token", persist: false })
    expect(files.get("token")?.make).toEqual({
        kind: "prompt",
        prompt: "token",
        orElse: { kind: "random", chars: "hex", length: 32 },
    })
})

test("a template is parts, or a text with the markers of the modules", () => {
    const parts = ["DB=", { file: "password" }, "\nCA=", { input: "ca", file: "key" }, { prompt: "p" }]
    expect(make({ template: parts })).toEqual({ kind: "template", parts })
    const text = "DB=<HOSTSEAL:file/app/password>\nCA=<HOSTSEAL:file/ca/key><HOSTSEAL:prompt/p>"
    expect(make({ template: text })).toEqual({ kind: "template", parts })
})

test.each([
    [86_400, 86_400],
    ["90d", 7_776_000],
    ["12h", 43_200],
    ["2w", 1_209_600],
    ["1y", 31_536_000],
    [null, undefined],
])("the longest age %j is %j seconds", (maxAge, seconds) => {
    expect(parsed({ files: {}, rotate: { maxAge } }).rotate.maxAge).toBe(seconds)
})

test("what a disk is opened with has to be confirmed, unless that is declared otherwise", () => {
    const files = { key: { neededFor: "partitioning", make: { random: {} } } }
    expect(parsed({ files }).rotate.confirm).toBe(true)
    expect(parsed({ files, rotate: { confirm: false } }).rotate.confirm).toBe(false)
    expect(parsed({ files: {}, rotate: { confirm: true, overlap: true, apply: "true" } }).rotate).toEqual({
        maxAge: undefined,
        overlap: true,
        confirm: true,
        apply: true,
    })
})

test("generators that could not be evaluated, and those of exports, are told", () => {
    const { declared, unevaluated, exports } = parseManifest(
        written({ error: true }, { exports: { "a:b": { generators: {} }, empty: {} } }),
    )
    expect(declared.get("web01")?.size).toBe(0)
    expect(unevaluated).toEqual([{ machine: "web01", name: "app" }])
    expect(exports).toEqual(["a:b"])
})

describe("refuses, naming the place,", () => {
    const because = (text: string): string => {
        try {
            parseManifest(text)
        } catch (error) {
            if (!(error instanceof Error)) throw error
            return `${error.message}\n${error.cause instanceof Error ? error.cause.message : ""}`
        }
        throw new Error("it was taken")
    }
    test.each<[string, unknown, readonly string[]]>([
        ["an unknown field", { files: {}, fils: {} }, ['"fils"', "machines.web01.app"]],
        [
            "an unknown kind",
            { files: { f: { make: { randum: {} } } } },
            ['"randum"', "machines.web01.app.files.f.make"],
        ],
        ["two kinds", { files: { f: { make: { random: {}, wireguard: {} } } } }, ["one kind is needed"]],
        [
            "a file that nothing makes",
            { files: { f: {} } },
            ['nothing says how file "f" is made', '"app" of web01'],
        ],
        [
            "an unknown type of prompt",
            { files: {}, prompts: { p: { type: "secret" } } },
            ['prompts.p.type: expected "line", "hidden"'],
        ],
        [
            "a marker of nothing",
            { files: { f: { make: { template: "<HOSTSEAL:fil/a/b>" } } } },
            ["<HOSTSEAL:"],
        ],
        ["lists that values are made for", { files: {}, validation: [1] }, ["validation is made of"]],
        ["an age without a unit", { files: {}, rotate: { maxAge: "90" } }, ["rotate.maxAge"]],
        [
            "a program that is no path",
            { files: {}, script: "x", runtimeInputs: ["openssl"] },
            ["absolute path"],
        ],
    ])("%s", (_what, generator, messages) => {
        for (const message of messages) expect(because(written(generator))).toContain(message)
    })

    test("a manifest of a later version", () => {
        expect(because('{"version":2,"generators":[]}')).toContain(
            "the manifest has version 2, and this program understands version 1",
        )
    })

    test("what is no manifest", () => {
        expect(because("{")).toContain("not JSON")
        expect(because("[]")).toContain("not a manifest of generators")
    })
})
