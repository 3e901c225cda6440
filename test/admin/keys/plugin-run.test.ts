import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeEach, expect, test } from "vitest"
import { pluginIdentity, pluginRecipient } from "../../../agent/admin/keys/plugin-run.ts"
import type { PluginWorld } from "../../../agent/admin/keys/plugin-run.ts"
import { openAge, readHeader, sealAge } from "../../../agent/age/file.ts"
import { parseIdentityFile } from "../../../agent/age/identity-file.ts"
import type { Identity, WrappingRecipient } from "../../../agent/age/key.ts"
import { generateIdentity, parseIdentity } from "../../../agent/age/identity.ts"
import { parseRecipient } from "../../../agent/age/recipient.ts"
import { pluginIdentityText, pluginRecipientText, writePlugin } from "../plugin-program.ts"
import { atTerminal, nodeProgram } from "../terminal.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-plugin-run-"))
const plugin = writePlugin(root)
mkdirSync(join(root, ".config", "hostseal"), { recursive: true })
writeFileSync(
    join(root, ".config", "hostseal", "plugins.json"),
    JSON.stringify({ test: { program: plugin.program, env: ["MODE"] } }),
)
afterAll(() => rmSync(root, { recursive: true }))
beforeEach(plugin.forget)

const env = {
    PATH: "/usr/bin:/bin",
    HOME: root,
    SOPS_AGE_KEY: "CANARY",
    NODE_OPTIONS: "--title=x",
    EDITOR: "vi",
}

/** A world with the plugin in this mode, and nobody at the terminal. */
function world(mode?: string, said: string[] = []): PluginWorld {
    return {
        env: mode === undefined ? env : { ...env, MODE: mode },
        err: (text) => void said.push(text),
        terminal: () => undefined,
    }
}

function recipient(at: PluginWorld = world(), text = pluginRecipientText): WrappingRecipient {
    const parsed = parseRecipient(text)
    if (parsed.kind !== "unresolved plugin") throw new Error("not a plugin's recipient")
    return pluginRecipient(parsed, at)
}

function identity(
    at: PluginWorld = world(),
    text = `# recipient: ${pluginRecipientText}\n${pluginIdentityText}`,
): Identity {
    const [parsed] = parseIdentityFile(Buffer.from(text)).plugins
    if (parsed === undefined) throw new Error("not a plugin's identity")
    return pluginIdentity(parsed, at)
}

const value = Buffer.from("CANARY")

test("seals and opens through a plugin", async () => {
    const file = await sealAge(value, [recipient()], "armor")
    expect(readHeader(file).stanzas.map(({ type }) => type)).toEqual(["test"])
    expect(await openAge(file, [identity()])).toEqual(value)
    expect(plugin.starts().map(({ argv }) => argv)).toEqual([
        ["--age-plugin=recipient-v1"],
        ["--age-plugin=identity-v1"],
    ])
    expect(identity().recipient).toBe(pluginRecipientText)
    expect(identity(world(), pluginIdentityText).recipient).toBe("")
})

test("a plugin gets a directory of its own and a built environment, and nothing is left of it", async () => {
    await sealAge(value, [recipient(world("x"))], "binary")
    const [start] = plugin.starts()
    expect(start?.env).toEqual({ PATH: "/usr/bin:/bin", HOME: root, MODE: "x" })
    expect(start?.cwd).toContain("hostseal-plugin-")
    expect(existsSync(start?.cwd ?? "/")).toBe(false)
})

test("one run wraps what is sealed at the same time, and one unwraps many files", async () => {
    const to = recipient()
    const files = await Promise.all(
        Array.from({ length: 40 }, async (_, index) =>
            sealAge(Buffer.from(`CANARY ${index}`), [to], "binary"),
        ),
    )
    expect(plugin.starts().length).toBeLessThanOrEqual(2)
    plugin.forget()
    const headers = files.map(readHeader)
    const other = readHeader(await sealAge(value, [parseNative()], "binary"))
    const keys = await identity().unwrapAll?.([...headers, other].map(({ stanzas }) => stanzas))
    expect(keys?.filter((key) => key?.length === 16)).toHaveLength(40)
    expect(keys?.at(-1)).toBeUndefined()
    expect(plugin.starts()).toHaveLength(1)
})

