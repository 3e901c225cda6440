// In which order much work is begun, so that whoever waits beside it is not kept waiting.

/** How heavy a piece of work is. */
export interface Weight {
    readonly wraps: number
    readonly bytes: number
}

/** After so much others get their turn: threads have answered, and git waits for what it is given. */
const turn: Weight = { wraps: 16, bytes: 1024 * 1024 }

/** Begins all of it, and gives others their turn in between: for work that is arithmetic, here or in a thread. */
export async function inTurns<T, R>(
    items: readonly T[],
    weigh: (item: T) => Weight,
    work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
    const begun: Promise<R>[] = []
    let [wraps, bytes] = [0, 0]
    for (const item of items) {
        const one = work(item)
        // Until all are waited for: an error of one must not leave the others as rejections that nobody awaits.
        one.catch(() => undefined)
        begun.push(one)
        const weight = weigh(item)
        wraps += weight.wraps
        bytes += weight.bytes
        if (wraps < turn.wraps && bytes < turn.bytes) continue
        wraps = bytes = 0
        await turnOfOthers()
    }
    return Promise.all(begun)
}

/** So many at once, and the next when all of those are done: for work that starts programs. */
export async function inBatches<T, R>(
    items: readonly T[],
    size: number,
    work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
    const results: R[] = []
    for (let begin = 0; begin < items.length; begin += size)
        results.push(...(await Promise.all(items.slice(begin, begin + size).map(work))))
    return results
}

function turnOfOthers(): Promise<void> {
    return new Promise((resolve) => {
        setImmediate(resolve)
    })
}
