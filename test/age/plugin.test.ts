import { PassThrough } from "node:stream"
import { expect, test } from "vitest"
import { AgeError } from "../../agent/age/error.ts"
import { nobody, unwrapWithPlugin, wrapWithPlugin } from "../../agent/age/plugin.ts"
import type { PluginPrompts, PluginRun } from "../../agent/age/plugin.ts"
import { formatStanza } from "../../agent/age/stanza.ts"

const fileKey = Buffer.alloc(16, "CANARY")
const recipient = "age1x1qqqqqqqq"
const identity = "AGE-PLUGIN-X-1SECRETCANARY"

/** A plugin that says this whatever it hears. It may talk ahead: the client answers in order all the same. */
function plugin(
    says: string,
    prompts: PluginPrompts = nobody,
    ends = true,
): { run: PluginRun; heard: () => string[] } {
    const output = new PassThrough()
    output.write(says, "latin1")
    if (ends) output.end()
    const written: Buffer[] = []
    const channel = { output, write: (bytes: Buffer) => void written.push(bytes) }
    // Without the grease, which is different each time.
    const heard = (): string[] => written.map(String).filter((message) => !message.startsWith("-> grease-"))
    return { run: { channel, prompts, deadline: 200 }, heard }
}

const message = (type: string, args: string[] = [], body = ""): string =>
    formatStanza({ type, args, body: Buffer.from(body) })
const stanza = message("recipient-stanza", ["0", "x", "arg"], "wrapped")
const key = formatStanza({ type: "file-key", args: ["0"], body: fileKey })
const done = message("done")
const header = [
    { type: "X25519", args: ["a"], body: Buffer.alloc(32) },
    { type: "x", args: [], body: Buffer.alloc(48) },
]

test("recipient-v1: what is sent, what comes back", async () => {
    const { run, heard } = plugin(message("labels", ["postquantum", "b"]) + stanza + stanza + done)
    const { stanzas, labels } = await wrapWithPlugin(
        run,
        { recipients: [recipient], identities: [identity] },
        [fileKey],
    )
    const wrapped = { type: "x", args: ["arg"], body: Buffer.from("wrapped") }
    expect(stanzas).toEqual([[wrapped, wrapped]])
    expect(labels).toEqual(new Set(["postquantum", "b"]))
    expect(heard()).toEqual([
        `-> add-recipient ${recipient}\n\n`,
        `-> add-identity ${identity}\n\n`,
        formatStanza({ type: "wrap-file-key", args: [], body: fileKey }),
        "-> extension-labels\n\n",
        "-> done\n\n",
        "-> ok\n\n",
        "-> ok\n\n",
        "-> ok\n\n",
    ])
})

test("recipient-v1: several file keys in one run", async () => {
    const second = message("recipient-stanza", ["1", "y"], "other")
    const { run } = plugin(second + stanza + done)
    const { stanzas, labels } = await wrapWithPlugin(run, { recipients: [recipient] }, [fileKey, fileKey])
    expect(stanzas.map((file) => file.map(({ type }) => type))).toEqual([["x"], ["y"]])
    expect(labels.size).toBe(0)
})

test("identity-v1: several files in one run, some of them not for it", async () => {
    const last = formatStanza({ type: "file-key", args: ["2"], body: fileKey })
    const { run, heard } = plugin(last + key + done)
    expect(await unwrapWithPlugin(run, [identity], [header, header, header.slice(0, 1)])).toEqual([
        fileKey,
        undefined,
        fileKey,
    ])
    expect(heard().slice(0, 3)).toEqual([
        `-> add-identity ${identity}\n\n`,
        `-> recipient-stanza 0 X25519 a\n${"A".repeat(43)}\n`,
        `-> recipient-stanza 0 x\n${"A".repeat(64)}\n\n`,
    ])
    expect(heard().filter((sent) => sent.startsWith("-> recipient-stanza"))).toHaveLength(5)
})

test("it sends grease, which plugins must ignore", async () => {
    const sent: string[] = []
    const { run } = plugin(done)
    const channel = { ...run.channel, write: (bytes: Buffer) => void sent.push(String(bytes)) }
    await unwrapWithPlugin({ ...run, channel }, [identity], [header])
    expect(sent.filter((text) => /^-> grease-[0-9a-f]{8}\n/.test(text))).toHaveLength(1)
})

test("messages in small pieces", async () => {
    const { run } = plugin("", nobody, false)
    const output = new PassThrough()
    const result = unwrapWithPlugin({ ...run, channel: { ...run.channel, output } }, [identity], [header])
    for (const byte of Buffer.from(key + done)) output.write(Buffer.from([byte]))
    expect(await result).toEqual([fileKey])
})

test("nobody is there: every prompt and every unknown command is answered, and the plugin goes on", async () => {
    const questions = [
        message("msg", [], "CANARY"),
        message("request-secret", [], "PIN?"),
        message("request-public", [], "name?"),
        message("confirm", ["eWVz"], "sure?"),
        message("grease-x", ["a"], "b"),
    ]
    const { run, heard } = plugin(questions.join("") + key + done)
    expect(await unwrapWithPlugin(run, [identity], [header])).toEqual([fileKey])
    expect(heard().slice(-6).join("")).toBe(`${"-> fail\n\n".repeat(4)}-> unsupported\n\n-> ok\n\n`)
})

