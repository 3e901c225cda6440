// What runs in the other threads of a long command: the part of its work that needs nobody and no key of a person.

import { parentPort } from "node:worker_threads"
import { parseRecipient } from "../age/recipient.ts"
import type { SecretFile } from "../repo/verify.ts"
import { ageTarget } from "../sops/target.ts"
import type { Target } from "../sops/target.ts"
import { lookAtAll } from "./look.ts"
import { seal } from "./sealing.ts"
import type { Task } from "./sealing.ts"

/** A file to be sealed anew. Whoever asks has opened it: no identity is needed, and none is in this thread. */
export interface SealJob extends Pick<Task, "how" | "extra" | "recipients"> {
    readonly kind: "seal"
    readonly file: Uint8Array<ArrayBuffer>
    readonly dataKey: Uint8Array<ArrayBuffer>
    readonly at: Date
}

/** Secrets whose files are to be looked at. */
export interface LookJob {
    readonly kind: "look"
    readonly flake: string
    readonly paths: readonly string[]
}

/** What comes back: the new file, and what each file says. */
export type Sealed = Uint8Array<ArrayBuffer>
export type Seen = readonly SecretFile[]

/** Answers jobs until the thread is ended; with nothing where one fails: who asked does it again, and hears why. */
export function runThread(): void {
    const targets = new Map<string, Target>()
    parentPort?.on("message", (job: SealJob | LookJob) => {
        const answer = job.kind === "seal" ? sealed(job, targets) : lookAtAll(job.flake, job.paths)
        void answer
            .catch(() => undefined)
            .then((given) =>
                parentPort?.postMessage(given, given instanceof Uint8Array ? [given.buffer] : []),
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
