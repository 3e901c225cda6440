// One cause may lie in thousands of places. A person is told the cause, three of the places, and how many more there are.

import type { Problem } from "../../../repo/verify.ts"

/** A problem that is told, and for how many others of the same kind it is told too. */
export interface Told {
    readonly problem: Problem
    readonly more: number
}

const mostPlaces = 3
const mostReasons = 10

/**
 * Three problems of each reason, and of each code ten reasons, in the order that they were in. What is left out is
 * counted at the last one of its reason, or of its code, that is told.
 */
export function sampled(problems: readonly Problem[]): readonly Told[] {
    const told = new Set<Problem>()
    const more = new Map<Problem, number>()
    const leave = (left: readonly Problem[], last: Problem | undefined): void => {
        if (last !== undefined && left.length > 0) more.set(last, (more.get(last) ?? 0) + left.length)
    }
    for (const ofCode of Map.groupBy(problems, ({ code }) => code).values()) {
        const reasons = [...Map.groupBy(ofCode, reasonOf).values()]
        const shown = reasons.slice(0, mostReasons)
        for (const reason of shown) {
            // To leave out a single one saves nothing.
            const kept = reason.length === mostPlaces + 1 ? reason : reason.slice(0, mostPlaces)
            for (const problem of kept) told.add(problem)
            leave(reason.slice(kept.length), kept.at(-1))
        }
        const last = ofCode.findLast((problem) => told.has(problem))
        leave(reasons.slice(mostReasons).flat(), last)
    }
    return problems
        .filter((problem) => told.has(problem))
        .map((problem) => ({ problem, more: more.get(problem) ?? 0 }))
}

/** What is wrong, whichever file a message speaks of. Keys and names stay: whom something is for is another reason. */
function reasonOf({ message }: Problem): string {
    return message.replaceAll(/[^\s,:]*\/[^\s,:]*/gu, "…")
}
