// The agent as a service that stays: it installs, and installs again on reload (SIGHUP), when a file that it read
// from outside the Nix store changes, and when somebody changed what it had installed.

import { join } from "node:path"
import { driftText, findDrift } from "../generation/drift.ts"
import type { Drift } from "../generation/drift.ts"
import type { Host } from "../host.ts"
import { install } from "../install.ts"
import { liveNumber } from "../generation/live.ts"
import type { Manifest } from "../manifest/manifest.ts"
import { notifierFor } from "../notify.ts"
import type { Notifier } from "../notify.ts"
import { readManifest, runtimeDirectoryOf } from "../manifest/read.ts"
import { tellError } from "../report.ts"
import { isTemporary, isShortage } from "../../os/system-error.ts"
import { directoriesOf, isChangeable, signatureOf, treeOf, watchDirectories } from "./watch.ts"

/** How long a burst of changes may last before it is looked at. */
const quiet = 200

/** How often it is looked whether what the first installation lacked is there: a mount is no event of a directory. */
const patience = 10_000

/** How many runs may follow each other before the rest waits for the timer: something may change because of each run. */
const mostInRow = 10

/** What `run` was called with. */
export interface ResidentOptions {
    readonly manifest: string
    readonly ignorePasswd: boolean
    /** Milliseconds between two looks at everything, for what the kernel does not tell about. */
    readonly interval: number
}

type Event = "stop" | "reload" | "look" | "tick"

/**
 * Runs until SIGTERM or SIGINT; returns the exit code. If nothing can be installed at first because something is missing,
 * as a key is on a disk that comes late, it is told and waited for; any other error is thrown then, for the service
 * manager to decide about. Later ones are told, and what is installed stays.
 */
export async function runResident(residence: ResidentOptions, host: Host): Promise<number> {
    const notifier = notifierFor(host)
    const events = new Events()
    // Before READY: systemd 262 refuses a notify-reload service without a handler.
    process.on("SIGHUP", () => events.push("reload"))
    process.on("SIGTERM", () => events.push("stop"))
    process.on("SIGINT", () => events.push("stop"))
    const timers = [setInterval(() => events.push("tick"), residence.interval)]
    if (notifier.interval !== undefined) timers.push(setInterval(() => notifier.alive(), notifier.interval))

    // Paths that were put back since the timer last found them as they should be. Whoever changes them again is not
    // fought over it: they wait for the timer, and no unit is asked.
    let putBack: ReadonlySet<string> = new Set()
    let inRow = 0
    let state = await begin(readWork(residence, host), residence, notifier, host)
    if (state.waiting) timers.push(setInterval(() => state.waiting && events.push("look"), patience))
    await notifier.ready(state.summary)
    for (;;) {
        const unwatch = watchDirectories(directoriesToWatch(state), quiet, () => events.push("look"))
        // What changed before the watches were there.
        if (inRow < mostInRow && reasonFor(state, look(state), "look", putBack) !== undefined)
            events.pushLater("look", quiet)
        const event = await events.next()
        unwatch()
        if (event === "stop") break
        if (event === "look" && inRow >= mostInRow) continue
        const sight = look(state)
        const reason = event === "reload" ? "reloading" : reasonFor(state, sight, event, putBack)
        if (reason === undefined) {
            // Left alone for long enough: from now on a change is one like any other.
            if (event === "tick") {
                putBack = new Set()
                inRow = 0
            }
            continue
        }
        const drifted = sight.drift.map(({ path }) => path)
        const again = putBack
        putBack = new Set(event === "tick" ? drifted : [...drifted, ...again])
        host.tell(reason)
        if (++inRow === mostInRow)
            host.tell(`warning: ${inRow} runs in a row; until that ends, changes wait for the next interval`)
        if (event === "reload") await notifier.reloading()
        let job: Work | undefined
        try {
            job = readWork(residence, host)
            state = await work(job, residence, notifier, host, again)
        } catch (error) {
            tellError(error, host)
            state = {
                ...state,
                // Not again for the same reason.
                files: job?.files ?? state.files,
                signature: job?.signature ?? sight.signature,
                unfixable: new Set(drifted),
                summary: state.waiting ? state.summary : "the last run failed",
                retry: isShortage(error),
            }
        }
        await (event === "reload" ? notifier.ready(state.summary) : notifier.status(state.summary))
    }
    for (const timer of timers) clearInterval(timer)
    await notifier.stopping()
    return 0
}

/** What there is to install, and every file that is read for it and that can change. */
interface Work {
    readonly manifest: Manifest
    readonly files: readonly string[]
    /** How the files were before any of them was read. */
    readonly signature: string
}

