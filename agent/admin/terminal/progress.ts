import type { Context } from "../context.ts"

/** Half a second: shorter work is not worth a line (docs/command-line.md#progress). */
const patience = 500

/** Counts one more piece of work as done; `end` takes the line away. */
export interface Progress {
    (): void
    readonly end: () => void
}

/** Shows how far long work is, on a terminal only, and only when it is long. */
export function progress(what: string, total: number, context: Context): Progress {
    const begin = performance.now()
    let done = 0
    let shown = begin + patience
    let visible = false
    const step = (): void => {
        done++
        if (context.flags.quiet || performance.now() < shown || !context.isTerminal.stderr) return
        shown = performance.now() + 100
        visible = true
        context.err(`\r${what}: ${done} of ${total}`)
    }
    const end = (): void => {
        if (visible) context.err("\r\x1b[K")
    }
    return Object.assign(step, { end })
}
