// How a change reaches the tree: all of it or nothing. Everything new is written into one folder beside its place and
// is on the disk before the first rename; what is replaced or removed is kept in the same folder until the end. So the
// tree is changed by renames alone, each of which can be made again or taken back (docs/security-rules.md#files).

import { closeSync, copyFileSync, fchmodSync, fsync, linkSync, lstatSync, mkdirSync, openSync } from "node:fs"
import { readdirSync, readlinkSync, renameSync, rmdirSync, rmSync, symlinkSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { promisify } from "node:util"
import { UserError } from "../../error.ts"
import type { TreeChange } from "../../repo/links.ts"
import { Refusal } from "../../repo/refusal.ts"
import { makeFolders } from "../../os/folders.ts"
import { readBounded } from "../../os/regular-file.ts"

/** A change to the tree, values included. */
export type Write = TreeChange | { readonly kind: "bytes"; readonly path: string; readonly bytes: Buffer }

/** One rename; `kept` is where the file that it replaces can still be had. All paths are relative to the flake. */
export interface Step {
    readonly from: string
    readonly to: string
    readonly kept?: string | undefined
}

/** A change that is ready to be made. */
export interface Staged {
    readonly steps: readonly Step[]
    /** Every file and link that appears, changes or disappears. */
    readonly paths: readonly string[]
    /** Folders that may be empty afterwards, the deepest first. */
    readonly emptied: readonly string[]
    /** Folders that were made for it. */
    readonly made: readonly string[]
}

/** Where changes wait for their turn. It is there only while a command runs, or after one was killed. */
export const stagingFolder = "sops/.hostseal"

const flush = promisify(fsync)
/**
 * The disk writes many files at once faster than one by one, and does it while the next ones are made; but each is open
 * until then, and a process has few.
 */
const flushedTogether = 100

/**
 * Prepares a change without touching anything that is there: an error leaves nothing behind. Changes that would change
 * nothing are left out.
 */
export async function stage(flake: string, writes: readonly Write[]): Promise<Staged> {
    const staging = new Staging(flake)
    try {
        let flushing = Promise.resolve()
        for (const write of writes) {
            staging.add(write)
            if (staging.unflushed < flushedTogether) continue
            await flushing
            flushing = staging.flush()
            // Until it is waited for: an error of the next file must not leave a rejection that nobody awaits.
            flushing.catch(() => undefined)
        }
        await flushing
        await staging.flush()
        return staging.result()
    } catch (error) {
        discard(flake, staging.result())
        throw error
    }
}

/** Makes the change, or what is left of one that was interrupted: steps that were made already are passed over. */
export function apply(flake: string, { steps, made }: Pick<Staged, "steps" | "made">): void {
    for (const folder of made) makeFolders(`${flake}/${folder}`)
    for (const { from, to } of steps) {
        if (exists(`${flake}/${from}`)) renameSync(`${flake}/${from}`, `${flake}/${to}`)
    }
}

/**
 * Takes a change back, however much of it was made, and also after this was interrupted. Nothing but renames and
 * removals, as far as no folder has been removed: it works on a full disk.
 */
export function takeBack(flake: string, { steps }: Pick<Staged, "steps">): void {
    for (const { from, to, kept } of steps.toReversed()) {
        // What waits still was never put into its place.
        if (from.startsWith(`${stagingFolder}/`) && exists(`${flake}/${from}`)) continue
        if (kept !== undefined) back(flake, kept, to)
        else if (from.startsWith(`${stagingFolder}/`)) rmSync(`${flake}/${to}`, { force: true })
        else back(flake, to, from)
    }
}

/**
 * Throws unless every step of a change stays inside the flake. Staging sees to that for its own changes; a journal that
 * is found may be older than the folders, or somebody else's.
 */
export function mustStayInside(flake: string, { steps, made, emptied }: Omit<Staged, "paths">): void {
    const paths = [
        ...steps.flatMap(({ from, to, kept = to }) => [from, to, kept]).map(dirname),
        ...made,
        ...emptied,
    ]
    const folders = new Set(
        paths.flatMap((path) => path.split("/").map((_, index, all) => all.slice(0, index + 1).join("/"))),
    )
    for (const folder of folders) {
        const status = lstatSync(`${flake}/${folder}`, { throwIfNoEntry: false })
        if (status !== undefined && !status.isDirectory()) throw inTheWay(folder)
    }
}

/** Removes what a change has left empty. */
export function removeEmptied(flake: string, { emptied }: Pick<Staged, "emptied">): void {
    for (const folder of emptied) removeIfEmpty(`${flake}/${folder}`)
}

/** Removes the folder of changes, and the folders that were made for a change that is not to be. */
export function discard(flake: string, { made }: { readonly made: readonly string[] } = { made: [] }): void {
    rmSync(`${flake}/${stagingFolder}`, { recursive: true, force: true })
    for (const folder of made.toReversed()) removeIfEmpty(`${flake}/${folder}`)
    removeIfEmpty(`${flake}/sops`)
}

class Staging {
    readonly #flake: string
    readonly #steps: Step[] = []
    readonly #paths = new Set<string>()
    readonly #emptied = new Set<string>()
    readonly #taken = new Set<string>()
    readonly #moved = new Map<string, string>()
    readonly #made: string[] = []
    readonly #sound = new Set<string>()
    readonly #descriptors: number[] = []
    #count = 0

    constructor(flake: string) {
        this.#flake = flake
        this.#makeFolder("sops")
        this.#sound.delete("sops")
        try {
            mkdirSync(`${flake}/${stagingFolder}`, { mode: 0o700 })
        } catch (error) {
            throw new UserError("nothing was changed: the repository cannot be written to", { cause: error })
        }
    }

    add(write: Write): void {
        switch (write.kind) {
            case "text":
                return this.#put(write.path, Buffer.from(write.text), 0o644)
            case "bytes":
                return this.#put(write.path, write.bytes)
            case "link":
                return this.#link(write.path, write.target)
            case "unlink":
                return this.#takeAway(write.path)
            case "move":
                return this.#move(write.from, write.path)
            case "drop":
                return this.#drop(write.path)
        }
    }

    /** How many new files are not on the disk yet. */
    get unflushed(): number {
        return this.#descriptors.length
    }

    async flush(): Promise<void> {
        const descriptors = this.#descriptors.splice(0)
        try {
            await Promise.all(descriptors.map(async (descriptor) => flush(descriptor)))
        } finally {
            for (const descriptor of descriptors) closeSync(descriptor)
        }
    }

    result(): Staged {
        for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor)
        const deepestFirst = [...this.#emptied].toSorted((a, b) => b.length - a.length)
        return { steps: this.#steps, paths: [...this.#paths], emptied: deepestFirst, made: this.#made }
    }

    /** A file with these bytes. Without a mode it keeps that of the file it replaces, without execution. */
    #put(path: string, bytes: Buffer, mode?: number): void {
        const origin = this.#originOf(path)
        const target = `${this.#flake}/${origin}`
        this.#makeFolder(dirname(origin))
        const old = this.#statusOf(origin)
        if (old !== undefined && !old.isFile()) throw inTheWay(path)
        const wanted = mode ?? (old === undefined ? 0o644 : old.mode & 0o666)
        if (
            old !== undefined &&
            (old.mode & 0o777) === wanted &&
            old.size === bytes.length &&
            readBounded(target, bytes.length)?.equals(bytes)
        )
            return
        const from = this.#next()
        const descriptor = openSync(`${this.#flake}/${from}`, "wx", 0o600)
        this.#descriptors.push(descriptor)
        for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at)
        fchmodSync(descriptor, wanted)
        this.#step(from, path, old === undefined ? undefined : this.#keep(origin))
    }

    #link(path: string, target: string): void {
        const origin = this.#originOf(path)
        this.#makeFolder(dirname(origin))
        const old = this.#statusOf(origin)
        if (old !== undefined && !old.isSymbolicLink()) throw inTheWay(path)
        if (old !== undefined && readlinkSync(`${this.#flake}/${origin}`) === target) return
        const from = this.#next()
        symlinkSync(target, `${this.#flake}/${from}`)
        if (old === undefined) return this.#step(from, path)
        // A link cannot be linked to everywhere: keep an equal one.
        const kept = this.#next()
        symlinkSync(readlinkSync(`${this.#flake}/${origin}`), `${this.#flake}/${kept}`)
        this.#step(from, path, kept)
    }

    #takeAway(path: string): void {
        if (this.#statusOf(this.#originOf(path)) === undefined || this.#taken.has(path)) return
        this.#taken.add(path)
        this.#step(path, this.#next())
        this.#leaves(dirname(path))
    }

    #move(from: string, to: string): void {
        if (this.#statusOf(from) === undefined) return
        if (this.#statusOf(to) !== undefined) throw inTheWay(to)
        this.#makeFolder(dirname(to))
        for (const file of this.#filesIn(from)) {
            this.#paths.add(`${from}/${file}`)
            this.#paths.add(`${to}/${file}`)
        }
        this.#steps.push({ from, to })
        this.#moved.set(to, from)
        this.#leaves(dirname(from))
    }

    /** Where what will lie at a path lies now: its folder may be about to be moved there. */
    #originOf(path: string): string {
        for (const [to, from] of this.#moved)
            if (path.startsWith(`${to}/`)) return from + path.slice(to.length)
        return path
    }

    #drop(path: string): void {
        if (this.#statusOf(path) === undefined) return
        for (const file of this.#filesIn(path)) this.#paths.add(`${path}/${file}`)
        this.#steps.push({ from: path, to: this.#next() })
        this.#leaves(dirname(path))
    }

    #step(from: string, to: string, kept?: string): void {
        this.#paths.add(from.startsWith(`${stagingFolder}/`) ? to : from)
        this.#steps.push(kept === undefined ? { from, to } : { from, to, kept })
    }

    #next(): string {
        return `${stagingFolder}/${this.#count++}`
    }

    #keep(path: string): string {
        const kept = this.#next()
        try {
            linkSync(`${this.#flake}/${path}`, `${this.#flake}/${kept}`)
        } catch {
            // File systems without hard links.
            copyFileSync(`${this.#flake}/${path}`, `${this.#flake}/${kept}`)
        }
        return kept
    }

    /** Makes a folder and its parents, and makes sure that none of them is a link to somewhere else. */
    #makeFolder(path: string): void {
        if (path === "." || this.#sound.has(path)) return
        this.#makeFolder(dirname(path))
        const status = this.#statusOf(path)
        if (status === undefined) {
            mkdirSync(`${this.#flake}/${path}`)
            this.#made.push(path)
        } else if (!status.isDirectory()) throw inTheWay(path)
        this.#sound.add(path)
    }

    /** Every file and link below a folder. Node's own recursion follows links to folders. */
    #filesIn(path: string): readonly string[] {
        return readdirSync(`${this.#flake}/${path}`, { withFileTypes: true }).flatMap((entry) =>
            entry.isDirectory()
                ? this.#filesIn(`${path}/${entry.name}`).map((file) => `${entry.name}/${file}`)
                : [entry.name],
        )
    }

    /** Folders that exist for their contents only. Those of a kind stay, as clan leaves them, but for keys. */
    #leaves(folder: string): void {
        const depth = folder.split("/").length
        const keepsKeys = folder === "sops/users" || folder === "sops/machines"
        if (depth <= 2 && !keepsKeys) return
        this.#emptied.add(folder)
        if (depth > 2) this.#leaves(dirname(folder))
    }

    #statusOf(path: string) {
        return lstatSync(`${this.#flake}/${path}`, { throwIfNoEntry: false })
    }
}

function inTheWay(path: string): Refusal {
    return new Refusal("refused", `${path} is in the way: it is not what belongs there`, {
        hint: "look at it, and move it away",
    })
}

function back(flake: string, from: string, to: string): void {
    if (!exists(`${flake}/${from}`)) return
    const folder = dirname(`${flake}/${to}`)
    makeFolders(folder)
    renameSync(`${flake}/${from}`, `${flake}/${to}`)
}

function exists(path: string): boolean {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function removeIfEmpty(path: string): void {
    try {
        rmdirSync(path)
    } catch {
        // Not empty, or gone already: both are fine.
    }
}
