import { randomBytes } from "node:crypto"
import { decodeBase64 } from "./base64.ts"
import { fileKeyLength } from "./derivation.ts"
import { AgeError } from "./error.ts"
import { readMessages, send } from "./plugin-wire.ts"
import type { PluginChannel } from "./plugin-wire.ts"
import type { Stanza } from "./stanza.ts"

// The client's side of c2sp.org/age-plugin, over a channel that someone else opened: nothing is started here. What a
// plugin says is not trusted: counts and sizes are bounded, its texts are cleaned before anyone sees them.

/**
 * How a plugin may talk to a person. Texts are cleaned of control characters; the one who shows them says which plugin
 * speaks. `undefined` or `false` is answered with `fail`, and the plugin decides how to go on.
 */
export interface PluginPrompts {
    message(text: string): Promise<boolean>
    ask(prompt: string, secret: boolean): Promise<Buffer | undefined>
    confirm(question: string, yes: string, no: string | undefined): Promise<boolean | undefined>
}

/** For a machine: nobody is there to answer. */
export const nobody: PluginPrompts = {
    message: () => Promise.resolve(false),
    ask: () => Promise.resolve(undefined),
    confirm: () => Promise.resolve(undefined),
}

/** One start of a plugin. */
export interface PluginRun {
    readonly channel: PluginChannel
    readonly prompts: PluginPrompts
    /** The longest silence of the plugin in milliseconds. It no longer counts once a person was asked. */
    readonly deadline: number
}

/** What a plugin made of file keys: stanzas for each, and the labels that all recipients of the file must share. */
export interface PluginWrapping {
    readonly stanzas: readonly (readonly Stanza[])[]
    readonly labels: ReadonlySet<string>
}

/** How much a plugin may say: so many messages, and so many more for each file. */
const mostMessages = 1024
const mostPerFile = 8

type Reply =
    | "ok"
    | "fail"
    | "unsupported"
    | { readonly type: "ok"; readonly args: string[]; readonly body?: Buffer }
type Handler = (message: Stanza) => Reply | undefined

/**
 * Wraps file keys to the recipients of one plugin (state machine recipient-v1), one run for all keys. An identity
 * stands for its recipient. Throws `AgeError` of class `plugin`.
 */
export async function wrapWithPlugin(
    run: PluginRun,
    { recipients = [], identities = [] }: { recipients?: readonly string[]; identities?: readonly string[] },
    fileKeys: readonly Buffer[],
): Promise<PluginWrapping> {
    const { channel } = run
    for (const recipient of recipients) send(channel, "add-recipient", [recipient])
    for (const identity of identities) send(channel, "add-identity", [identity])
    sendGrease(channel)
    for (const fileKey of fileKeys) send(channel, "wrap-file-key", [], fileKey)
    send(channel, "extension-labels")
    send(channel, "done")

    const stanzas: Stanza[][] = fileKeys.map(() => [])
    let labels: Set<string> | undefined
    await converse(run, { secrets: identities, files: fileKeys.length }, ({ type: command, args, body }) => {
        if (command === "recipient-stanza") {
            const [index, type, ...rest] = args
            const file = elementOf(stanzas, index)
            if (!file || type === undefined) throw broken("answered for a file key that it was not given")
            file.push({ type, args: rest, body })
            return "ok"
        }
        if (command === "labels") {
            if (labels) throw broken("gave its labels twice")
            labels = new Set(args)
            return "ok"
        }
        return undefined
    })
    if (stanzas.some((file) => file.length === 0)) throw broken("did not wrap the file key")
    return { stanzas, labels: labels ?? new Set() }
}

/**
 * Unwraps the file keys of several files with the identities of one plugin (state machine identity-v1) in a single
 * run, so that a person touches or types once. `undefined` for a file that is not for them. Throws `AgeError` of class
 * `plugin`.
 */
export async function unwrapWithPlugin(
    run: PluginRun,
    identities: readonly string[],
    files: readonly (readonly Stanza[])[],
): Promise<readonly (Buffer | undefined)[]> {
    const { channel } = run
    for (const identity of identities) send(channel, "add-identity", [identity])
    sendGrease(channel)
    for (const [index, stanzas] of files.entries()) {
        for (const { type, args, body } of stanzas)
            send(channel, "recipient-stanza", [String(index), type, ...args], body)
    }
    send(channel, "done")

    const fileKeys = files.map((): { key?: Buffer } => ({}))
    await converse(run, { secrets: identities, files: files.length }, ({ type: command, args, body }) => {
        if (command !== "file-key") return undefined
        const file = elementOf(fileKeys, args[0])
        if (!file || file.key) throw broken("gave a file key for no file, or a second one")
        if (body.length !== fileKeyLength) throw broken("gave a file key of the wrong length")
        file.key = body
        return "ok"
    })
    return fileKeys.map(({ key }) => key)
}

/** Phase 2: the plugin speaks, each message is answered. `handle` knows the machine's own ones. */
async function converse(
    run: PluginRun,
    { secrets, files }: { readonly secrets: readonly string[]; readonly files: number },
    handle: Handler,
): Promise<void> {
    const reader = readMessages(run.channel, mostMessages + files * mostPerFile)
    const errors: string[] = []
    let attended = false
    for (;;) {
        const message = await reader.next(attended ? undefined : run.deadline)
        if (message.type === "done") break
        if (message.type === "error") errors.push(clean(message.body, secrets))
        const reply =
            message.type === "error" ? "ok" : (handle(message) ?? (await prompt(run.prompts, message)))
        attended ||= /^(?:msg|confirm|request-)/.test(message.type) && reply !== "fail"
        const { type, args, body } =
            typeof reply === "string" ? { type: reply, args: [], body: undefined } : reply
        send(run.channel, type, args, body)
    }
    if (errors.length > 0) throw broken(`failed: ${errors.join("; ")}`)
}

async function prompt(prompts: PluginPrompts, { type, args, body }: Stanza): Promise<Reply> {
    const text = clean(body)
    if (type === "msg") return (await prompts.message(text)) ? "ok" : "fail"
    if (type === "request-secret" || type === "request-public") {
        const answer = await prompts.ask(text, type === "request-secret")
        return answer ? { type: "ok", args: [], body: answer } : "fail"
    }
    if (type !== "confirm") return "unsupported"
    const [yes, no] = args.map((label) => decodeBase64(label))
    if (!yes || args.length > 2 || (args.length === 2 && !no)) return "fail"
    const answer = await prompts.confirm(text, clean(yes), no && clean(no))
    return answer === undefined ? "fail" : { type: "ok", args: [answer ? "yes" : "no"] }
}

/** Text of a plugin as a person may see it; an identity that it repeats is blanked out. */
function clean(text: Buffer, secrets: readonly string[] = []): string {
    const printable = text
        .toString("utf8")
        .slice(0, 4096)
        .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
        .trim()
    return secrets.reduce((shown, secret) => shown.replaceAll(secret, "[identity]"), printable)
}

function elementOf<T>(list: readonly T[], index: string | undefined): T | undefined {
    return index !== undefined && /^(?:0|[1-9][0-9]{0,5})$/.test(index) ? list[Number(index)] : undefined
}

/** An unknown command, which plugins must ignore; sent so that they do. */
function sendGrease(channel: PluginChannel): void {
    send(channel, `grease-${randomBytes(4).toString("hex")}`, [], randomBytes(12))
}

function broken(what: string): AgeError {
    return new AgeError("plugin", `the plugin ${what}`)
}
