// The list of what was agreed to, as text. Many secrets have the same readers, so those are written once and numbered.

import * as z from "zod/mini"
import type { Accepted, Lesson, Place } from "./accepted.ts"

const names = z.array(z.string())
const members = z.strictObject({ users: names, machines: names })
const place = z.strictObject({
    /** An index into `readers`. */
    readers: z.int().check(z.nonnegative()),
    groups: names,
    unobeyed: z.optional(names),
    iv: z.optional(z.string()),
    past: z.optional(names),
    blob: z.optional(z.string()),
    key: z.optional(z.string()),
})
const schema = z.strictObject({
    version: z.literal(1),
    trusted: z.optional(z.string()),
    strict: z.boolean(),
    users: z.record(z.string(), names),
    machines: z.record(z.string(), names),
    groups: z.record(z.string(), members),
    readers: z.array(names),
    secrets: z.record(z.string(), place),
})

/** A lesson, as a journal keeps it. `null` is what is to be forgotten. */
export const lessonSchema = z.strictObject({
    users: z.record(z.string(), z.nullable(names)),
    machines: z.record(z.string(), z.nullable(names)),
    groups: z.record(z.string(), z.nullable(members)),
    readers: z.array(names),
    secrets: z.record(z.string(), z.nullable(place)),
    strict: z.optional(z.boolean()),
})

/** A lesson in writing. */
export type WrittenLesson = Readonly<z.infer<typeof lessonSchema>>

/** The list that a text holds; undefined for a text that is none. */
export function parseAccepted(text: string): Accepted | undefined {
    const parsed = z.safeParse(schema, parsedJson(text))
    if (!parsed.success) return undefined
    const { trusted, strict, users, machines, groups, readers, secrets } = parsed.data
    return {
        trusted,
        strict,
        users: new Map(Object.entries(users)),
        machines: new Map(Object.entries(machines)),
        groups: new Map(Object.entries(groups)),
        secrets: new Map(Object.entries(secrets).map(([path, each]) => [path, read(each, readers)])),
    }
}

/** The text of a list: one line a name or secret. */
export function printAccepted({ trusted, strict, users, machines, groups, secrets }: Accepted): string {
    const readers = new Readers()
    const places = [...secrets].map(([path, each]) => [path, readers.write(each)] as const)
    const lines = (entries: Iterable<readonly [string, unknown]>): string =>
        `{${[...entries].map(([name, value]) => `\n${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`
    return (
        `{"version":1,${trusted === undefined ? "" : `"trusted":${JSON.stringify(trusted)},`}"strict":${strict},\n` +
        `"users":${lines(users)},\n"machines":${lines(machines)},\n"groups":${lines(groups)},\n` +
        `"readers":[${readers.all.map((each) => `\n${JSON.stringify(each)}`).join(",")}],\n` +
        `"secrets":${lines(places)}}\n`
    )
}

/** The written form of a lesson. */
export function writeLesson({ users, machines, groups, secrets, strict }: Lesson): WrittenLesson {
    const readers = new Readers()
    const places = [...secrets].map(([path, each]) => [path, each ? readers.write(each) : null] as const)
    return {
        users: record(users, (each) => [...each]),
        machines: record(machines, (each) => [...each]),
        groups: record(groups, (each) => ({ users: [...each.users], machines: [...each.machines] })),
        readers: readers.all,
        secrets: Object.fromEntries(places),
        ...(strict === undefined ? {} : { strict }),
    }
}

/** A lesson from its written form. */
export function readLesson({ users, machines, groups, readers, secrets, strict }: WrittenLesson): Lesson {
    return {
        users: map(users, (each) => each),
        machines: map(machines, (each) => each),
        groups: map(groups, (each) => each),
        secrets: map(secrets, (each) => read(each, readers)),
        strict,
    }
}

type WrittenPlace = z.infer<typeof place>

class Readers {
    readonly all: string[][] = []
    readonly #numbers = new Map<string, number>()

    write({ recipients, groups, unobeyed = [], iv, past, blob, key }: Place): WrittenPlace {
        const text = recipients.join("\n")
        const number = this.#numbers.get(text) ?? this.all.push([...recipients]) - 1
        this.#numbers.set(text, number)
        return {
            readers: number,
            groups: [...groups],
            ...(unobeyed.length === 0 ? {} : { unobeyed: [...unobeyed] }),
            ...(iv === undefined ? {} : { iv }),
            ...(past === undefined || past.length === 0 ? {} : { past: [...past] }),
            ...(blob === undefined ? {} : { blob }),
            ...(key === undefined ? {} : { key }),
        }
    }
}

function read(
    { readers: number, groups, unobeyed, iv, past, blob, key }: WrittenPlace,
    readers: readonly (readonly string[])[],
): Place {
    return { recipients: readers[number] ?? [], groups, unobeyed, iv, past, blob, key }
}

function record<V, W>(
    entries: ReadonlyMap<string, V | undefined>,
    write: (value: V) => W,
): Record<string, W | null> {
    return Object.fromEntries(
        [...entries].map(([name, value]) => [name, value === undefined ? null : write(value)]),
    )
}

function map<V, W>(
    entries: Readonly<Record<string, V | null>>,
    readOne: (value: V) => W,
): Map<string, W | undefined> {
    return new Map(
        Object.entries(entries).map(([name, value]) => [name, value === null ? undefined : readOne(value)]),
    )
}

function parsedJson(text: string): unknown {
    try {
        return JSON.parse(text)
    } catch {
        return undefined
    }
}
