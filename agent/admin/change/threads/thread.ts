// What runs in the other threads of a long command: the part of its work that needs nobody and no key of a person.

import { parentPort } from "node:worker_threads"
import { parseRecipient } from "../../../age/recipient.ts"
import type { SecretFile } from "../../../repo/verify.ts"
import { ageTarget } from "../../../sops/target.ts"
import type { Target } from "../../../sops/target.ts"
import { inspectFiles } from "../../repository/inspect.ts"
import { secretFolders } from "../../repository/worktree.ts"

/** Data keys to be encrypted, each to one age recipient. Whoever asks has opened or made them. */
export interface WrapJob {
    readonly kind: "wrap"
    readonly wraps: readonly { readonly recipient: string; readonly dataKey: Uint8Array<ArrayBuffer> }[]
}

/** A part of a flake's secrets, whose files are to be looked at: the first of three is 0 of 3. */
export interface LookJob {
    readonly kind: "look"
    readonly flake: string
    readonly part: number
    readonly of: number
}

/** What comes back: armoured age files, and what each file says; nothing where a job failed. */
export type Answer =
    | { readonly kind: "wrap"; readonly entries: readonly string[] }
    | { readonly kind: "look"; readonly files: ReadonlyMap<string, SecretFile> }
    | undefined

/** Answers jobs until the thread is ended. Who asked for one that fails does it again, and hears why. */
export function runThread(): void {
    const targets = new Map<string, Target>()
    parentPort?.on("message", (job: WrapJob | LookJob) => {
        void answerTo(job, targets)
            .catch(() => undefined)
            .then((answer) => parentPort?.postMessage(answer, []))
    })
}

async function answerTo(job: WrapJob | LookJob, targets: Map<string, Target>): Promise<Answer> {
    if (job.kind === "wrap") return { kind: "wrap", entries: await wrapEach(job, targets) }
    const folders = secretFolders(job.flake)
    const size = Math.ceil(folders.length / job.of)
    const part = folders.slice(job.part * size, (job.part + 1) * size)
    return { kind: "look", files: await inspectFiles(job.flake, part) }
}

async function wrapEach({ wraps }: WrapJob, targets: Map<string, Target>): Promise<readonly string[]> {
    const entries: string[] = []
    try {
        for (const { recipient, dataKey } of wraps) {
            const target = targets.get(recipient) ?? targetOf(recipient)
            targets.set(recipient, target)
            entries.push(
                (await target.wrap(Buffer.from(dataKey.buffer, dataKey.byteOffset, dataKey.length))).enc,
            )
        }
    } finally {
        for (const { dataKey } of wraps) dataKey.fill(0)
    }
    return entries
}

function targetOf(recipient: string): Target {
    const parsed = parseRecipient(recipient)
    if (parsed.kind === "unresolved plugin") throw new Error("a plugin has no place in a thread")
    return ageTarget(parsed)
}
