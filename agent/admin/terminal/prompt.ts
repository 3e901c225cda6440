// Questions to a person. The rules (docs/command-line.md#questions, and age's tui.go): questions go to standard error, answers
// come from the terminal on standard input; without both there is no question but exit code 2 and the option that
// answers it; the terminal is as it was afterwards, whatever happens.

import { UserError } from "../../error.ts"
import type { Terminal } from "../context.ts"
import { guard, Interrupted } from "./interruption.ts"
import { bracketsOff, bracketsOn, TypedSecret } from "./keys.ts"
import type { PromptMode } from "./keys.ts"

/** A question, and what to use instead where nobody can be asked: `--yes`, `standard input`. */
export interface Question {
    readonly text: string
    readonly instead: string
}

/** A question that there is no terminal for. */
export class NobodyToAsk extends UserError {
    readonly exitCode = 2
}

/** How long after an Enter more input still belongs to the same paste, on terminals that do not mark pastes. */
const pasteGap = 60

/**
 * An answer that is not shown: one line, or with `paste` as many as were pasted. With `again`, it must be given
 * twice. Not empty unless it may be. Throws `Interrupted` for Ctrl-C and Ctrl-D, `NobodyToAsk` without a terminal.
 */
export async function askHidden(
    terminal: Terminal | undefined,
    question: Question & {
        readonly again?: string
        readonly paste?: boolean
        readonly mayBeEmpty?: boolean
    },
): Promise<Buffer> {
    const there = required(terminal, question)
    return raw(there, async () => {
        const keys = new Keys(there.input)
        const mode = question.paste === true ? "paste" : "line"
        try {
            const value = await readHidden(there, keys, question.text, mode)
            if (value.length === 0 && question.mayBeEmpty !== true)
                throw new UserError("nothing was entered; nothing was changed")
            if (question.again === undefined) return value
            const second = await readHidden(there, keys, question.again, mode)
            const same = value.equals(second)
            second.fill(0)
            if (same) return value
            value.fill(0)
            throw new UserError("the two answers differ; nothing was changed")
        } finally {
            keys.close()
        }
    })
}

/** An answer of one line that is shown while it is typed, without blanks around it. May be empty. */
export async function askLine(terminal: Terminal | undefined, question: Question): Promise<string> {
    const there = required(terminal, question)
    there.output.write(question.text)
    const keys = new Keys(there.input)
    try {
        // The terminal itself edits and echoes the line, and turns Ctrl-C into a signal.
        const line = await keys.next()
        if (line === undefined) throw new Interrupted()
        return line.toString("utf8").trim()
    } finally {
        keys.close()
    }
}

/**
 * The same for a text that is kept as it was typed: keys that edit it do, and leave nothing of themselves in it, as those
 * do that the terminal's own line does not know (Delete, arrows). May be empty.
 */
export async function askEdited(terminal: Terminal | undefined, question: Question): Promise<string> {
    const there = required(terminal, question)
    const { createInterface } = await import("node:readline")
    const lines = createInterface({
        input: there.input,
        output: there.output,
        terminal: true,
        historySize: 0,
        tabSize: 1,
        // Without it a key that begins an escape waits for half a second.
        escapeCodeTimeout: 50,
    })
    const release = guard(() => lines.close())
    try {
        return await new Promise<string>((resolve, reject) => {
            lines.on("SIGINT", () => reject(new Interrupted()))
            lines.on("close", () => reject(new Interrupted()))
            lines.question(question.text, resolve)
        })
    } finally {
        release()
        lines.close()
        there.input.pause()
    }
}

/** Yes or no. Anything but a clear yes is a no. */
export async function askYesNo(terminal: Terminal | undefined, question: Question): Promise<boolean> {
    const answer = await askLine(terminal, { ...question, text: `${question.text} [y/N] ` })
    return /^y(?:es)?$/iu.test(answer)
}

function required(terminal: Terminal | undefined, { text, instead }: Question): Terminal {
    if (terminal !== undefined) return terminal
    const asked = text.trim().replace(/[?:]$/u, "")
    throw new NobodyToAsk(`cannot ask without a terminal: ${asked}`, { hint: `use ${instead}` })
}

async function readHidden({ output }: Terminal, keys: Keys, text: string, mode: PromptMode): Promise<Buffer> {
    output.write(text)
    const typed = new TypedSecret(mode)
    try {
        for (;;) {
            const chunk = await keys.next(typed.state === "maybe done" ? pasteGap : undefined)
            if (chunk === "later") break
            if (chunk === undefined) throw new Interrupted()
            keys.putBack(typed.feed(chunk))
            if (typed.state === "interrupted" || typed.state === "ended") throw new Interrupted()
            if (typed.state === "too long") throw new UserError("more than 1 MiB was entered")
            if (typed.state === "done") break
        }
        const value = typed.value()
        const lines = value.filter((byte) => byte === 10).length
        output.write(lines > 1 ? `(${lines} lines)\n` : "\n")
        return value
    } catch (error) {
        output.write("\n")
        throw error
    } finally {
        typed.wipe()
    }
}

/** Runs `work` with the terminal in raw mode. */
async function raw<T>({ input, output }: Terminal, work: () => Promise<T>): Promise<T> {
    const enter = (): void => {
        // Off first: node thinks it is still raw after a stop and a continue, and would not set it again.
        input.setRawMode(false)
        input.setRawMode(true)
    }
    const leave = (): void => {
        input.setRawMode(false)
        output.write(bracketsOff)
    }
    const release = guard(leave)
    process.on("SIGCONT", enter)
    enter()
    output.write(bracketsOn)
    try {
        return await work()
    } finally {
        process.off("SIGCONT", enter)
        release()
        leave()
    }
}

/** What a terminal sends, chunk by chunk. Nothing is read before it is asked for, nothing is lost in between. */
class Keys {
    readonly #input: Terminal["input"]
    readonly #chunks: Buffer[] = []
    #ended = false
    #wake: (() => void) | undefined

    constructor(input: Terminal["input"]) {
        this.#input = input
        input.on("data", this.#onData)
        input.on("end", this.#onEnd)
        input.on("error", this.#onEnd)
        input.resume()
    }

    /** The next chunk; `undefined` at the end of input; with `patience`, "later" when none comes in that time. */
    async next(): Promise<Buffer | undefined>
    async next(patience: number | undefined): Promise<Buffer | "later" | undefined>
    async next(patience?: number): Promise<Buffer | "later" | undefined> {
        if (this.#chunks.length === 0 && !this.#ended) {
            await new Promise<void>((resolve) => {
                const timer = patience === undefined ? undefined : setTimeout(resolve, patience)
                this.#wake = () => {
                    clearTimeout(timer)
                    resolve()
                }
            })
            this.#wake = undefined
        }
        const chunk = this.#chunks.shift()
        return chunk === undefined && !this.#ended ? "later" : chunk
    }

    /** Returns what was not needed. */
    putBack(chunk: Buffer): void {
        if (chunk.length > 0) this.#chunks.unshift(chunk)
    }

    close(): void {
        this.#input.off("data", this.#onData)
        this.#input.off("end", this.#onEnd)
        this.#input.off("error", this.#onEnd)
        this.#input.pause()
    }

    readonly #onData = (chunk: Buffer): void => {
        this.#chunks.push(chunk)
        this.#wake?.()
    }

    readonly #onEnd = (): void => {
        this.#ended = true
        this.#wake?.()
    }
}
