// How a run tells what happened: lines for people, the exit code, and (status.ts) a file for programs.

import { explain, UserError } from "../error.ts"
import type { Host } from "./host.ts"
import type { AnyEntry } from "./manifest/manifest.ts"
import type { Failure } from "./generation/plan.ts"
import { codeOf, isTemporary } from "../os/system-error.ts"

/** Exit codes of the agent (docs/command-line.md#exit-codes). */
export const exitCodes = {
    done: 0,
    /** Something that should not have happened. */
    failed: 1,
    usage: 2,
    /** status: nothing is installed. */
    nothing: 3,
    /** status, check: it is not as it should be. */
    drift: 5,
    /** Everything that is required is as it should be, something optional is not. */
    partly: 7,
    /** It takes another configuration. */
    configuration: 65,
    /** It may work the next time. */
    temporary: 75,
} as const

/** The exit code for what is wrong with entries. */
export function exitCodeOf(failures: readonly Failure[]): number {
    const required = failures.filter(({ entry }) => !entry.optional)
    if (required.length === 0) return failures.length === 0 ? exitCodes.done : exitCodes.partly
    return required.every(({ problem }) => isTemporary(problem))
        ? exitCodes.temporary
        : exitCodes.configuration
}

/** The exit code for an error that ended a run. */
export function exitCodeFor(error: unknown): number {
    if (isTemporary(error)) return exitCodes.temporary
    const isOurs = error instanceof UserError || ["EROFS", "EPERM"].includes(codeOf(error) ?? "")
    return isOurs ? exitCodes.configuration : exitCodes.failed
}

/** An error, with the program's name in front of each line, as age does it. */
export function tellError(error: unknown, host: Host): void {
    for (const line of explain(error)) host.tell(line)
}

const outcomes = [
    ["missing", "not installed"],
    ["stale", "not renewed, the last good value stays"],
    ["not placed", "installed, but not where it is wanted"],
] as const

/** What failed: what became of it, and why. Entries that failed for the same reason come together. */
export function tellFailures(failures: readonly Failure[], host: Host): void {
    for (const [problem, group] of Map.groupBy(failures, (failure) => failure.problem)) {
        const what = outcomes
            .flatMap(([became, text]) =>
                sentence(
                    group.filter((failure) => failure.became === became),
                    text,
                ),
            )
            .join("; ")
        tellError(new UserError(what, { cause: problem }), host)
    }
    if (failures.length > 1)
        host.tell(`error: ${failures.length} secrets and templates failed, all others are installed`)
}

function sentence(group: readonly Failure[], what: string): string[] {
    return group.length === 0 ? [] : [`${labels(group.map(({ entry }) => entry))}: ${what}`]
}

function labels(entries: readonly AnyEntry[]): string {
    return entries.map((entry) => entry.label).join(", ")
}
