import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { readdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { configurationFile, installedPlugins, listedPlugins } from "../../../agent/admin/keys/plugins.ts"
import { problemOfPlugin, requirePlugin } from "../../../agent/admin/keys/plugins.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-plugins-"))
afterAll(() => rmSync(root, { recursive: true }))

/** A home directory with this list of plugins. */
function home(list: unknown, mode = 0o600): { HOME: string; PATH: string } {
    const HOME = mkdtempSync(join(root, "home-"))
    mkdirSync(join(HOME, ".config", "hostseal"), { recursive: true })
    const file = join(HOME, ".config", "hostseal", "plugins.json")
    writeFileSync(file, typeof list === "string" ? list : JSON.stringify(list))
    chmodSync(file, mode)
    return { HOME, PATH: "/usr/bin:/bin" }
}

function program(name: string, mode = 0o755): string {
    const file = join(mkdtempSync(join(root, "bin-")), name)
    writeFileSync(file, "#!/bin/sh\nexit 1\n")
    chmodSync(file, mode)
    return file
}

test("takes plugins from the variable and from the configuration, the variable first", () => {
    const [yubikey, tpm, other] = ["yubikey", "tpm", "yubikey"].map((name) => program(`age-plugin-${name}`))
    const env = home({ yubikey: other, batchpass: { program: "/bin/false", env: ["AGE_PASSPHRASE"] } })
    const source = configurationFile(env)
    expect([...listedPlugins({ ...env, HOSTSEAL_AGE_PLUGINS: `${yubikey}:${tpm}` }).values()]).toEqual([
        { name: "yubikey", program: yubikey, env: [], source: "HOSTSEAL_AGE_PLUGINS" },
        { name: "batchpass", program: "/bin/false", env: ["AGE_PASSPHRASE"], source },
        { name: "tpm", program: tpm, env: [], source: "HOSTSEAL_AGE_PLUGINS" },
    ])
    expect(listedPlugins({ HOME: "/nonexistent" }).size).toBe(0)
    expect(configurationFile({ HOME: "/h", XDG_CONFIG_HOME: "/c" })).toBe("/c/hostseal/plugins.json")
    expect(configurationFile({ HOME: "/h", XDG_CONFIG_HOME: "relative" })).toBe(
        "/h/.config/hostseal/plugins.json",
    )
})

for (const [why, list] of [
    ["a relative path", { x: "age-plugin-x" }],
    ["a path of the current directory", { x: "./age-plugin-x" }],
    ["a name that leads elsewhere", { "../x": "/bin/true" }],
    ["a name of dots", { "..": "/bin/true" }],
    ["an empty name", { "": "/bin/true" }],
    ["a name with a blank", { "a b": "/bin/true" }],
    ["a name in capitals", { X: "/bin/true" }],
    ["a NUL in the path", { x: "/bin/true\0" }],
    ["a variable that loads code", { x: { program: "/bin/true", env: ["LD_PRELOAD"] } }],
    ["node's options", { x: { program: "/bin/true", env: ["NODE_OPTIONS"] } }],
    ["a field it does not know", { x: { program: "/bin/true", args: ["--x"] } }],
    ["a list", ["/bin/true"]],
    ["no JSON", "{"],
] as const) {
    test(`refuses a configuration with ${why}`, () => {
        expect(() => listedPlugins(home(list))).toThrow(/is not (?:a list of plugins|JSON)$/u)
    })
}

test("refuses a configuration that others can write", () => {
    expect(() => listedPlugins(home({ x: "/bin/true" }, 0o666))).toThrow("others could have written it")
    expect(() => listedPlugins(home({ x: "/bin/true" }, 0o620))).toThrow("others could have written it")
    expect(listedPlugins(home({ x: "/bin/true" }, 0o644)).size).toBe(1)
})

for (const value of [
    "age-plugin-x",
    "/bin/age-plugin-",
    "/bin/age-plugin-..",
    "/bin/age-plugin-A",
    "./age-plugin-x",
]) {
    test(`refuses ${value} in the variable`, () => {
        expect(() => listedPlugins({ HOME: root, HOSTSEAL_AGE_PLUGINS: value })).toThrow("absolute paths")
    })
}

test("a name from a repository selects a listed plugin, and never looks in PATH or the current directory", () => {
    const planted = program("age-plugin-evil")
    const listed = program("age-plugin-x")
    const env = { ...home({ x: listed }), PATH: `${join(planted, "..")}:.` }
    for (const name of ["evil", "../x", "./x", "", "x/../x", "X"]) {
        expect(() => requirePlugin(name, env), name).toThrow("is not one of those that may run")
    }
    expect(requirePlugin("x", env).program).toBe(listed)
    expect(() => requirePlugin("evil\x1b[2J", env)).toThrow(String.raw`evil\x1b[2J`)
})

test("a listed plugin must be a program that only the user could have written", () => {
    for (const [path, message] of [
        [join(root, "absent"), "is not a program"],
        [program("age-plugin-x", 0o644), "is not a program"],
        [root, "is not a program"],
        [program("age-plugin-x", 0o777), "others could have changed it"],
        [program("age-plugin-x", 0o775), "others could have changed it"],
    ] as const) {
        expect(() => requirePlugin("x", home({ x: path }))).toThrow(message)
        expect(problemOfPlugin({ name: "x", program: path, env: [], source: "" })).toContain(message)
    }
    const ours = program("age-plugin-x", 0o755)
    expect(problemOfPlugin({ name: "x", program: ours, env: [], source: "" })).toBeUndefined()
})

test("knows what could be listed, without running it", () => {
    const found = program("age-plugin-found")
    const read = (path: string): readonly string[] => readdirSync(path)
    expect(installedPlugins({ PATH: `.:${join(found, "..")}` }, read)).toEqual([found])
})
