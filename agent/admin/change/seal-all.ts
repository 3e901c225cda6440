import { lineToCopy } from "../../os/words.ts"
import { UserError } from "../../error.ts"
import type { Document } from "../../sops/document.ts"
import { NoIdentityMatch } from "../../sops/error.ts"
import type { Target } from "../../sops/target.ts"
import { unlock, unlockAll } from "../../sops/unlock.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { findIdentities } from "../keys/find.ts"
import type { Identities } from "../keys/find.ts"
import { fileOf } from "../repository/secret-file.ts"
import { shortened } from "../keys/recipient-name.ts"
import { progress } from "../terminal/progress.ts"
import { secretName } from "../../repo/edits.ts"
import { keepsKey, hasBinding, seal, wrapsFor } from "./seal.ts"
import type { Task } from "./seal.ts"
import type { Write } from "./staging.ts"
import { targetMaker } from "./targets.ts"
import { startThreads } from "./threads/threads.ts"
import { reasonOf, unsealed } from "./unsealed.ts"
import type { Reason } from "./unsealed.ts"
import { sharedWith } from "./threads/wrapping.ts"

/** Plugins wrap for all who ask at the same time; more than this at once only takes memory. */
const together = 100
/** Each of these runs a program for each recipient that needs one. */
const sideBySide = 20
/** So many data keys are wrapped in the time that a thread takes to start. */
const eachThread = 300
/** After so much others get their turn: threads have answered, and git waits for what it is given. */
const turn = { wraps: 16, bytes: 1024 * 1024 }

/**
 * Seals all of them in memory, or none: every secret that cannot be sealed is named in the error. Private keys are
 * looked for only if something has to be opened; one that costs a person something is used once, for all that need it.
 * `sealed` hears of each as it is done, also when not all of them can be, with a name of the data key if it is bound under it.
 */
export async function sealAll(
    tasks: readonly Task[],
    owners: ReadonlyMap<string, readonly string[]>,
    context: Context,
    sealed: (file: Write, task: Task, key: string | undefined) => void = () => undefined,
): Promise<readonly Write[]> {
    const targetOf = targetMaker(context)
    const targets = new Map<string, Target>()
    for (const recipient of new Set(tasks.flatMap(wrapsFor))) {
        targets.set(recipient, await usable(targetOf, recipient, owners))
    }
    const identities = tasks.some(needsKey) ? await findIdentities(context) : undefined
    const at = context.now()
    const step = progress("re-encrypting", tasks.length, context)
    const results = new Map<Task, Write>()
    const failures = new Map<Task, Reason>()

    const takes = new Set([...targets.values()].map((target) => target.takes))
    const all = takes.has(undefined) ? tasks.reduce((sum, task) => sum + wrapsFor(task).length, 0) : 0
    const threads = await startThreads(all, eachThread, context)
    const share = sharedWith(threads)
    for (const [recipient, target] of targets) targets.set(recipient, share(target))

    const attempt = async (task: Task, open: Open): Promise<Task | undefined> => {
        try {
            const own = wrapsFor(task).flatMap((recipient) => targets.get(recipient) ?? [])
            const { bytes, key, renewed } = await seal(task, own, { open, at, targetOf })
            const file: Write = { kind: "bytes", path: fileOf(task.path), bytes }
            results.set(task, file)
            if (task.how === "bind" && !hasBinding(bytes))
                warn(
                    context,
                    `${secretName(task.path)} is not bound any more: ${lineToCopy("hostseal bind", [secretName(task.path)])}`,
                )
            if (renewed.length > 0)
                warn(
                    context,
                    `${secretName(task.path)}: entries that were not those it was bound with are made anew: ` +
                        renewed.map((id) => owners.get(id)?.join(" and ") ?? shortened(id)).join(", "),
                )
            sealed(file, task, key)
        } catch (error) {
            if (error instanceof Locked) return task
            failures.set(task, reasonOf(error))
        }
        step()
        return undefined
    }
    const locked: Task[] = []
    const cheap = withoutCost(identities)
    const finish = async (attempts: readonly Promise<Task | undefined>[]): Promise<void> => {
        locked.push(...(await Promise.all(attempts)).filter((task) => task !== undefined))
    }
    try {
        if (takes.isSubsetOf(new Set([undefined])) && !tasks.some(takesGpg)) {
            const attempts: Promise<Task | undefined>[] = []
            let [wraps, bytes] = [0, 0]
            for (const task of tasks) {
                const attempted = attempt(task, cheap)
                // Until all are waited for: an error of one must not leave the others as rejections that nobody awaits.
                attempted.catch(() => undefined)
                attempts.push(attempted)
                wraps += wrapsFor(task).length
                bytes += (task.file?.length ?? 0) + (task.value?.length ?? 0)
                if (wraps < turn.wraps && bytes < turn.bytes) continue
                wraps = bytes = 0
                await turnOfOthers()
            }
            await finish(attempts)
        } else {
            const size = takes.has("plugin") ? together : sideBySide
            for (let begin = 0; begin < tasks.length; begin += size)
                await finish(tasks.slice(begin, begin + size).map(async (task) => attempt(task, cheap)))
        }
        if (locked.length > 0 && identities !== undefined) {
            const asked = allTogether(locked.length, identities)
            await Promise.all(locked.map(async (task) => attempt(task, asked)))
        }
    } finally {
        await threads.end()
    }
    step.end()
    if (failures.size > 0) throw unsealed(failures, tasks.length, { identities, owners })
    return tasks.flatMap((task) => results.get(task) ?? [])
}

function turnOfOthers(): Promise<void> {
    return new Promise((resolve) => {
        setImmediate(resolve)
    })
}

type Open = (document: Document) => Promise<Buffer>

/** A document that only keys with a price may open. */
class Locked extends Error {}

/** Opens with the keys that ask nobody. Throws `Locked` where others may do. */
function withoutCost(identities: Identities | undefined): Open {
    const keyring = identities?.keyring ?? { identities: [] }
    const cheap = keyring.identities.filter((identity) => identity.unwrapAll === undefined)
    if (cheap.length === keyring.identities.length) return async (document) => unlock(document, keyring)
    return async (document) => {
        try {
            return await unlock(document, { identities: cheap })
        } catch (error) {
            if (error instanceof NoIdentityMatch) throw new Locked()
            throw error
        }
    }
}

/** Opens with all keys, and waits until this many documents are there, so that each key is asked once for all. */
function allTogether(count: number, { keyring }: Identities): Open {
    const documents: Document[] = []
    const { promise, resolve, reject } = Promise.withResolvers<readonly (Buffer | Error)[]>()
    return async (document) => {
        const index = documents.push(document) - 1
        if (documents.length === count) unlockAll(documents, keyring).then(resolve, reject)
        const result = (await promise)[index]
        if (result instanceof Buffer) return result
        throw result ?? new Error("a document was lost")
    }
}

function needsKey(task: Task): boolean {
    return task.value === undefined || keepsKey(task)
}

/** Whether it may be for gpg alone to open it: those who lose it are among those who have it. */
function takesGpg({ extra }: Task): boolean {
    return extra.some((recipient) => recipient.startsWith("pgp:"))
}

async function usable<T>(
    targetOf: (recipient: string) => Promise<T>,
    recipient: string,
    owners: ReadonlyMap<string, readonly string[]>,
): Promise<T> {
    try {
        return await targetOf(recipient)
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        const whose = owners.get(recipient)?.join(" and ") ?? "nobody in this repository"
        throw new Failure("refused", `nothing was changed: a key of ${whose} cannot be used`, {
            cause: error,
        })
    }
}
