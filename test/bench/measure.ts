import { spawnSync } from "node:child_process"
import type { SpawnSyncOptions } from "node:child_process"

/** A command to be timed. */
export interface Command {
    readonly argv: readonly [string, ...string[]]
    readonly options?: SpawnSyncOptions
    /** Brings the world back to where the command starts from; not part of its time. */
    readonly prepare?: () => void
}

/** What one figure says, and what it has to say. */
export interface Figure {
    readonly work: string
    /** Milliseconds, medians. */
    readonly ours: number
    readonly other: number
    /** What the other one is. */
    readonly against: string
    /** `atMost`: ours ÷ other. `faster`: other ÷ ours. */
    readonly bar: { readonly atMost: number } | { readonly faster: number }
}

/** Wall time of whole processes in milliseconds, medians; the commands take turns, so that both meet the same noise. */
export function compare(a: Command, b: Command, rounds: number): [number, number] {
    const times: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
        times[0].push(time(a))
        times[1].push(time(b))
    }
    return [median(times[0]), median(times[1])]
}

/** Wall time of one run. Throws if the command fails: a failure is often fast. */
export function time({ argv: [program, ...args], options, prepare }: Command): number {
    prepare?.()
    const start = process.hrtime.bigint()
    const { status, error, stderr } = spawnSync(program, args, {
        stdio: ["ignore", "ignore", "pipe"],
        ...options,
    })
    const elapsed = Number(process.hrtime.bigint() - start) / 1e6
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? String(stderr)}`)
    return elapsed
}

export function median(values: readonly number[]): number {
    const sorted = values.toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The ratio that the bar is about. */
export function ratioOf({ ours, other, bar }: Figure): number {
    return "faster" in bar ? other / ours : ours / other
}

/** Whether the figure is what it has to be. */
export function holds(figure: Figure): boolean {
    const { bar } = figure
    return "faster" in bar ? ratioOf(figure) >= bar.faster : ratioOf(figure) <= bar.atMost
}
