// One command at a time: a lock on an open file, which ends with the process however that ends. It is the lock that
// clan takes around git (L/git, `.git/clan.lock`), held here for the whole mutation, so that both programs wait for
// each other. Node cannot take such a lock; a program of the system takes it on our descriptor, which shares it.

import { closeSync, constants, openSync } from "node:fs"
import { childEnvironment, findProgram, run } from "../../os/children.ts"
import { UserError } from "../../error.ts"
import { note } from "../context.ts"
import type { Context } from "../context.ts"

/** How to lock descriptor 3: util-linux and busybox have flock, macOS has perl. Exit code 1 means that it is taken. */
const lockers = [
    { name: "flock", now: ["-x", "-n", "3"], wait: ["-x", "3"] },
    { name: "perl", now: ["-e", perl("LOCK_EX | LOCK_NB")], wait: ["-e", perl("LOCK_EX")] },
] as const

/** Waits until nobody else works on `path`, a file that is made for it or a directory. The result unlocks it. */
export async function lock(path: string, kind: "file" | "directory", context: Context): Promise<() => void> {
    const flags = kind === "file" ? constants.O_RDWR | constants.O_CREAT : constants.O_RDONLY
    const descriptor = opened(path, flags | constants.O_NOFOLLOW)
    try {
        if (!(await take(descriptor, "now", context))) {
            note(context, "waiting for another command to finish")
            await take(descriptor, "wait", context)
        }
        return () => closeSync(descriptor)
    } catch (error) {
        closeSync(descriptor)
        throw error
    }
}

function opened(path: string, flags: number): number {
    try {
        return openSync(path, flags, 0o644)
    } catch (error) {
        throw new UserError(`nothing was changed: the repository cannot be locked (${path})`, {
            cause: error,
        })
    }
}

async function take(descriptor: number, when: "now" | "wait", { env }: Context): Promise<boolean> {
    for (const locker of lockers) {
        const program = findProgram(locker.name, env["PATH"])
        if (program === undefined) continue
        const { end, stderr } = await run({
            program,
            args: locker[when],
            env: childEnvironment(env),
            deadline: undefined,
            descriptors: [descriptor],
        })
        if (end.kind === "exit" && end.code === 0) return true
        if (end.kind === "exit" && end.code === 1 && when === "now") return false
        throw new UserError(`the repository cannot be locked: ${program} failed`, {
            cause: new Error(stderr.trim()),
        })
    }
    throw new UserError("the repository cannot be locked: there is no flock program", {
        hint: "install util-linux, which has it",
    })
}

function perl(how: string): string {
    return `use Fcntl ":flock"; open(my $file, "<&=", 3) or exit 2; exit(flock($file, ${how}) ? 0 : 1)`
}
