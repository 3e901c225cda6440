// What machines have said last, as this clone was told: in no commit, beside the list of what was agreed to.

import { join } from "node:path"
import * as z from "zod/mini"
import { readBounded } from "../../os/regular-file.ts"
import { cloneFolder, writeOwn } from "../change/accepted.ts"
import type { Context } from "../context.ts"
import type { Checkout } from "../git/git.ts"

/** The file of a secret that a machine has installed: by its SHA-256, and the IV of its value where it has one. */
const installed = z.strictObject({ hash: z.string(), iv: z.nullable(z.string()) })

const schema = z.strictObject({
    version: z.literal(1),
    machines: z.record(
        z.string(),
        z.strictObject({ at: z.string(), files: z.record(z.string(), installed) }),
    ),
})

export type Installed = Readonly<z.infer<typeof installed>>

/** When a machine was heard last, RFC 3339, and which file of each secret it had, by path. */
export interface Heard {
    readonly at: string
    readonly files: ReadonlyMap<string, Installed>
}

const largest = 64 * 1024 * 1024

/** All machines that were heard, by name. What is not readable is as good as nothing: they can be asked again. */
export function readHeard(
    flake: string,
    git: Checkout | undefined,
    context: Context,
): ReadonlyMap<string, Heard> {
    const file = place(flake, git, context)
    const text = file && readBounded(file, largest)?.toString("utf8")
    if (text === undefined || text === "") return new Map()
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        return new Map()
    }
    const parsed = z.safeParse(schema, value)
    if (!parsed.success) return new Map()
    return new Map(
        Object.entries(parsed.data.machines).map(([name, { at, files }]) => [
            name,
            { at, files: new Map(Object.entries(files)) },
        ]),
    )
}

/** Keeps what machines have said. Without a place for it nothing is kept. */
export function writeHeard(
    flake: string,
    git: Checkout | undefined,
    heard: ReadonlyMap<string, Heard>,
    context: Context,
): void {
    const file = place(flake, git, context)
    if (file === undefined) return
    const machines = Object.fromEntries(
        [...heard].map(([name, { at, files }]) => [name, { at, files: Object.fromEntries(files) }]),
    )
    writeOwn(file, `${JSON.stringify({ version: 1, machines }, undefined, 2)}\n`)
}

function place(flake: string, git: Checkout | undefined, context: Context): string | undefined {
    const folder = cloneFolder(flake, git, context)
    return folder === undefined ? undefined : join(folder, "machines.json")
}
