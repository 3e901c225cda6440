// Other threads for long work: a change of access to a thousand secrets is a thousand small pieces of arithmetic.

import { availableParallelism } from "node:os"
import type { Worker } from "node:worker_threads"
import type { Context } from "./context.ts"
import type { Sealed, SealJob } from "./thread.ts"

/** Fewer pieces are done before a thread has started. */
const worthwhile = 100
/** More would wait for the one that hands out the work. */
const most = 8

/** Threads that seal. */
export interface Threads {
    readonly count: number
    /** Has one of the threads do it; `undefined` when that failed, for whatever reason. */
    seal(job: SealJob): Promise<Sealed>
    end(): Promise<void>
}

/** Starts as many threads as there are processors, this one counted; none when they are not worth it. */
export async function startThreads(pieces: number, context: Context): Promise<Threads> {
    const count = pieces < worthwhile ? 0 : Math.min(most, availableParallelism()) - 1
    const threads = await Promise.all(
        Array.from({ length: count }, async () => hired(await context.thread())),
    )
    let next = 0
    return {
        count,
        seal(job) {
            const thread = threads[next++ % Math.max(1, count)]
            return thread === undefined ? Promise.resolve(undefined) : thread.seal(job)
        },
        end: async () => void (await Promise.all(threads.map(async ({ worker }) => worker.terminate()))),
    }
}

interface Hired {
    readonly worker: Worker
    seal(job: SealJob): Promise<Sealed>
}

/** A thread answers in the order in which it is asked. One that died answers everything with nothing. */
function hired(worker: Worker): Hired {
    const waiting: ((answer: Sealed) => void)[] = []
    let dead = false
    worker.on("message", (answer: Sealed) => waiting.shift()?.(answer))
    const die = (): void => {
        dead = true
        for (const answer of waiting.splice(0)) answer(undefined)
    }
    worker.on("error", die)
    worker.on("exit", die)
    return {
        worker,
        seal(job) {
            if (dead) return Promise.resolve(undefined)
            const { promise, resolve } = Promise.withResolvers<Sealed>()
            waiting.push(resolve)
            // Handed over and not copied: the data key is not left behind here.
            worker.postMessage(job, [job.file.buffer, job.dataKey.buffer])
            return promise
        },
    }
}
