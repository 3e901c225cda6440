// The agent as a service that stays: it installs, and installs again on reload (SIGHUP), when a file that it read
// from outside the Nix store changes, and when somebody changed what it had installed.

import { join } from "node:path"
import { findDrift } from "./drift.ts"
import type { Host } from "./host.ts"
import { install } from "./install.ts"
import { liveNumber } from "./live.ts"
import type { Manifest } from "./manifest.ts"
import { notifierFor } from "./notify.ts"
import type { Notifier } from "./notify.ts"
import { readManifest, runtimeDirectoryOf } from "./read-job.ts"
import { tellError } from "./report.ts"
import { directoriesOf, isChangeable, signatureOf, treeOf, watchDirectories } from "./watch.ts"

/** How long a burst of changes may last before it is looked at. */
const quiet = 200

/** What `run` was called with. */
export interface Residence {
    readonly manifest: string
    readonly ignorePasswd: boolean
    /** Milliseconds between two looks at everything, for what the kernel does not tell about. */
    readonly interval: number
}

type Event = "stop" | "reload" | "look"

/**
 * Runs until SIGTERM or SIGINT; returns the exit code. The first installation must succeed, at least in part: an error
 * is thrown, for the service manager to decide about. Later ones are told, and what is installed stays.
 */
export async function runResident(residence: Residence, host: Host): Promise<number> {
    const notifier = notifierFor(host)
    const events = new Events()
    // Before READY: systemd 262 refuses a notify-reload service without a handler.
    process.on("SIGHUP", () => events.push("reload"))
    process.on("SIGTERM", () => events.push("stop"))
    process.on("SIGINT", () => events.push("stop"))
    const timers = [setInterval(() => events.push("look"), residence.interval)]
    if (notifier.interval !== undefined) timers.push(setInterval(() => notifier.alive(), notifier.interval))

    let state = await work(residence, notifier, host)
    await notifier.ready(state.summary)
    for (;;) {
        const unwatch = watchDirectories(state.directories, quiet, () => events.push("look"))
        // What changed before the watches were there.
        if (reasonFor(state) !== undefined) events.push("look")
        const event = await events.next()
        unwatch()
        if (event === "stop") break
        const reason = event === "reload" ? "reloading" : reasonFor(state)
        if (reason === undefined) continue
        host.tell(reason)
        if (event === "reload") await notifier.reloading()
        try {
            state = await work(residence, notifier, host)
        } catch (error) {
            tellError(error, host)
            // Not again for the same reason.
            state = {
                ...state,
                ...snapshot(state.manifest, residence.manifest),
                summary: "the last run failed",
            }
        }
        await (event === "reload" ? notifier.ready(state.summary) : notifier.status(state.summary))
    }
    for (const timer of timers) clearInterval(timer)
    await notifier.stopping()
    return 0
}

/** What is known after an installation, to tell later what has changed since. */
interface Installed extends Snapshot {
    readonly manifest: Manifest
    readonly summary: string
}

interface Snapshot {
    readonly files: readonly string[]
    readonly signature: string
    readonly drift: readonly string[]
    readonly directories: readonly string[]
}

async function work(residence: Residence, notifier: Notifier, host: Host): Promise<Installed> {
    const { manifest: path, ignorePasswd } = residence
    const manifest = readManifest(path, runtimeDirectoryOf(host))
    // Taken first: a change during the run is one that comes after it.
    const signature = signatureOf(filesOf(manifest, path))
    const mode = { ignorePasswd, dry: false, between: () => notifier.alive() }
    const { installed, failures } = await install({ manifest, path, mode }, host)
    const summary = `${installed} installed, ${failures.length} failed`
    return { ...snapshot(manifest, path), signature, manifest, summary }
}

function snapshot(manifest: Manifest, path: string): Snapshot {
    const { mountPoint, symlinkPath } = manifest
    const files = filesOf(manifest, path)
    const live = liveNumber(mountPoint, symlinkPath)
    return {
        files,
        signature: signatureOf(files),
        // What could not be put right by this run will not be by the next one.
        drift: findDrift(mountPoint, symlinkPath),
        directories: [
            ...directoriesOf([...files, symlinkPath]),
            ...(live === undefined ? [] : treeOf(join(mountPoint, `${live}`))),
        ],
    }
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
    return [...new Set(read)].filter(isChangeable)
}

/** Why to install again, if there is a reason. */
function reasonFor({ manifest, files, signature, drift }: Installed): string | undefined {
    if (signatureOf(files) !== signature) return "a file changed, installing again"
    const fresh = findDrift(manifest.mountPoint, manifest.symlinkPath).filter(
        (change) => !drift.includes(change),
    )
    return fresh.length === 0 ? undefined : `putting back what was changed: ${fresh.join(", ")}`
}

/** Events in their order; one that waits already is not added again. */
class Events {
    private readonly waiting: Event[] = []
    private wake: (() => void) | undefined

    push(event: Event): void {
        if (!this.waiting.includes(event)) this.waiting.push(event)
        this.wake?.()
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
