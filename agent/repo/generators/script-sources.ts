// What a script is given: all answers, all files of the generators that it depends on, and the files of its own
// generator that are made without it.

import { ownSources } from "./generator.ts"
import type { Generator, Source } from "./generator.ts"

/**
 * The generator with its script's files knowing what they are made of. `inputs` has the files of the generators that it
 * depends on, by their names.
 */
export function withScriptSources(
    generator: Generator,
    inputs: ReadonlyMap<string, Iterable<string>>,
): Generator {
    if (generator.script === undefined) return generator
    const prompts = [...generator.prompts.keys()].map((prompt): Source => ({ prompt }))
    const own = madeWithoutScript(generator).map((file): Source => ({ file }))
    const given = [...inputs].flatMap(([input, files]) => [...files].map((file): Source => ({ input, file })))
    const sources = [...prompts, ...own, ...given]
    const files = [...generator.files].map(([name, file]) => {
        if (file.make.kind !== "script") return [name, file] as const
        return [name, { ...file, make: { kind: "script" as const, sources } }] as const
    })
    return { ...generator, files: new Map(files) }
}

/** The files that do not need those of the script. */
function madeWithoutScript({ files }: Generator): readonly string[] {
    const needsScript = (name: string): boolean => {
        const make = files.get(name)?.make
        return make !== undefined && (make.kind === "script" || ownSources(make).some(needsScript))
    }
    return [...files.keys()].filter((name) => !needsScript(name))
}
