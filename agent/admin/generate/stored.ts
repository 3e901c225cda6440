// Answers that were kept: nobody is asked again for what is there, unless it is to be replaced.

import type { Facts, Work } from "../../repo/generators/work.ts"
import { answerName } from "./answers.ts"
import type { Answers } from "./answers.ts"

/** The given answers, and those that lie in the repository, as `open` opens them. */
export async function withStored(
    work: readonly Work[],
    given: Answers,
    { values }: Pick<Facts, "values">,
    open: (path: string) => Promise<Buffer>,
): Promise<Answers> {
    const answers = new Map(given)
    for (const { placed, why, files } of work) {
        if (why.some(({ kind }) => !quiet.has(kind))) continue
        for (const [name, { persist }] of placed.generator.prompts) {
            const key = answerName(placed, name)
            const path = `${placed.folder}/${name}`
            if (!persist || answers.has(key) || !values.has(path) || !files.some((file) => file !== name))
                continue
            answers.set(key, await open(path))
        }
    }
    return answers
}

/** Reasons for which the answer itself is as good as before. */
const quiet: ReadonlySet<string> = new Set(["missing", "validation", "input", "definition"])
