// Other threads for long work: a change of access to a thousand secrets is thousands of small pieces of arithmetic, and
// to look at ten thousand files is to wait for each.

import { availableParallelism } from "node:os"
import type { SecretFile } from "../../../repo/verify.ts"
import type { Worker } from "node:worker_threads"
import type { Context } from "../../context.ts"
import type { Answer, LookJob, WrapJob } from "./thread.ts"

/** More would wait for the one that hands out the work. */
const most = 8
/** So many jobs last until the one that hands them out has the next. */
const enough = 5

/** Threads of ours. A job that fails, for whatever reason, comes back as `undefined`. */
export interface Threads {
    readonly count: number
    /** Whether one of them will soon have nothing to do. */
    haveRoom(): boolean
    /** Has the thread do it that has the least to do. `given` is handed over: nothing of it is left here. */
    wrap(job: WrapJob, given: readonly ArrayBuffer[]): Promise<readonly string[] | undefined>
    look(job: LookJob): Promise<ReadonlyMap<string, SecretFile> | undefined>
    end(): Promise<void>
}

/**
 * Starts threads for so many pieces of work, each of which is worth starting for `each` of them. With this one there are
 * as many as processors at most.
 */
export async function startThreads(pieces: number, each: number, context: Context): Promise<Threads> {
    const count = Math.min(Math.floor(pieces / each), Math.min(most, availableParallelism()) - 1)
    const threads = await Promise.all(
        Array.from({ length: count }, async () => hired(await context.thread())),
    )
    const freest = (): BusyThread | undefined =>
        threads.reduce<BusyThread | undefined>(
            (best, thread) => (best === undefined || thread.waiting() < best.waiting() ? thread : best),
            undefined,
        )
    return {
        count,
        haveRoom: () => (freest()?.waiting() ?? enough) < enough,
        async wrap(job, given) {
            const answer = await freest()?.ask(job, given)
            return answer?.kind === "wrap" ? answer.entries : undefined
        },
        async look(job) {
            const answer = await freest()?.ask(job, [])
            return answer?.kind === "look" ? answer.files : undefined
        },
        end: async () => void (await Promise.all(threads.map(async ({ worker }) => worker.terminate()))),
    }
}

interface BusyThread {
    readonly worker: Worker
    /** How many jobs it has not answered. */
    waiting(): number
    ask(job: WrapJob | LookJob, given: readonly ArrayBuffer[]): Promise<Answer>
}

/** A thread answers in the order in which it is asked. One that died answers everything with nothing. */
function hired(worker: Worker): BusyThread {
    const waiting: ((answer: Answer) => void)[] = []
    let dead = false
    worker.on("message", (answer: Answer) => waiting.shift()?.(answer))
    const die = (): void => {
        dead = true
        for (const answer of waiting.splice(0)) answer(undefined)
    }
    worker.on("error", die)
    worker.on("exit", die)
    return {
        worker,
        waiting: () => (dead ? enough : waiting.length),
        ask(job, given) {
            if (dead) return Promise.resolve(undefined)
            const { promise, resolve } = Promise.withResolvers<Answer>()
            waiting.push(resolve)
            worker.postMessage(job, given)
            return promise
        },
    }
}
