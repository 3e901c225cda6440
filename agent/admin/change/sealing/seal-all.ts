import { lineToCopy } from "../../../os/shell-words.ts"
import { warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { findIdentities } from "../../keys/find.ts"
import { fileOf } from "../../repository/secret-file.ts"
import { shortened } from "../../keys/recipient-name.ts"
import { progress } from "../../terminal/progress.ts"
import { secretName } from "../../../repo/edits.ts"
import { keepsKey, hasBinding, seal, wrapsFor } from "./seal.ts"
import type { Sealed, Task } from "./seal.ts"
import type { Write } from "../staging.ts"
import { Locked, allTogether, withoutCost } from "./openers.ts"
import type { Open } from "./openers.ts"
import { inBatches, inTurns } from "./turns.ts"
import type { Weight } from "./turns.ts"
import { targetMaker, targetsFor } from "./targets.ts"
import { startThreads } from "../threads/threads.ts"
import { reasonOf, unsealed } from "./unsealed.ts"
import type { Reason } from "./unsealed.ts"
import { sharedWith } from "../threads/wrapping.ts"

/** Plugins wrap for all who ask at the same time; more than this at once only takes memory. */
const together = 100
/** Each of these runs a program for each recipient that needs one. */
const sideBySide = 20
/** So many data keys are wrapped in the time that a thread takes to start. */
const eachThread = 300

/** What is known of recipients: whose they are, and how files name them where that is more than the key. */
export interface Recipients {
    readonly owners: ReadonlyMap<string, readonly string[]>
    readonly written?: ReadonlyMap<string, string>
}

/**
 * Seals all of them in memory, or none: every secret that cannot be sealed is named in the error. Private keys are
 * looked for only if something has to be opened; one that costs a person something is used once, for all that need it.
 * `sealed` hears of each as it is done, also when not all of them can be, with a name of the data key if it is bound under it.
 */
export async function sealAll(
    tasks: readonly Task[],
    { owners, written }: Recipients,
    context: Context,
    sealed: (file: Write, task: Task, key: string | undefined) => void = () => undefined,
): Promise<readonly Write[]> {
    const targetOf = targetMaker(context, written)
    const targets = await targetsFor(new Set(tasks.flatMap(wrapsFor)), targetOf, owners)
    const identities = tasks.some(needsKey) ? await findIdentities(context) : undefined
    const at = context.now()
    const step = progress("re-encrypting", tasks.length, context)
    const results = new Map<Task, Write>()
    const failures = new Map<Task, Reason>()

    const takes = new Set([...targets.values()].map((target) => target.takes))
    const arithmetic = takes.has(undefined) ? tasks.reduce((sum, task) => sum + weigh(task).wraps, 0) : 0
    const threads = await startThreads(arithmetic, eachThread, context)
    const share = sharedWith(threads)
    for (const [recipient, target] of targets) targets.set(recipient, share(target))

    /** Gives the task back if only keys with a price may open it. */
    const attempt = async (task: Task, open: Open): Promise<Task | undefined> => {
        try {
            const own = wrapsFor(task).flatMap((recipient) => targets.get(recipient) ?? [])
            const done = await seal(task, own, { open, at, targetOf })
            const file: Write = { kind: "bytes", path: fileOf(task.path), bytes: done.bytes }
            results.set(task, file)
            for (const warning of warningsOf(task, done, owners)) warn(context, warning)
            sealed(file, task, done.key)
        } catch (error) {
            if (error instanceof Locked) return task
            failures.set(task, reasonOf(error))
        }
        step()
        return undefined
    }
    const cheap = withoutCost(identities)
    const atNoCost = async (task: Task): Promise<Task | undefined> => attempt(task, cheap)
    try {
        const isArithmetic = takes.isSubsetOf(new Set([undefined])) && !tasks.some(takesGpg)
        const left = isArithmetic
            ? await inTurns(tasks, weigh, atNoCost)
            : await inBatches(tasks, takes.has("plugin") ? together : sideBySide, atNoCost)
        const locked = left.filter((task) => task !== undefined)
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

/** What a person should know of a secret that was sealed. */
function* warningsOf(
    { path, how }: Task,
    { bytes, renewed }: Sealed,
    owners: ReadonlyMap<string, readonly string[]>,
): Iterable<string> {
    const name = secretName(path)
    if (how === "bind" && !hasBinding(bytes))
        yield `${name} is not bound any more: ${lineToCopy("hostseal bind", [name])}`
    if (renewed.length > 0)
        yield (
            `${name}: entries that were not those it was bound with are made anew: ` +
            renewed.map((id) => owners.get(id)?.join(" and ") ?? shortened(id)).join(", ")
        )
}

function weigh(task: Task): Weight {
    return { wraps: wrapsFor(task).length, bytes: (task.file?.length ?? 0) + (task.value?.length ?? 0) }
}

function needsKey(task: Task): boolean {
    return task.value === undefined || keepsKey(task)
}

/** Whether it may be for gpg alone to open it: those who lose it are among those who have it. */
function takesGpg({ extra }: Task): boolean {
    return extra.some((recipient) => recipient.startsWith("pgp:"))
}
