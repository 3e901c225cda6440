// What the last command here did, so that it can be undone: kept beside git's own files, where nobody pushes to.

import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as z from "zod/mini"
import { lessonSchema } from "../../repo/consent/accepted-file.ts"
import { readBounded } from "../../os/regular-file.ts"
import type { Checkout } from "../git/git.ts"

const schema = z.strictObject({
    version: z.literal(1),
    /** The commit before it; null when there was none. */
    parent: z.nullable(z.string()),
    /** The first line of its message. */
    subject: z.string(),
    /** The files and links that it changed. */
    paths: z.array(z.string()),
    /** The name that it gave to somebody. */
    renamed: z.optional(
        z.strictObject({ kind: z.enum(["user", "machine", "group"]), from: z.string(), to: z.string() }),
    ),
    /** What was agreed to before of the names that it taught the list something about. */
    names: lessonSchema,
})

/** The last command that made a commit here. */
export type LastCommand = Readonly<z.infer<typeof schema>>

const largest = 64 * 1024 * 1024

/** The last command of this working tree; undefined when it is not known. */
export function lastCommand(git: Checkout): LastCommand | undefined {
    const bytes = readBounded(fileIn(git), largest)
    if (bytes === undefined) return undefined
    try {
        return z.safeParse(schema, JSON.parse(bytes.toString("utf8"))).data
    } catch {
        return undefined
    }
}

/** Notes a command that has made its commit. Whole or not at all. */
export function noteCommand(git: Checkout, command: LastCommand): void {
    const aside = `${fileIn(git)}.new`
    mkdirSync(dirname(aside), { recursive: true, mode: 0o700 })
    rmSync(aside, { force: true })
    writeFileSync(aside, JSON.stringify(command), { flag: "wx", mode: 0o600 })
    renameSync(aside, fileIn(git))
}

/** Nothing is known any more of the last command: what it did is in no commit of its own. */
export function forgetCommand(git: Checkout): void {
    rmSync(fileIn(git), { force: true })
}

/** Of this flake in this working tree. */
function fileIn({ directory, prefix }: Checkout): string {
    return join(directory, "hostseal", prefix, "last.json")
}
