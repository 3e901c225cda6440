// What a person has typed is not lost when something fails afterwards: they may try again.

import { explain, UserError } from "../../error.ts"
import type { Context } from "../context.ts"
import { Interrupted } from "../terminal/interruption.ts"
import { askLine, NobodyToAsk } from "../terminal/prompt.ts"
import type { KeptAnswers } from "./answers.ts"

/**
 * Does `work`, and after a failure once more when a person wants it, with the answers that they gave already or with new
 * ones. The answers are in memory alone, and wiped in the end.
 */
export async function retrying<T>(context: Context, work: (kept: KeptAnswers) => Promise<T>): Promise<T> {
    const kept: KeptAnswers = new Map()
    try {
        for (;;) {
            try {
                return await work(kept)
            } catch (error) {
                const terminal = context.terminal()
                const isFinal = error instanceof Interrupted || error instanceof NobodyToAsk
                if (terminal === undefined || kept.size === 0 || isFinal || !(error instanceof UserError))
                    throw error
                for (const line of explain(error)) context.err(`${line}\n`)
                const text = "Try again with the same answers (t), answer anew (a), or give up (Enter)? "
                const answer = await askLine(terminal, { text, instead: "--answers FILE" })
                if (answer !== "t" && answer !== "a") throw error
                if (answer === "a") forget(kept)
            }
        }
    } finally {
        forget(kept)
    }
}

function forget(kept: KeptAnswers): void {
    for (const answer of kept.values()) answer.fill(0)
    kept.clear()
}