test("a plugin that fails is quoted without control characters and without the identity", async () => {
    const file = await sealAge(value, [recipient()], "binary")
    const failure = openAge(file, [identity(world("fail"))])
    await expect(failure).rejects.toThrow(/^the plugin failed: \[31mno \[identity\]$/u)
})

test("a plugin that does not keep to the protocol is ended", async () => {
    const file = await sealAge(value, [recipient()], "binary")
    await expect(openAge(file, [identity(world("noise"))])).rejects.toThrow("does not keep to the protocol")
})

test("without a terminal the plugin is told that nobody answers", async () => {
    const said: string[] = []
    const file = await sealAge(value, [recipient()], "binary")
    await expect(openAge(file, [identity(world("ask", said))])).rejects.toThrow("none of the identities")
    expect(said).toEqual(["age-plugin-test: touch [2J the key\n"])
})

test("says whom it waits for when that takes long", async () => {
    const said: string[] = []
    const file = await sealAge(value, [recipient()], "binary")
    await openAge(file, [identity(world("slow", said))])
    expect(said).toEqual(["waiting on age-plugin-test …\n"])
})

test("a plugin that is not listed runs neither as a recipient nor as an identity", async () => {
    const stranger: PluginWorld = { ...world(), env: { ...env, HOME: "/nonexistent", PATH: root } }
    expect(() => recipient(stranger)).toThrow(`the age plugin "test" is not one of those that may run`)
    await expect(identity(stranger).unwrapAll?.([])).rejects.toThrow("is not one of those that may run")
    expect(plugin.starts()).toEqual([])
})

const opening = nodeProgram(`
    import { pluginIdentity } from "agent:admin/keys/plugin-run.ts"
    import { openAge } from "agent:age/file.ts"
    const world = {
        env: process.env,
        err: (text) => process.stderr.write(text),
        terminal: () => ({ input: process.stdin, output: process.stderr }),
    }
    const identity = pluginIdentity({ name: "test", text: process.env.IDENTITY }, world)
    try {
        const opened = await openAge(Buffer.from(process.env.AGE_FILE, "base64"), [identity])
        console.log("opened " + opened.length)
    } catch (error) {
        console.log(error.message)
        process.exitCode = error.exitCode ?? 1
    }
`)

for (const [why, answers, status, end] of [
    ["answers", ["alice\n", "CANARY\r", "y\n"], 0, "opened 6"],
    ["says no", ["alice\n", "CANARY\r", "n\n"], 1, "none of the identities"],
    ["types a wrong PIN", ["alice\n", "1234\r", "y\n"], 1, "none of the identities"],
    ["types no PIN", ["alice\n", "\r", "y\n"], 1, "none of the identities"],
    ["gives up", ["alice\n", "CAN\x03"], 130, "interrupted"],
] as const) {
    test(`a person at a terminal ${why}`, async () => {
        const file = await sealAge(value, [recipient()], "binary")
        const more = {
            MODE: "ask",
            IDENTITY: pluginIdentityText,
            AGE_FILE: file.toString("base64"),
            TERM: "xterm",
        }
        const texts = [
            "age-plugin-test: Name? ",
            "age-plugin-test: PIN? ",
            "age-plugin-test: Really (yes: sure; no: no) [y/N] ",
        ]
        const steps = answers.flatMap((answer, index) => [{ expect: texts[index] ?? "" }, { type: answer }])
        const session = await atTerminal(opening, steps, { env: { ...env, NODE_OPTIONS: "", ...more } })
        expect(session).toMatchObject({ status, restored: true })
        expect(session.shown).toContain(end)
        expect(session.shown).not.toContain("CANARY")
        expect(session.shown).toContain("touch [2J the key")
    })
}

function parseNative(): WrappingRecipient {
    const parsed = parseRecipient(parseIdentity(generateIdentity().secret).recipient)
    if (parsed.kind !== "x25519") throw new Error("not native")
    return parsed
}