/** What is known after an installation, to tell later what has changed since. */
interface Installed extends Work {
    readonly summary: string
    /** Paths where something is wrong that the run could not put right, so that the next one would not either. */
    readonly unfixable: ReadonlySet<string>
    /** Something was short (room, memory), and nothing will tell when it no longer is. */
    readonly retry: boolean
    /** Nothing is installed yet, for something is missing. */
    readonly waiting: boolean
}

/** The first installation. */
async function begin(
    job: Work,
    residence: ResidentOptions,
    notifier: Notifier,
    host: Host,
): Promise<Installed> {
    try {
        return await work(job, residence, notifier, host, new Set())
    } catch (error) {
        if (!isTemporary(error)) throw error
        tellError(error, host)
        const { mountPoint, symlinkPath } = job.manifest
        return {
            ...job,
            summary: "waiting for what is missing",
            // That nothing is there is no news.
            unfixable: new Set(findDrift(mountPoint, symlinkPath).map(({ path }) => path)),
            retry: isShortage(error),
            waiting: true,
        }
    }
}

function readWork({ manifest: path }: ResidentOptions, host: Host): Work {
    const manifest = readManifest(path, runtimeDirectoryOf(host))
    const files = filesOf(manifest, path)
    // Taken first: a change during the run is one that comes after it.
    return { manifest, files, signature: signatureOf(files, manifest.mountPoint) }
}

async function work(
    job: Work,
    { manifest: path, ignorePasswd }: ResidentOptions,
    notifier: Notifier,
    host: Host,
    again: ReadonlySet<string>,
): Promise<Installed> {
    const mode = { ignorePasswd, dry: false, heartbeat: () => notifier.alive(), again }
    const { installed, failures, unplaced } = await install({ manifest: job.manifest, path, mode }, host)
    const summary = `${installed} installed, ${failures.length} failed`
    const retry = failures.some(({ problem }) => isShortage(problem))
    return { ...job, summary, unfixable: new Set(unplaced), retry, waiting: false }
}

/** How everything is at a moment. */
interface Observation {
    readonly signature: string
    readonly drift: readonly Drift[]
}

function look({ manifest, files }: Installed): Observation {
    return {
        signature: signatureOf(files, manifest.mountPoint),
        drift: findDrift(manifest.mountPoint, manifest.symlinkPath),
    }
}

/** Why to install again, if there is a reason. */
function reasonFor(
    { signature, unfixable, retry }: Installed,
    now: Observation,
    event: "look" | "tick",
    putBack: ReadonlySet<string>,
): string | undefined {
    if (now.signature !== signature) return "a file changed, installing again"
    if (retry && event === "tick") return "trying again"
    const changes = now.drift.filter(({ path }) => !unfixable.has(path))
    if (event === "look" ? changes.every(({ path }) => putBack.has(path)) : changes.length === 0)
        return undefined
    const texts = changes.map(
        (change) => `${driftText(change)}${putBack.has(change.path) ? ", again (no unit is asked)" : ""}`,
    )
    return `putting back what was changed: ${texts.join("; ")}`
}

function directoriesToWatch({ manifest: { mountPoint, symlinkPath }, files }: Installed): string[] {
    const live = liveNumber(mountPoint, symlinkPath)
    return [
        ...directoriesOf([...files, symlinkPath]),
        ...(live === undefined ? [] : treeOf(join(mountPoint, `${live}`))),
    ]
}

/** Every file that an installation reads and that can change. */
function filesOf(manifest: Manifest, path: string): string[] {
    const { secrets, templates, ageKeyFile, sshKeyPaths, rsaKeyPaths } = manifest
    const read = [
        path,
        ...(ageKeyFile === undefined ? [] : [ageKeyFile]),
        ...sshKeyPaths,
        ...rsaKeyPaths,
        ...secrets.map(({ source }) => source),
        ...templates.flatMap(({ textFile }) => textFile ?? []),
    ]
    return [...new Set(read)].filter((one) => isChangeable(one))
}

/** Events in their order; one that waits already is not added again. */
class Events {
    private readonly waiting: Event[] = []
    private wake: (() => void) | undefined

    push(event: Event): void {
        if (!this.waiting.includes(event)) this.waiting.push(event)
        this.wake?.()
    }

    /** A little later: signals are heard meanwhile, however much there is to do. */
    pushLater(event: Event, delay: number): void {
        setTimeout(() => this.push(event), delay)
    }

    async next(): Promise<Event> {
        for (;;) {
            if (this.waiting.includes("stop")) return "stop"
            const event = this.waiting.shift()
            if (event !== undefined) return event
            await new Promise<void>((resolve) => {
                this.wake = resolve
            })
        }
    }
}
