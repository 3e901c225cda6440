// Generators that cannot be evaluated yet, and what has to wait for them.

import type { Declared } from "./generator.ts"

/** A declaration whose evaluation failed: most likely it needs a public value that is still to be made. */
export interface Unevaluated {
    readonly machine: string
    readonly name: string
}

/**
 * What can be made without them: a generator waits for one that it depends on, and a shared one for every machine that
 * declares it, since nobody knows yet whether they agree and who is to read it.
 */
export function withoutWaiting(declared: Declared, unevaluated: readonly Unevaluated[]): Declared {
    const waiting = new Set(unevaluated.map(({ machine, name }) => `${machine}/${name}`))
    const names = new Set(unevaluated.map(({ name }) => name))
    for (let before = -1; before !== waiting.size;) {
        before = waiting.size
        for (const [machine, own] of declared) {
            for (const [name, { share, dependencies }] of own) {
                const waits = (each: string): boolean =>
                    waiting.has(`${machine}/${each}`) || (!own.has(each) && names.has(each))
                if (!(share && names.has(name)) && !dependencies.some(waits)) continue
                waiting.add(`${machine}/${name}`)
                if (share) names.add(name)
            }
        }
    }
    return new Map(
        [...declared].map(([machine, own]) => [
            machine,
            new Map([...own].filter(([name]) => !waiting.has(`${machine}/${name}`))),
        ]),
    )
}
