// What runs in the other threads of a long command: the part of its work that needs nobody and no key of a person.

import { parentPort } from "node:worker_threads"
import { parseRecipient } from "../age/recipient.ts"
import { ageTarget } from "../sops/target.ts"
import type { Target } from "../sops/target.ts"
import { seal } from "./sealing.ts"
import type { Task } from "./sealing.ts"

/** A file to be sealed anew. Whoever asks has opened it: no identity is needed, and none is in this thread. */
export interface SealJob extends Pick<Task, "how" | "extra" | "recipients"> {
    readonly file: Uint8Array<ArrayBuffer>
    readonly dataKey: Uint8Array<ArrayBuffer>
    readonly at: Date
}

/** What comes back; nothing when it failed, for whatever reason: who asked does it again, and hears why. */
export type Sealed = Uint8Array<ArrayBuffer> | undefined

/** Answers jobs in their order until the thread is ended. */
export function runThread(): void {
    const targets = new Map<string, Target>()
    parentPort?.on("message", (job: SealJob) => {
        void sealed(job, targets)
            .catch(() => undefined)
            .then((answer: Sealed) =>
                parentPort?.postMessage(answer, answer === undefined ? [] : [answer.buffer]),
            )
    })
}

async function sealed(job: SealJob, targets: Map<string, Target>): Promise<Sealed> {
    const own = job.recipients.map((recipient) => {
        const target = targets.get(recipient) ?? targetOf(recipient)
        targets.set(recipient, target)
        return target
    })
    const task = { how: job.how, extra: job.extra, file: Buffer.from(job.file.buffer) }
    return new Uint8Array(
        await seal(task, own, () => Promise.resolve(Buffer.from(job.dataKey.buffer)), job.at),
    )
}

function targetOf(recipient: string): Target {
    const parsed = parseRecipient(recipient)
    if (parsed.kind === "unresolved plugin") throw new Error("a plugin has no place in a thread")
    return ageTarget(parsed)
}
