import { visibleJson } from "../../error.ts"
import { writeFileSync } from "node:fs"
import { basename, resolve } from "node:path"
import { accessMap, mermaid } from "../../repo/map/graph.ts"
import { type Context, note, warn } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { repoAt } from "../git/revision.ts"
import { chartFrom } from "../graph/facts.ts"
import { openInBrowser, pageFile } from "../graph/open.ts"
import { graphPage } from "../graph/page.ts"
import { serveGraph } from "../graph/serve.ts"

interface Input {
    readonly format: string | undefined
    readonly output: string | undefined
    readonly at: string | undefined
    readonly since: string | undefined
    readonly open: boolean
    readonly serve: boolean
    readonly port: string | undefined
}

/** Prints, writes, opens or serves the access map of the working tree, or of a commit. */
export async function graph(input: Input, context: Context): Promise<void> {
    const { output, at, since, open, serve } = input
    const isPage = open || serve || input.format === "html"
    if (isPage && (context.flags.json || (input.format ?? "html") !== "html"))
        throw new Failure("usage", "--open and --serve show the page of --format html")
    if (since !== undefined && !isPage)
        throw new Failure("usage", "--since compares on the page: --format html, --open or --serve", {
            hint: "hostseal audit user NAME --ever tells who could read what, and when",
        })
    if ((open || serve) && output !== undefined)
        throw new Failure("usage", "--output writes the page to a file: leave out --open and --serve")
    if (input.port !== undefined && !serve) throw new Failure("usage", "--port is for --serve")
    if (serve) return serveMap(input, context)
    if (isPage) {
        const page = graphPage(await chartFrom({ at, since }, context), about(at, context))
        if (!open) return write(page, output, context)
        const file = pageFile(page, context)
        note(context, `written to ${file}`)
        return openInBrowser(file, context)
    }
    const map = accessMap(await repoAt(at, context))
    if (context.flags.json || input.format === "json")
        return write(`${visibleJson({ version: 1, ...map }, 2)}\n`, output, context)
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

/** Serves the map until somebody ends the program. */
async function serveMap({ at, since, open, port }: Input, context: Context): Promise<void> {
    if (port !== undefined && !(/^\d{1,5}$/u.test(port) && Number(port) < 65_536))
        throw new Failure("usage", "--port needs a number up to 65535")
    const { title } = about(at, context)
    const served = await listen({
        title,
        chart: async () => chartFrom({ at, since }, context),
        taken: () => about(at, context).taken,
        port: Number(port ?? 0),
    })
    context.out(`${served.url}\n`)
    note(context, "whoever knows this address, on this machine, sees the map; Ctrl-C ends it")
    const end = (): void => served.close()
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
    for (const signal of signals) process.once(signal, end)
    try {
        if (open) await openInBrowser(served.url, context)
        await served.ended
    } finally {
        served.close()
        for (const signal of signals) process.off(signal, end)
    }
}

async function listen(source: Parameters<typeof serveGraph>[0]): ReturnType<typeof serveGraph> {
    try {
        return await serveGraph(source)
    } catch (error) {
        throw new Failure("refused", `cannot listen on port ${source.port}`, { cause: error })
    }
}

function about(at: string | undefined, context: Context): { title: string; taken: string } {
    const now = context.now().toISOString().slice(0, 16).replace("T", " ")
    return {
        title: basename(flakeDirectory(context)),
        taken: `${at === undefined ? "" : `of ${at}, `}${now} UTC`,
    }
}

function write(text: string, output: string | undefined, context: Context): void {
    if (output === undefined || output === "-") return context.out(text)
    writeFileSync(resolve(context.cwd, output), text)
    note(context, `written to ${output}`)
}
