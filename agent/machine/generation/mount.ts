// The file system that holds the plaintexts. It is one that the kernel never writes to a disk: ramfs, or tmpfs with
// `noswap`. What is there already is used or refused, never covered by a second mount (docs/security-rules.md#files, rule 9).
//
// Node has no mount(2). In the normal case, after the first run of a boot, nothing has to be started at all.

import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, realpathSync, statfsSync } from "node:fs"
import { UserError } from "../../error.ts"
import { searchPath } from "../host.ts"
import type { Host } from "../host.ts"
import { reasonOf } from "../../os/system-error.ts"

const ramfsMagic = 0x85_84_58_f6
const tmpfsMagic = 0x01_02_19_94

/** A line of /proc/self/mountinfo, as far as it matters here. */
export interface Mount {
    readonly type: string
    /** Options of the file system, not of this mount of it. */
    readonly options: readonly string[]
}

/**
 * Makes sure that `mountPoint` is a memory file system, owned by root and `keys`, with mode 0751. Throws `UserError`
 * when something else is mounted there, or nothing can be.
 */
export async function mountMemory(
    mountPoint: string,
    want: { readonly useTmpfs: boolean; readonly keysGroup: number },
    host: Host,
): Promise<void> {
    try {
        mkdirSync(mountPoint, { recursive: true, mode: 0o751 })
        if (!isMounted(mountPoint, host)) await mountAnew(mountPoint, want.useTmpfs, host)
        const status = lstatSync(mountPoint)
        if (status.uid !== host.uid || status.gid !== want.keysGroup)
            chownSync(mountPoint, host.uid, want.keysGroup)
        if ((status.mode & 0o7777) !== 0o751) chmodSync(mountPoint, 0o751)
    } catch (error) {
        throw error instanceof UserError
            ? error
            : new UserError(`cannot prepare ${mountPoint}`, { cause: error })
    }
}

/** Whether a path lies on a file system that is never written to a disk; not told for swap. */
export function isMemory(path: string): boolean {
    // V8 has the magic number of ramfs as a negative number on some machines.
    const magic = Number(BigInt.asUintN(32, BigInt(statfsSync(path).type)))
    return magic === ramfsMagic || magic === tmpfsMagic
}

/** The mount that is visible at `path`: the last one, if several lie on each other. */
export function mountAt(path: string, mountinfo: string): Mount | undefined {
    const wanted = escape(path)
    let found: Mount | undefined
    for (const line of mountinfo.split("\n")) {
        // "36 35 98:0 /root /mount/point options [tags…] - type source options" (proc(5))
        const [before = "", after = ""] = line.split(" - ", 2)
        if (before.split(" ", 5)[4] !== wanted) continue
        const [type = "", , options = ""] = after.split(" ")
        found = { type, options: options.split(",") }
    }
    return found
}

function isMounted(mountPoint: string, host: Host): boolean {
    const mount = mountAt(realpathSync(mountPoint), readFileSync("/proc/self/mountinfo", "utf8"))
    if (mount === undefined) return false
    if (!isMemory(mountPoint))
        throw new UserError(`${mountPoint} is a mount of type ${mount.type}, not a memory file system`, {
            hint: "plaintexts are never written to a disk: unmount it",
        })
    if (mount.type === "tmpfs" && !mount.options.includes("noswap")) {
        if (isSwapping())
            throw new UserError(`${mountPoint} is a tmpfs that the kernel may write to swap`, {
                hint: `unmount it, and the next run mounts it with noswap; or switch swap off`,
            })
        host.tell(`warning: ${mountPoint} is a tmpfs without noswap; do not switch swap on`)
    }
    return true
}

/** Where it cannot be told, there may be swap. */
function isSwapping(): boolean {
    try {
        return readFileSync("/proc/swaps", "utf8").trimEnd().split("\n").length > 1
    } catch {
        return true
    }
}

async function mountAnew(mountPoint: string, useTmpfs: boolean, host: Host): Promise<void> {
    const options = "nodev,nosuid,noexec,mode=0751"
    // Kernels before 6.4 and user namespaces refuse noswap; ramfs never swaps.
    const attempts = useTmpfs ? [["tmpfs", `${options},noswap`] as const] : []
    const problems: string[] = []
    for (const [type, given] of [...attempts, ["ramfs", options] as const]) {
        const problem = await tryMount(type, given, mountPoint, host)
        if (problem === undefined) return
        problems.push(problem)
    }
    throw new UserError(`cannot mount a memory file system at ${mountPoint}`, {
        cause: new Error(problems.join("; ")),
        hint: "it takes root with CAP_SYS_ADMIN; a unit without it needs a mount unit that runs before",
    })
}

/** `undefined` when it worked, else what `mount` said. */
async function tryMount(
    type: string,
    options: string,
    mountPoint: string,
    host: Host,
): Promise<string | undefined> {
    const { childEnvironment, findProgram, run } = await import("../../os/children.ts")
    const program = findProgram("mount", searchPath(host))
    if (program === undefined) return "there is no program called mount"
    try {
        const result = await run({
            program,
            args: ["-n", "-t", type, "-o", options, "none", mountPoint],
            env: childEnvironment(host.env),
            deadline: 30_000,
        })
        if (result.end.kind === "exit" && result.end.code === 0) return undefined
        return `${type}: ${result.stderr.trim() || result.end.kind}`
    } catch (error) {
        return `${type}: ${reasonOf(error)}`
    }
}

/** A path as that table has it: space, tab, newline and backslash in octal. */
function escape(path: string): string {
    return path.replaceAll(
        /[ \t\n\\]/gu,
        (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
    )
}
