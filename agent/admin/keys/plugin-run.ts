// Plugins at work. One run of a plugin serves as many files as are waiting, so that a person touches a key or types
// a PIN once and not once a secret.

import { rmSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Identity, PluginRecipient, WrappingRecipient } from "../../age/key.ts"
import type { PluginIdentity } from "../../age/identity-file.ts"
import { unwrapWithPlugin, wrapWithPlugin } from "../../age/plugin.ts"
import type { PluginPrompts, PluginRun } from "../../age/plugin.ts"
import type { Stanza } from "../../age/stanza.ts"
import { childEnvironment, converse } from "../../os/children.ts"
import { UserError } from "../../error.ts"
import type { Context } from "../context.ts"
import { guard } from "../terminal/interruption.ts"
import { requirePlugin } from "./plugins.ts"
import type { Plugin } from "./plugins.ts"
import { askHidden, askLine, askYesNo } from "../terminal/prompt.ts"

/** What plugins need of the outside world. */
export type PluginWorld = Pick<Context, "env" | "err" | "terminal">

/** A plugin may be silent for this long: a person may be looking for the key that it waits for. */
const patience = 120_000
/** From here on the user is told who is being waited for, as age does. */
const noticeAfter = 5_000
/** A plugin may send 4096 messages in a run. */
const filesPerRun = 500

/**
 * An identity that its plugin uses. Nothing is looked up or started before something is to be opened: an identity that
 * is not needed may name a plugin that is not listed.
 */
export function pluginIdentity({ name, text, recipient = "" }: PluginIdentity, world: PluginWorld): Identity {
    const unwrapAll = async (files: readonly (readonly Stanza[])[]): Promise<(Buffer | undefined)[]> => {
        const plugin = requirePlugin(name, world.env)
        const answers: (Buffer | undefined)[] = []
        for (const part of parts(files, filesPerRun)) {
            const answer = await withPlugin(plugin, "identity-v1", world, (run) =>
                unwrapWithPlugin(run, [text], part),
            )
            answers.push(...answer)
        }
        return answers
    }
    return {
        recipient,
        unwrapAll,
        unwrap: async (stanzas) => (await unwrapAll([stanzas]))[0],
    }
}

/**
 * A recipient that its plugin wraps to. The plugin must be listed. Keys that are wrapped at the same time go through
 * one run.
 */
export function pluginRecipient({ name, text }: PluginRecipient, world: PluginWorld): WrappingRecipient {
    const plugin = requirePlugin(name, world.env)
    let waiting: Waiting[] = []
    let turn: Promise<void> = Promise.resolve()
    const flush = async (): Promise<void> => {
        const batch = waiting.splice(0, filesPerRun)
        if (batch.length === 0) return
        try {
            const keys = batch.map(({ fileKey }) => fileKey)
            const { stanzas } = await withPlugin(plugin, "recipient-v1", world, (run) =>
                wrapWithPlugin(run, { recipients: [text] }, keys),
            )
            for (const [index, { resolve }] of batch.entries()) resolve(stanzas[index] ?? [])
        } catch (error) {
            for (const { reject } of batch) reject(error)
        }
    }
    return {
        text,
        kind: "plugin",
        // Its labels say so only after the fact, and in sops files every recipient has an age file of its own.
        postQuantum: false,
        wrap: async (fileKey) =>
            new Promise((resolve, reject) => {
                waiting = [...waiting, { fileKey, resolve, reject }]
                // The runs of a recipient follow each other; those who come meanwhile share the next one.
                turn = turn.then(flush)
            }),
    }
}

interface Waiting {
    readonly fileKey: Buffer
    readonly resolve: (stanzas: readonly Stanza[]) => void
    readonly reject: (reason: unknown) => void
}

/** Starts a plugin in a directory of its own, lets `work` talk to it, and ends it whatever happens. */
async function withPlugin<T>(
    plugin: Plugin,
    machine: "recipient-v1" | "identity-v1",
    world: PluginWorld,
    work: (run: PluginRun) => Promise<T>,
): Promise<T> {
    const directory = await mkdtemp(join(tmpdir(), "hostseal-plugin-"))
    const remove = (): void => rmSync(directory, { recursive: true, force: true })
    const release = guard(remove)
    try {
        const running = await converse({
            program: plugin.program,
            args: [`--age-plugin=${machine}`],
            env: childEnvironment(world.env, plugin.env),
            cwd: directory,
            deadline: undefined,
        })
        const patient = new Patience(plugin.name, world)
        const channel = {
            output: patient.watch(running.output),
            write: (bytes: Buffer) => void running.input.write(bytes),
        }
        try {
            return await work({ channel, prompts: prompts(plugin.name, world, patient), deadline: patience })
        } finally {
            patient.stop()
            await running.close()
        }
    } finally {
        release()
        remove()
    }
}

/** What the plugin says and asks goes to the terminal, under its name. Without one the plugin is told so. */
function prompts(name: string, { err, terminal }: PluginWorld, patient: Patience): PluginPrompts {
    const from = (text: string): string => `age-plugin-${name}: ${text}`
    const attended = async <T>(question: () => Promise<T>): Promise<T | undefined> => {
        patient.stop()
        try {
            return await question()
        } catch (error) {
            // Only a person who gives up ends the conversation; for all else the plugin decides how to go on.
            if (error instanceof UserError) return undefined
            throw error
        } finally {
            patient.start()
        }
    }
    const instead = "a terminal"
    return {
        message: (text) => {
            err(`${from(text)}\n`)
            return Promise.resolve(true)
        },
        ask: (prompt, secret) =>
            attended(async () => {
                const question = { text: `${from(prompt)} `, instead }
                if (secret) return askHidden(terminal(), question)
                return Buffer.from(await askLine(terminal(), question))
            }),
        confirm: (question, yes, no) =>
            attended(async () => {
                if (no === undefined) {
                    await askLine(terminal(), { text: `${from(question)} [Enter: ${yes}] `, instead })
                    return true
                }
                return askYesNo(terminal(), { text: `${from(question)} (yes: ${yes}; no: ${no})`, instead })
            }),
    }
}

/** Says whom the program waits for when that takes long. */
class Patience {
    readonly #name: string
    readonly #world: PluginWorld
    #timer: NodeJS.Timeout | undefined

    constructor(name: string, world: PluginWorld) {
        this.#name = name
        this.#world = world
        this.start()
    }

    start(): void {
        this.stop()
        this.#timer = setTimeout(() => {
            this.#world.err(`waiting on age-plugin-${this.#name} …\n`)
        }, noticeAfter)
    }

    stop(): void {
        clearTimeout(this.#timer)
    }

    /** The same output; each part of it starts the time anew. */
    async *watch(output: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
        for await (const chunk of output) {
            this.start()
            yield Buffer.from(chunk)
        }
    }
}

function* parts<T>(list: readonly T[], size: number): Generator<readonly T[]> {
    for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size)
}
