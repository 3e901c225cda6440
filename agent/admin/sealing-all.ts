import { UserError } from "../error.ts"
import { secretName } from "../repo/edits.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../sops/error.ts"
import { unlockAll } from "../sops/unlock.ts"
import type { Context } from "./context.ts"
import { Failure } from "./failure.ts"
import { findIdentities } from "./identities.ts"
import type { Identities } from "./identities.ts"
import { cannotDecrypt } from "./identities-error.ts"
import { progress } from "./progress.ts"
import { seal } from "./sealing.ts"
import type { Task } from "./sealing.ts"
import type { Write } from "./staging.ts"
import { targetMaker } from "./targets.ts"

/**
 * Seals all of them in memory, or none: every secret that cannot be sealed is named in the error. Private keys are
 * looked for only if something has to be opened, and each is unlocked once for all.
 */
export async function sealAll(
    tasks: readonly Task[],
    owners: ReadonlyMap<string, readonly string[]>,
    context: Context,
): Promise<readonly Write[]> {
    const targetOf = targetMaker(context)
    const targets = new Map<string, Awaited<ReturnType<typeof targetOf>>>()
    for (const recipient of new Set(tasks.flatMap(({ recipients }) => recipients))) {
        targets.set(recipient, await usable(targetOf, recipient, owners))
    }
    const { keys, identities } = await unlocked(tasks, context)
    const writes: Write[] = []
    const failures: Failure[] = []
    const step = progress("re-encrypting", tasks.length, context)
    for (const task of tasks) {
        const key = keys.get(task)
        const own = task.recipients.flatMap((recipient) => targets.get(recipient) ?? [])
        try {
            if (key instanceof Error) throw key
            writes.push({
                kind: "bytes",
                path: `${task.path}/secret`,
                bytes: await seal(task, own, key, context.now()),
            })
        } catch (error) {
            failures.push(failureOf(error, task, identities, owners))
        }
        if (key instanceof Buffer) key.fill(0)
        step()
    }
    step.end()
    throwAll(failures, tasks.length)
    return writes
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

async function unlocked(tasks: readonly Task[], context: Context) {
    const keys = new Map<Task, Buffer | Error>()
    const locked = tasks.filter(({ value, document }) => value === undefined && document !== undefined)
    if (locked.length === 0) return { keys, identities: undefined }
    const identities = await findIdentities(context)
    const results = await unlockAll(
        locked.flatMap(({ document }) => document ?? []),
        identities.keyring,
    )
    for (const [index, task] of locked.entries())
        keys.set(task, results[index] ?? new Error("a document was lost"))
    return { keys, identities }
}

function failureOf(
    error: unknown,
    { path }: Task,
    identities: Identities | undefined,
    owners: ReadonlyMap<string, readonly string[]>,
): Failure {
    const name = secretName(path)
    if (error instanceof NoIdentityMatch && identities !== undefined)
        return cannotDecrypt(name, error, identities, owners)
    if (error instanceof MacMismatch || error instanceof SopsError)
        return new Failure("refused", `secret "${name}" cannot be re-encrypted`, { cause: error })
    if (error instanceof UserError)
        return new Failure("refused", `secret "${name}" cannot be encrypted`, { cause: error })
    throw error
}

function throwAll(failures: readonly Failure[], count: number): void {
    const [first] = failures
    if (first === undefined) return
    if (failures.length === 1) throw new Failure(first.code, "nothing was changed", { cause: first })
    const all = new AggregateError(failures, `${failures.length} of ${count} secrets cannot be re-encrypted`)
    throw new Failure(first.code, "nothing was changed", { cause: all })
}
