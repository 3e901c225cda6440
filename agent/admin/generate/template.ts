// Templates as a text with markers, which is what the modules' `placeholder` options give.

import type { Source } from "../../repo/generators/generator.ts"
import { Failure } from "../failure.ts"

const marker = /<HOSTSEAL:(?:prompt\/(?<prompt>[\w.-]+)|file\/(?<generator>[\w.-]+)\/(?<file>[\w.-]+))>/gu
const beginning = "<HOSTSEAL:"

/**
 * The parts of a text of the generator `own`. Markers are `<HOSTSEAL:file/GENERATOR/FILE>` and
 * `<HOSTSEAL:prompt/PROMPT>`. Throws `Failure` for what begins like one and is none: it would stay in the value.
 */
export function partsOf(text: string, own: string, where: string): readonly (string | Source)[] {
    const parts: (string | Source)[] = []
    let at = 0
    for (const { index, 0: whole, groups = {} } of text.matchAll(marker)) {
        parts.push(text.slice(at, index), sourceOf(groups, own))
        at = index + whole.length
    }
    parts.push(text.slice(at))
    if (parts.some((part) => typeof part === "string" && part.includes(beginning)))
        throw new Failure(
            "usage",
            `${where}: its template holds ${beginning}…> with no file or prompt in it`,
            {
                hint: "<HOSTSEAL:file/GENERATOR/FILE> or <HOSTSEAL:prompt/PROMPT>",
            },
        )
    return parts.filter((part) => part !== "")
}

function sourceOf(
    { prompt, generator = "", file = "" }: Partial<Record<string, string>>,
    own: string,
): Source {
    if (prompt !== undefined) return { prompt }
    return generator === own ? { file } : { input: generator, file }
}
