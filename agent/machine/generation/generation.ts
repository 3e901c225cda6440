// A generation is a directory of files that is complete before anybody sees it: built in a private place on the same
// file system, renamed to its number, and made live by renaming one symlink over another. Before that rename nothing
// has changed for anybody, after it everything has; a run that is killed leaves the one or the other.

import {
    chmodSync,
    chownSync,
    lchownSync,
    linkSync,
    lstatSync,
    mkdirSync,
    readdirSync,
    renameSync,
    rmSync,
    symlinkSync,
} from "node:fs"
import { basename, dirname } from "node:path"
import { UserError } from "../../error.ts"
import { codeOf, isAbsent } from "../../os/system-error.ts"
import { createFile } from "./write-file.ts"
import type { Attributes } from "./write-file.ts"

/** A file of a generation to be. */
export interface NewFile extends Attributes {
    /** Its path below the generation. */
    readonly file: string
    readonly content: Buffer
    /** A file that has this content, owner and mode already and can be linked to. */
    readonly same?: string
}

/** A symlink of a generation to be. */
export interface NewLink {
    readonly file: string
    readonly target: string
    readonly uid: number
    readonly gid: number
}

/** What only the agent may see, in the file system of the generations. */
export function privateDirectory(mountPoint: string): string {
    return `${mountPoint}/.hostseal`
}

/** Makes the private directory, or finds it. */
export function preparePrivateDirectory(mountPoint: string): void {
    const directory = privateDirectory(mountPoint)
    try {
        mkdirSync(directory, 0o700)
    } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error
    }
    chmodSync(directory, 0o700)
}

/**
 * Builds a generation and gives it its number; it is not live yet. A directory that has this number was never live
 * to its end and is replaced. Throws `UserError` after having removed what it made.
 */
export function writeGeneration(
    mountPoint: string,
    number: number,
    {
        files,
        links,
        owner,
    }: { files: readonly NewFile[]; links: readonly NewLink[]; owner: { uid: number; gid: number } },
    heartbeat: () => void,
): string {
    const staging = `${privateDirectory(mountPoint)}/staging`
    const directory = `${mountPoint}/${number}`
    rmSync(staging, { recursive: true, force: true })
    try {
        build(staging, files, links, owner, heartbeat)
        rmSync(directory, { recursive: true, force: true })
        renameSync(staging, directory)
        return directory
    } catch (error) {
        rmSync(staging, { recursive: true, force: true })
        throw new UserError(`cannot write the secrets to ${mountPoint}`, {
            cause: error,
            hint:
                codeOf(error) === "ENOSPC"
                    ? `the old secrets stay; ${mountPoint} is full`
                    : "the old secrets stay",
        })
    }
}

function build(
    staging: string,
    files: readonly NewFile[],
    links: readonly NewLink[],
    owner: { uid: number; gid: number },
    heartbeat: () => void,
): void {
    mkdirSync(staging, 0o700)
    const directories = new Set<string>()
    for (const { file } of [...files, ...links]) makeParents(staging, file, directories)
    for (const file of files) {
        place(`${staging}/${file.file}`, file)
        heartbeat()
    }
    for (const { file, target, uid, gid } of links) {
        symlinkSync(target, `${staging}/${file}`)
        lchownSync(`${staging}/${file}`, uid, gid)
    }
    // The outermost one last: it hides all the others until they are right.
    for (const directory of [...directories].toReversed()) open(`${staging}/${directory}`, owner)
    open(staging, owner)
}

function open(directory: string, { uid, gid }: { uid: number; gid: number }): void {
    chownSync(directory, uid, gid)
    chmodSync(directory, 0o751)
}

function place(path: string, file: NewFile): void {
    if (file.same !== undefined) {
        try {
            linkSync(file.same, path)
            return
        } catch {
            // Not every file system and not every user may link; a copy is as good.
        }
    }
    createFile(path, file.content, file)
}

/** Parents come into the set before their children. */
function makeParents(staging: string, file: string, made: Set<string>): void {
    for (let slash = file.indexOf("/"); slash !== -1; slash = file.indexOf("/", slash + 1)) {
        const directory = file.slice(0, slash)
        if (made.has(directory)) continue
        mkdirSync(`${staging}/${directory}`, 0o700)
        made.add(directory)
    }
}

/**
 * Makes a generation live; the directory of the symlink must exist. Returns what stood at `symlinkPath` and was no
 * symlink, for the output to name it (docs/sops-nix-contract.md#defects, D23).
 */
export function switchTo(symlinkPath: string, directory: string): "file" | "directory" | undefined {
    const prepared = beside(symlinkPath, "new")
    const aside = beside(symlinkPath, "old")
    rmSync(prepared, { force: true })
    rmSync(aside, { recursive: true, force: true })
    symlinkSync(directory, prepared)
    const replaced = kindOf(symlinkPath)
    try {
        if (replaced === "directory") renameSync(symlinkPath, aside)
        renameSync(prepared, symlinkPath)
    } catch (error) {
        if (replaced === "directory" && kindOf(symlinkPath) === undefined) renameSync(aside, symlinkPath)
        rmSync(prepared, { force: true })
        throw new UserError(`cannot replace ${symlinkPath}`, { cause: error, hint: "the old secrets stay" })
    }
    rmSync(aside, { recursive: true, force: true })
    return replaced
}

function beside(path: string, what: string): string {
    return `${dirname(path)}/.${basename(path)}.${what}`
}

function kindOf(path: string): "file" | "directory" | undefined {
    try {
        const status = lstatSync(path)
        if (status.isSymbolicLink()) return undefined
        return status.isDirectory() ? "directory" : "file"
    } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
    }
}

/**
 * Removes generations that are no longer kept (`keep` includes the live one, 0 keeps all) and calls `going` for each.
 * What is not a number is not ours.
 */
export function prune(mountPoint: string, live: number, keep: number, going: (number: number) => void): void {
    if (keep === 0) return
    for (const name of readdirSync(mountPoint)) {
        if (!/^(?:0|[1-9]\d{0,15})$/u.test(name)) continue
        const number = Number(name)
        // A higher one is of a run that came to nothing, or of a time before somebody removed the symlink.
        if (number > live - keep && number <= live) continue
        // In this order: a run that is killed in between leaves a directory, which the next one finds.
        going(number)
        rmSync(`${mountPoint}/${name}`, { recursive: true, force: true })
    }
}
