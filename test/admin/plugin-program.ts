import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodeBech32 } from "../../agent/age/bech32.ts"

export const pluginRecipientText = encodeBech32("age1test", Buffer.from("recipient"))
export const pluginIdentityText = encodeBech32("age-plugin-test-", Buffer.from("identity")).toUpperCase()

/** How a run of the plugin began. */
export interface PluginStart {
    readonly argv: readonly string[]
    readonly env: Readonly<Record<string, string>>
    readonly cwd: string
}

// A real plugin, far too simple for real life: it turns the file key around. $MODE makes it ask, fail or fall silent.
const source = String.raw`
const { appendFileSync } = require("node:fs")
const lines = require("node:readline").createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const encode = (bytes) => Buffer.from(bytes).toString("base64").replaceAll("=", "")
const say = (head, body = "") => {
    const encoded = encode(body)
    const full = encoded.match(/.{64}/g) ?? []
    process.stdout.write(["-> " + head, ...full, encoded.slice(full.length * 64)].join("\n") + "\n")
}
const hear = async () => {
    const { value } = await lines.next()
    if (value === undefined) process.exit(1)
    const [, type, ...args] = value.split(" ")
    let text = ""
    for (;;) {
        const { value: line = "" } = await lines.next()
        text += line
        if (line.length < 64) return { type, args, body: Buffer.from(text, "base64") }
    }
}
const modes = {
    silent: () => new Promise(() => setInterval(() => {}, 1000)),
    noise: () => { for (;;) process.stdout.write("x".repeat(65536)) },
    slow: () => new Promise((resolve) => setTimeout(resolve, 5500)),
    fail: async (identity) => { say("error internal", "\x1b[31mno " + identity); await hear() },
    ask: async () => {
        say("msg", "touch\x1b[2J the key"); await hear()
        say("request-public", "Name?"); const name = await hear()
        say("request-secret", "PIN?"); const pin = await hear()
        say("confirm " + encode("sure") + " " + encode("no"), "Really"); const sure = await hear()
        return name.body.toString() === "alice" && pin.body.toString() === "CANARY" && sure.args[0] === "yes"
    },
}
const main = async () => {
    appendFileSync(LOG, JSON.stringify({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd() }) + "\n")
    const given = []
    for (let message = await hear(); message.type !== "done"; message = await hear()) given.push(message)
    const of = (type) => given.filter((message) => message.type === type)
    const isOpen = (await modes[process.env.MODE]?.(of("add-identity")[0]?.args[0])) ?? true
    for (const [index, { body }] of of("wrap-file-key").entries()) {
        say("recipient-stanza " + index + " test " + of("add-recipient")[0].args[0], body.reverse())
        await hear()
    }
    for (const { args, body } of isOpen ? of("recipient-stanza") : []) {
        if (args[1] !== "test") continue
        say("file-key " + args[0], body.reverse())
        await hear()
    }
    say("done")
}
main().then(() => process.stdin.destroy())
`

/** Writes the plugin as an executable `age-plugin-test` into `directory`, and a way to see how it was started. */
export function writePlugin(directory: string): {
    program: string
    starts: () => PluginStart[]
    forget: () => void
} {
    const program = join(directory, "age-plugin-test")
    const log = join(directory, "age-plugin-test.log")
    writeFileSync(program, `#!${process.execPath}\n${source.replace("LOG", JSON.stringify(log))}`, {
        mode: 0o755,
    })
    const forget = (): void => writeFileSync(log, "")
    forget()
    const starts = (): PluginStart[] =>
        readFileSync(log, "utf8")
            .split("\n")
            .filter((line) => line !== "")
            .map((line): PluginStart => JSON.parse(line))
    return { program, starts, forget }
}
