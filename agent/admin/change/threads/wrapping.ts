// Wrapping data keys is most of what a change of access to many secrets costs, and takes nothing but arithmetic: it is
// shared with other threads, many data keys to a message.

import { keyEntry } from "../../../sops/key-entry.ts"
import type { KeyEntry } from "../../../sops/key-entry.ts"
import type { Target } from "../../../sops/target.ts"
import type { Threads } from "./threads.ts"

/** To hand one over by itself would take half as long as to wrap it. */
const together = 16

interface Request {
    readonly target: Target
    readonly dataKey: Buffer
    readonly answer: (entry: KeyEntry | Promise<KeyEntry>) => void
}

/**
 * Gives for a target one that wraps the same, in a thread if one has nothing better to do. Whoever takes something else
 * than arithmetic stays as it is.
 */
export function sharedWith(threads: Threads): (target: Target) => Target {
    let gathered: Request[] = []
    const send = (): void => {
        const requests = gathered
        gathered = []
        if (requests.length > 0) void handOver(requests, threads)
    }
    const request = (target: Target, dataKey: Buffer): Promise<KeyEntry> => {
        if (gathered.length === 0) setImmediate(send)
        const { promise, resolve } = Promise.withResolvers<KeyEntry>()
        gathered.push({ target, dataKey, answer: resolve })
        if (gathered.length === together) send()
        return promise
    }
    return (target) => {
        if (target.takes !== undefined) return target
        return {
            ...target,
            wrap: (dataKey) =>
                gathered.length > 0 || threads.haveRoom() ? request(target, dataKey) : target.wrap(dataKey),
        }
    }
}

/** What no thread has done is done here. */
async function handOver(requests: readonly Request[], threads: Threads): Promise<void> {
    const room = new ArrayBuffer(requests.reduce((size, { dataKey }) => size + dataKey.length, 0))
    let used = 0
    const wraps = requests.map(({ target, dataKey }) => {
        const copy = new Uint8Array(room, used, dataKey.length)
        copy.set(dataKey)
        used += dataKey.length
        return { recipient: target.id, dataKey: copy }
    })
    const entries = await threads.wrap({ kind: "wrap", wraps }, [room])
    for (const [index, { target, dataKey, answer }] of requests.entries()) {
        const enc = entries?.[index]
        answer(
            enc === undefined
                ? target.wrap(dataKey)
                : keyEntry("age", { recipient: target.written ?? target.id, enc }),
        )
    }
}
