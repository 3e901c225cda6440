// Answers to prompts, each for one generator in one place: two machines with the same generator are asked twice, and
// each gets its own.

import * as z from "zod/mini"
import { UserError, visibleName } from "../../error.ts"
import { sourcesOf } from "../../repo/generators/generator.ts"
import type { Prompt } from "../../repo/generators/generator.ts"
import { titleOf } from "../../repo/generators/placed.ts"
import type { Placed } from "../../repo/generators/placed.ts"
import { unknown } from "../../repo/refusal.ts"
import type { Work } from "../../repo/generators/work.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { Interrupted } from "../terminal/interruption.ts"
import { askEdited, askHidden, NobodyToAsk } from "../terminal/prompt.ts"

/** Answers by `answerName`. */
export type Answers = ReadonlyMap<string, Buffer>

/** `web01/app/token`, or `shared/ca/subject`: how a prompt is named in a file of answers. */
export function answerName({ name, machines, generator }: Placed, prompt: string): string {
    return `${generator.share ? "shared" : machines[0]}/${name}/${prompt}`
}

/** Reads a file of answers. Throws `Failure`, without a word of them, for what is none, and for names of no prompt. */
export function parseAnswers(text: string, all: readonly Placed[]): Answers {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Failure("usage", "the answers are not JSON")
    }
    const parsed = z.safeParse(z.record(z.string(), z.string()), value)
    if (!parsed.success)
        throw new Failure("usage", 'the answers are not of the form {"MACHINE/GENERATOR/PROMPT": "answer"}')
    const known = all.flatMap((placed) =>
        [...placed.generator.prompts.keys()].map((prompt) => answerName(placed, prompt)),
    )
    const stray = Object.keys(parsed.data).find((name) => !known.includes(name))
    if (stray !== undefined) throw unknown("prompt", stray, known)
    return new Map(Object.entries(parsed.data).map(([name, answer]) => [name, Buffer.from(answer)]))
}

/** What a person has answered in this run, by `answerName`: what fails then need not be typed again. */
export type KeptAnswers = Map<string, Buffer>

/** How often a person is asked the same: a typing error must not cost the answers before it. */
const attempts = 3

/**
 * The answers that this work needs: those that are given, those that were kept, and for the others a person is asked,
 * before anything is made. Without a terminal all that are missing are named at once.
 */
export async function collectAnswers(
    work: readonly Work[],
    given: Answers,
    kept: KeptAnswers,
    context: Context,
): Promise<Answers> {
    const answers = new Map<string, Buffer>()
    const open: Asked[] = []
    for (const { placed, files } of work) {
        for (const name of promptsOf(placed, files)) {
            const key = answerName(placed, name)
            const prompt = placed.generator.prompts.get(name)
            if (prompt === undefined) continue
            const mayBeEmpty = mayBeNothing(placed, name)
            const answer = given.get(key) ?? kept.get(key)
            const asked = { placed, prompt, key, mayBeEmpty }
            if (answer === undefined) open.push(asked)
            else answers.set(key, mustBeAnswer(asked, answer))
        }
    }
    if (open.length > 1 && context.terminal() === undefined)
        throw new NobodyToAsk(
            `cannot ask without a terminal: ${open.map((asked) => visibleName(questionOf(asked))).join("; ")}`,
            { hint: `use --answers FILE, with ${open.map(({ key }) => `"${key}"`).join(", ")}` },
        )
    for (const asked of open) {
        const answer = await ask(asked, context)
        kept.set(asked.key, answer)
        answers.set(asked.key, answer)
    }
    return answers
}

/** A prompt that a person is asked. */
interface Asked {
    readonly placed: Placed
    readonly prompt: Prompt
    /** As `answerName` has it. */
    readonly key: string
    readonly mayBeEmpty: boolean
}

function mustBeAnswer({ key, mayBeEmpty }: Asked, answer: Buffer): Buffer {
    if (answer.length > 0 || mayBeEmpty) return answer
    throw new Failure("refused", `the answer to ${visibleName(key)} is empty`)
}

function promptsOf({ generator }: Placed, files: readonly string[]): ReadonlySet<string> {
    const sources = files.flatMap((file) => {
        const make = generator.files.get(file)?.make
        return make === undefined ? [] : sourcesOf(make)
    })
    return new Set(sources.flatMap((source) => ("prompt" in source ? [source.prompt] : [])))
}

/** A script may make something else of it, and what has an `orElse` is made. */
function mayBeNothing({ generator }: Placed, prompt: string): boolean {
    return [...generator.files.values()].every(
        ({ make }) =>
            make.kind === "script" ||
            (make.kind === "prompt" && (make.prompt !== prompt || make.orElse !== undefined)) ||
            (make.kind !== "prompt" &&
                !sourcesOf(make).some((each) => "prompt" in each && each.prompt === prompt)),
    )
}

async function ask(asked: Asked, context: Context): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
        try {
            return mustBeAnswer(asked, await askOnce(asked, context))
        } catch (error) {
            const isFinal = error instanceof Interrupted || error instanceof NobodyToAsk
            if (isFinal || !(error instanceof UserError) || attempt === attempts) throw error
            warn(context, error.message.replace("; nothing was changed", ""))
        }
    }
}

async function askOnce(asked: Asked, context: Context): Promise<Buffer> {
    const { type } = asked.prompt
    const { mayBeEmpty } = asked
    const text = `${visibleName(questionOf(asked))}: `
    const instead = "--answers FILE"
    if (type === "line") return Buffer.from(await askEdited(context.terminal(), { text, instead }))
    const again = type.endsWith("hidden") ? { again: "The same again: " } : {}
    const paste = type.startsWith("multiline")
    return askHidden(context.terminal(), { text, instead, paste, mayBeEmpty, ...again })
}

function questionOf({ placed, prompt: { description }, mayBeEmpty }: Asked): string {
    return `${titleOf(placed)}: ${description}${mayBeEmpty ? " (may be empty)" : ""}`
}
