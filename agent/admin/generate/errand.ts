// From a generator to what its script is sent with.

import { scriptFiles, sourcesOf } from "../../repo/generators/generator.ts"
import type { Source } from "../../repo/generators/generator.ts"
import { titleOf } from "../../repo/generators/placed.ts"
import type { Placed } from "../../repo/generators/placed.ts"
import type { Errand } from "./script/run-script.ts"

/** The errand of its script, with what `valueOf` gives for each source. */
export async function errandOf(
    placed: Placed,
    valueOf: (source: Source) => Promise<Buffer>,
): Promise<Errand | undefined> {
    const { generator } = placed
    const wanted = scriptFiles(generator)
    const make = generator.files.get(wanted[0] ?? "")?.make
    if (generator.script === undefined || make === undefined) return undefined
    const inputs = new Map<string, Buffer>()
    const prompts = new Map<string, Buffer>()
    const there = new Map<string, Buffer>()
    for (const source of sourcesOf(make)) {
        const value = await valueOf(source)
        if ("input" in source) inputs.set(`${source.input}/${source.file}`, value)
        else if ("prompt" in source) prompts.set(source.prompt, value)
        else there.set(source.file, value)
    }
    // An answer that is kept lies where the script may write something else in its place.
    for (const [name, { persist }] of generator.prompts) {
        const answer = prompts.get(name)
        if (persist && wanted.includes(name) && answer !== undefined) there.set(name, answer)
    }
    return { title: titleOf(placed), script: generator.script, inputs, prompts, there, wanted }
}
