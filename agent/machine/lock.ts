// One run at a time for each mount point. Node has no flock(2), so this is Lamport's bakery on a directory: every
// process that waits has files of its own, named after it, and only the live one with the smallest number goes on.
// Nobody ever takes a lock away from anybody, so a run that was killed at any point leaves nothing to recover from:
// the files of dead processes do not count, and whoever sees them removes them.

import {
    closeSync,
    existsSync,
    lstatSync,
    mkdirSync,
    openSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
} from "node:fs"
import { basename, dirname } from "node:path"
import { UserError } from "../error.ts"
import { provideDirectory } from "./generation/provide-directory.ts"
import { codeOf } from "../os/system-error.ts"

const pollInterval = 20

/** Where the runs for a mount point queue: beside it, because it must be held before anything is mounted. */
export function lockDirectory(mountPoint: string): string {
    return `${dirname(mountPoint)}/.${basename(mountPoint)}.lock`
}

/**
 * Waits until no other run holds the lock, and returns what gives it back. `waiting` hears the process id of the
 * other run, once. Throws `UserError` when the directory is not ours alone.
 */
export async function acquireLock(directory: string, waiting: (pid: number) => void): Promise<() => void> {
    prepare(directory)
    const me = identify(process.pid)
    if (me === undefined) throw new UserError("cannot lock: /proc does not know this process")
    const choosing = `${directory}/choosing.${me}`
    closeSync(openSync(choosing, "w", 0o600))
    const number = Math.max(0, ...tickets(directory).map((ticket) => ticket.number ?? 0)) + 1
    const mine = `${directory}/${number}.${me}`
    renameSync(choosing, mine)
    let told = false
    for (;;) {
        const other = tickets(directory).find(
            (ticket) => isBefore(ticket, number, me) && isAlive(directory, ticket),
        )
        if (other === undefined) return () => rmSync(mine, { force: true })
        if (!told) waiting(Number.parseInt(other.owner, 10))
        told = true
        await new Promise((resolve) => {
            setTimeout(resolve, pollInterval)
        })
    }
}

interface Ticket {
    readonly file: string
    /** `undefined` while its owner is choosing: it may become smaller than ours. */
    readonly number: number | undefined
    readonly owner: string
}

function tickets(directory: string): Ticket[] {
    return readdirSync(directory).flatMap((file) => {
        const [, number, owner] = /^(choosing|\d{1,15})\.(\d+\.\d+\.[0-9a-f]+)$/u.exec(file) ?? []
        if (number === undefined || owner === undefined) return []
        return [{ file, number: number === "choosing" ? undefined : Number(number), owner }]
    })
}

function isBefore(ticket: Ticket, number: number, me: string): boolean {
    if (ticket.owner === me) return false
    if (ticket.number === undefined) return true
    return ticket.number < number || (ticket.number === number && ticket.owner < me)
}

/** Its name is never used again, so removing the file of a dead process cannot hurt a live one. */
function isAlive(directory: string, ticket: Ticket): boolean {
    if (identify(Number.parseInt(ticket.owner, 10)) === ticket.owner) return true
    rmSync(`${directory}/${ticket.file}`, { force: true })
    return false
}

/** A process as no other one is ever called: its id, when it started, and which boot that was. */
function identify(pid: number): string | undefined {
    try {
        // Node reads UTF-8 in one call, other encodings in five.
        const status = readFileSync(`/proc/${pid}/stat`, "utf8")
        // The name of the program is in brackets and may hold anything; the start time is field 22 (proc(5)).
        const started = status.slice(status.lastIndexOf(")") + 2).split(" ")[19]
        const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8)
        return `${pid}.${started}.${boot}`
    } catch {
        return undefined
    }
}

function prepare(directory: string): void {
    try {
        // What is missing above the mount point is as the mount point itself: to be entered, not listed.
        provideDirectory(dirname(directory), 0o751)
        if (!existsSync(directory)) mkdirSync(directory, 0o700)
    } catch (error) {
        // Another run made it in the meantime.
        if (codeOf(error) !== "EEXIST" || !existsSync(directory))
            throw new UserError(`cannot lock: cannot make ${directory}`, { cause: error })
    }
    const status = lstatSync(directory)
    if (!status.isDirectory() || status.uid !== process.getuid?.() || (status.mode & 0o077) !== 0)
        throw new UserError(`cannot lock: ${directory} is not a directory of ours with mode 0700`, {
            hint:
                status.uid === 0 && process.getuid?.() !== 0
                    ? "it is root's: run this as root"
                    : "somebody else made it; remove it",
        })
}
