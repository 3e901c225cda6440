// Users and groups by name. The files of /etc are read first: they answer nearly always, and starting a program takes
// longer than installing a secret. What they do not know is asked of `getent`, i.e. of everything that NSS is
// configured for, in one call for all names.

import { readFileSync } from "node:fs"
import { searchPath } from "./host.ts"
import type { Host } from "./host.ts"
import type { Principal } from "./manifest/manifest.ts"

/** A user of /etc/passwd with a home directory of their own. */
export interface Home {
    readonly directory: string
    readonly uid: number
    readonly gid: number
}

export interface Owners {
    /** The number, or `undefined` when nobody has that name. */
    user(principal: Principal): number | undefined
    group(principal: Principal): number | undefined
    /** What directories of mount points belong to: `keys`, or else `nogroup` (docs/sops-nix-contract.md#owners-of-directories). */
    readonly keysGroup: number
    homes(): readonly Home[]
}

/** What belongs to nobody else: for user mode and for `-ignore-passwd`, where names are not looked up. */
export function onlyOwner(uid: number, gid: number): Owners {
    return { user: () => uid, group: () => gid, keysGroup: gid, homes: () => [] }
}

/** Looks up all names at once. Throws nothing: an unknown name is for the entry that uses it to report. */
export async function lookUpOwners(
    wanted: readonly { readonly owner: Principal; readonly group: Principal }[],
    host: Host,
    files: { readonly passwd: string; readonly group: string } = {
        passwd: "/etc/passwd",
        group: "/etc/group",
    },
): Promise<Owners> {
    const userNames = namesOf(wanted.map(({ owner }) => owner))
    const groupNames = namesOf(wanted.map(({ group }) => group))
    let passwd = userNames.length === 0 ? undefined : read(files.passwd)
    const users = numbersOf(userNames, passwd ?? "")
    const groups = numbersOf([...groupNames, "keys", "nogroup"], read(files.group))
    await askFor(userNames, users, "passwd", host)
    await askFor(groupNames, groups, "group", host)
    if (!groups.has("keys") && !groups.has("nogroup"))
        await askFor(["keys", "nogroup"], groups, "group", host)
    return {
        user: (principal) => find(principal, users, host.uid),
        group: (principal) => find(principal, groups, host.gid),
        keysGroup: groups.get("keys") ?? mapped(groups.get("nogroup")) ?? 0,
        homes: () => homesOf((passwd ??= read(files.passwd))),
    }
}

/** A group that this user namespace does not know cannot own anything in it; a rootless container has no nogroup. */
function mapped(group: number | undefined): number | undefined {
    const ranges = read("/proc/self/gid_map")
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/\s+/u).map(Number))
    const isKnown = (at: number): boolean =>
        ranges.some(([first = 0, , count = 0]) => first <= at && at < first + count)
    return group !== undefined && isKnown(group) ? group : undefined
}

function namesOf(principals: readonly Principal[]): string[] {
    return [...new Set(principals.flatMap((principal) => ("name" in principal ? [principal.name] : [])))]
}

type Numbers = Map<string, number>

/** A name made of digits is a number unless somebody is really called that, as chown has it. */
function find(principal: Principal, known: Numbers, self: number): number | undefined {
    if ("id" in principal) return principal.id === -1 ? self : principal.id
    return known.get(principal.name) ?? numberNamed(principal.name)
}

function numberNamed(name: string): number | undefined {
    const number = /^\d{1,10}$/u.test(name) ? Number(name) : Number.NaN
    return number <= 4_294_967_294 ? number : undefined
}

async function askFor(
    names: readonly string[],
    known: Numbers,
    database: "passwd" | "group",
    host: Host,
): Promise<void> {
    const missing = names.filter((name) => !known.has(name) && numberNamed(name) === undefined)
    if (missing.length === 0) return
    const { childEnvironment, findProgram, run } = await import("../os/children.ts")
    const program = findProgram("getent", searchPath(host))
    if (program === undefined) return
    try {
        const result = await run({
            program,
            args: ["--", database, ...missing],
            env: childEnvironment(host.env),
            deadline: 30_000,
        })
        // It exits with 2 when one of the names is unknown, and prints the others all the same.
        for (const [name, number] of numbersOf(missing, result.stdout.toString())) known.set(name, number)
    } catch {
        // A program that cannot be started knows nobody.
    }
}

/** The numbers of these names. passwd(5) and group(5) have the name and the number in the same places. */
function numbersOf(names: readonly string[], text: string): Numbers {
    const lines = `\n${text}\n`
    const result: Numbers = new Map()
    for (const name of names) {
        const number = numberIn(lines, name)
        if (number !== undefined) result.set(name, number)
    }
    return result
}

/** The first line that has a number counts, as for the C library. A boot has few names and no time to read all lines. */
function numberIn(lines: string, name: string): number | undefined {
    if (name === "" || /[:\n]/u.test(name)) return undefined
    const start = `\n${name}:`
    for (let at = lines.indexOf(start); at >= 0; at = lines.indexOf(start, at + 1)) {
        const [, number = ""] = lines.slice(at + start.length, lines.indexOf("\n", at + 1)).split(":")
        if (/^\d{1,10}$/u.test(number)) return Number(number)
    }
    return undefined
}

/** Directories that many users share (`/`, `/var/empty`) are nobody's home. */
function homesOf(passwd: string): Home[] {
    const users = passwd.split("\n").map((line) => line.split(":"))
    const count = new Map<string, number>()
    for (const [, , , , , home = ""] of users) count.set(home, (count.get(home) ?? 0) + 1)
    return users.flatMap(([, , uid = "", gid = "", , directory = ""]) =>
        directory.startsWith("/") && directory.length > 1 && count.get(directory) === 1
            ? [{ directory, uid: Number(uid), gid: Number(gid) }]
            : [],
    )
}

function read(path: string): string {
    try {
        return readFileSync(path, "utf8")
    } catch {
        // Machines without these files exist (everything from userdb), and so do boots before they are there.
        return ""
    }
}
