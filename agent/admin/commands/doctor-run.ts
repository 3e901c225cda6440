import { visible } from "../../error.ts"
import { painted } from "../color.ts"
import { printJson } from "../context.ts"
import type { Context } from "../context.ts"
import { diagnose } from "../doctor/diagnose.ts"
import type { Check } from "../doctor/check.ts"
import type { Diagnosis } from "../doctor/diagnose.ts"

/** Prints what is as it should be, what is not, and what to do next. Exit code 5 when some command would not work. */
export async function doctor(_input: object, context: Context): Promise<number> {
    const diagnosis = await diagnose(context)
    if (context.flags.json) printRecord(diagnosis, context)
    else printText(diagnosis.checks, context)
    return diagnosis.checks.some(({ state }) => state === "problem") ? 5 : 0
}

const marks = { ok: "ok", note: "--", problem: "!!" } as const

function mark(state: Check["state"], { flags }: Context): string {
    if (state === "note") return marks.note
    return painted(marks[state], state === "ok" ? "good" : "error", flags.color.stdout)
}

function printText(checks: readonly Check[], context: Context): void {
    const width = Math.max(...checks.map(({ area }) => area.length))
    for (const { area, state, text } of checks)
        context.out(`${mark(state, context)} ${area.padEnd(width)}  ${visible(text)}\n`)
    const steps = [...new Set(checks.flatMap(({ next }) => next ?? []))]
    if (steps.length > 0) context.out(`\nnext:\n${steps.map((step) => `  ${visible(step)}\n`).join("")}`)
}

function printRecord({ checks, flake, user, identities }: Diagnosis, context: Context): void {
    printJson(context, {
        flake: flake ?? null,
        user: user ?? null,
        keys: identities.tried
            .filter(({ isVacant }) => isVacant !== true)
            .map(({ place, recipients, problem }) => ({ place, recipients, problem: problem ?? null })),
        checks: checks.map(({ area, state, text, next }) => ({ area, state, text, next: next ?? null })),
    })
}