test("a person answers; what they see is clean", async () => {
    const shown: unknown[] = []
    const prompts: PluginPrompts = {
        message: (text) => Promise.resolve(shown.push(text) > 0),
        ask: (text, secret) => (shown.push([text, secret]), Promise.resolve(Buffer.from("1234"))),
        confirm: (text, yes, no) => (shown.push([text, yes, no]), Promise.resolve(no === undefined)),
    }
    const questions = [
        message("msg", [], "touch\u001b[2J\u0007 it\u202e now\n\u2028"),
        message("request-secret", [], "PIN\r\n"),
        message("request-public", [], "name"),
        message("confirm", ["WWVzCg"], "sure?"),
        message("confirm", ["WWVz", "Tm8"], "sure?"),
    ]
    const { run, heard } = plugin(questions.join("") + key + done, prompts)
    await unwrapWithPlugin(run, [identity], [header])
    expect(shown).toEqual([
        "touch [2J  it  now",
        ["PIN", true],
        ["name", false],
        ["sure?", "Yes", undefined],
        ["sure?", "Yes", "No"],
    ])
    expect(heard().slice(-6)).toEqual([
        "-> ok\n\n",
        "-> ok\nMTIzNA\n",
        "-> ok\nMTIzNA\n",
        "-> ok yes\n\n",
        "-> ok no\n\n",
        "-> ok\n\n",
    ])
})

for (const [why, args] of Object.entries({
    "no label": [],
    "three labels": ["WWVz", "Tm8", "Tm8"],
    "a label that is not base64": ["WWVz="],
    "a second label that is not base64": ["WWVz", "!"],
})) {
    test(`a question with ${why} is answered with fail`, async () => {
        const prompts: PluginPrompts = { ...nobody, confirm: () => Promise.resolve(true) }
        const { run, heard } = plugin(message("confirm", args, "sure?") + key + done, prompts)
        await unwrapWithPlugin(run, [identity], [header])
        expect(heard().at(-2)).toBe("-> fail\n\n")
    })
}

const wrap = (says: string): Promise<unknown> =>
    wrapWithPlugin(plugin(says).run, { recipients: [recipient] }, [fileKey])
const unwrap = (says: string): Promise<unknown> => unwrapWithPlugin(plugin(says).run, [identity], [header])

for (const [why, attempt, says, expected] of [
    ["no stanza", wrap, done, /did not wrap/],
    ["a stanza for another file key", wrap, message("recipient-stanza", ["1", "x"]) + done, /not given/],
    ["a stanza for no file key", wrap, message("recipient-stanza", ["-1", "x"]) + done, /not given/],
    ["a stanza without a type", wrap, message("recipient-stanza", ["0"]) + done, /not given/],
    ["labels twice", wrap, message("labels", ["a"]) + message("labels", ["a"]) + stanza + done, /twice/],
    ["a second file key", unwrap, key + key + done, /second one/],
    ["a file key for another file", unwrap, message("file-key", ["1"], "x".repeat(16)) + done, /no file/],
    ["a file key for file 00", unwrap, message("file-key", ["00"], "x".repeat(16)) + done, /no file/],
    ["a short file key", unwrap, message("file-key", ["0"], "x".repeat(15)) + done, /wrong length/],
    ["an early end", unwrap, key, /ended before/],
    ["an end within a message", unwrap, "-> file-key 0\nQ", /ended before/],
    ["no message at all", unwrap, "CANARY\n", /does not keep to the protocol/],
    ["a body that is not base64", unwrap, "-> file-key 0\nCAN ARY\n", /does not keep to the protocol/],
    ["a line without end", unwrap, `-> ${"x".repeat(70_000)}`, /does not keep to the protocol/],
    ["an endless body", unwrap, `-> msg\n${`${"A".repeat(64)}\n`.repeat(2000)}`, /does not keep/],
    ["endless messages", unwrap, message("msg").repeat(5000), /does not keep to the protocol/],
    [
        "an error",
        unwrap,
        message("error", ["internal"], "no\u001b[31m token") + done,
        /failed: no \[31m token/,
    ],
    [
        "an error beside a file key",
        unwrap,
        message("error", ["stanza", "0", "0"], "bad") + key + done,
        /failed: bad/,
    ],
] as const) {
    test(`${why} is an error of the plugin`, async () => {
        const error = await attempt(says).catch((reason: unknown) => reason)
        expect(error).toBeInstanceOf(AgeError)
        expect(error).toMatchObject({ code: "plugin", message: expected })
        expect(String(error)).not.toContain("CANARY")
    })
}

test("an error does not repeat the identity it was given", async () => {
    const says = message("error", ["identity", "0"], `cannot read ${identity}`) + done
    await expect(unwrap(says)).rejects.toThrow("cannot read [identity]")
})

test("silence ends at the deadline", async () => {
    const { run } = plugin("", nobody, false)
    await expect(unwrapWithPlugin(run, [identity], [header])).rejects.toThrow(/said nothing for 0.2 s/)
})

test("a person who was asked may take their time, a machine that was asked may not", async () => {
    const slow = (prompts: PluginPrompts): Promise<unknown> => {
        const { run } = plugin(message("msg", [], "touch it"), prompts, false)
        const output = new PassThrough()
        output.write(message("msg", [], "touch it"))
        setTimeout(() => output.end(key + done), 500)
        return unwrapWithPlugin({ ...run, channel: { ...run.channel, output } }, [identity], [header])
    }
    expect(await slow({ ...nobody, message: () => Promise.resolve(true) })).toEqual([fileKey])
    await expect(slow(nobody)).rejects.toThrow(/said nothing/)
})
