import { visibleJson } from "../../error.ts"
import { writeFileSync } from "node:fs"
import { basename, resolve } from "node:path"
import { accessMap, mermaid } from "../../repo/graph.ts"
import { type Context, note, warn } from "../context.ts"
import { flakeDirectory } from "../flake.ts"
import { graphPage } from "../graph/page.ts"
import { repoAt } from "../git/revision.ts"

interface Input {
    readonly format: string | undefined
    readonly output: string | undefined
    readonly at: string | undefined
}

/** Prints or writes the access map of the working tree, or of a commit. */
export async function graph({ format = "mermaid", output, at }: Input, context: Context): Promise<void> {
    const map = accessMap(await repoAt(at, context))
    const name = basename(flakeDirectory(context))
    if (context.flags.json || format === "json") {
        const text = `${visibleJson({ version: 1, ...map }, 2)}\n`
        return write(text, output, context)
    }
    const taken = `${at === undefined ? "" : `of ${at}, `}${context.now().toISOString().slice(0, 16).replace("T", " ")} UTC`
    if (format === "html") return write(graphPage(map, name, taken), output, context)
    const drawing = mermaid(map)
    write(drawing, output, context)
    if (drawing.split(" --> ").length - 1 > mermaidEdges || drawing.length > mermaidText)
        warn(
            context,
            "Mermaid refuses to draw that many lines, unless it is told to; --format html has no limit",
        )
}

/** What Mermaid takes where nobody has set more, as on GitHub; a drawing cannot set it (`maxEdges`, `maxTextSize`). */
const [mermaidEdges, mermaidText] = [500, 50_000]

function write(text: string, output: string | undefined, context: Context): void {
    if (output === undefined || output === "-") return context.out(text)
    writeFileSync(resolve(context.cwd, output), text)
    note(context, `written to ${output}`)
}
