// What lies beside the values of a generator and is no value: its state, and the hash of what it was made for.

import { createHash, randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { readBounded } from "../../os/regular-file.ts"
import { definition } from "../../repo/generators/definition.ts"
import type { Generator } from "../../repo/generators/generator.ts"
import type { Placed } from "../../repo/generators/placed.ts"
import { parseState, printState } from "../../repo/generators/state.ts"
import type { State } from "../../repo/generators/state.ts"
import type { Facts, Work } from "../../repo/generators/work.ts"
import { folderOfVar } from "../../repo/var-path.ts"
import type { Write } from "../change/staging.ts"
import { Failure } from "../failure.ts"
import { varsOnDisk } from "../repository/names-on-disk.ts"

const largest = 1024 * 1024

/** What the tree says of the values of these generators. Opens none of them. */
export function readFacts(flake: string, all: readonly Placed[]): Facts {
    const validations = new Map<string, string>()
    const states = new Map<string, State>()
    const redefined = new Set<string>()
    for (const { folder, generator } of all) {
        const validation = readBounded(join(flake, folder, ".validation-hash"), largest)
        if (validation !== undefined) validations.set(folder, validation.toString("utf8").trim())
        const state = readState(flake, folder)
        if (state === undefined) continue
        states.set(folder, state)
        if (state.definition !== undefined && state.definition !== definitionHash(generator))
            redefined.add(folder)
    }
    const values = new Set(varsOnDisk(flake).map(({ path }) => path))
    return { values, validations, states, redefined }
}

/** The states beside all values that there are. */
export function readStates(flake: string): ReadonlyMap<string, State> {
    const folders = new Set(varsOnDisk(flake).map(({ path }) => folderOfVar(path)))
    return new Map(
        [...folders].flatMap((folder) => {
            const state = readState(flake, folder)
            return state === undefined ? [] : [[folder, state] as const]
        }),
    )
}

/**
 * What is to be written beside the values that were made. Where the generator has made others before, which stay, their
 * age is what counts, and the declaration that they were made by.
 */
export function stateFiles(
    work: readonly Work[],
    { states, values }: Facts,
    {
        now,
        made,
        ends,
    }: {
        readonly now: Date
        readonly made: ReadonlyMap<string, string>
        readonly ends: ReadonlyMap<string, Date>
    },
): readonly Write[] {
    const ids = new Map(work.map(({ placed }) => [placed.folder, randomUUID()]))
    return work.flatMap(({ placed, files }): readonly Write[] => {
        const { folder, inputs, generator } = placed
        const known = [...inputs.values()].flatMap((place) => {
            const id = ids.get(place) ?? states.get(place)?.id
            return id === undefined ? [] : [[place.slice("vars/".length), id] as const]
        })
        const old = [...generator.files].some(
            ([file, { make }]) =>
                make.kind !== "manual" && !files.includes(file) && values.has(`${folder}/${file}`),
        )
        const before = old ? states.get(folder) : undefined
        const end = ends.get(folder)
        const notAfter = end === undefined ? before?.notAfter : rfc3339(end)
        const hash = old ? before?.definition : definitionHash(generator)
        const text = printState({
            version: 1,
            id: ids.get(folder) ?? randomUUID(),
            made: (old ? made.get(folder) : undefined) ?? rfc3339(now),
            inputs: Object.fromEntries(known),
            ...(hash === undefined ? {} : { definition: hash }),
            ...(notAfter === undefined ? {} : { notAfter }),
        })
        const file: Write = { kind: "text", path: statePath(folder), text }
        if (generator.validation === undefined) return [file]
        // Without a line end, as clan writes it.
        return [file, { kind: "text", path: `${folder}/.validation-hash`, text: generator.validation }]
    })
}

/** The state of a generator after one of its values was set by hand: what is made of it is out of date. */
export function stateAfterSet(flake: string, path: string, now: Date): readonly Write[] {
    const folder = folderOfVar(path)
    const state = readState(flake, folder)
    if (state === undefined) return []
    const text = printState({ ...state, id: randomUUID(), made: rfc3339(now) })
    return [{ kind: "text", path: statePath(folder), text }]
}

/** The removal of what lies beside the values of a generator, when the last of them goes. */
export function besidesOf(flake: string, folder: string): readonly Write[] {
    return [statePath(folder), `${folder}/.validation-hash`]
        .filter((path) => existsSync(join(flake, path)))
        .map((path) => ({ kind: "unlink", path }))
}

/** How a generator makes its values, as a hash: another one shows that it is declared in another way. */
function definitionHash(generator: Generator): string {
    return createHash("sha256").update(definition(generator)).digest("hex")
}

function rfc3339(date: Date): string {
    return date.toISOString().replace(/\.\d+Z$/u, "Z")
}

function statePath(folder: string): string {
    return `${folder}/.generator.json`
}

function readState(flake: string, folder: string): State | undefined {
    const path = statePath(folder)
    try {
        const bytes = readBounded(join(flake, path), largest)
        return bytes && parseState(bytes.toString("utf8"))
    } catch (error) {
        throw new Failure("refused", `${path} cannot be read`, {
            cause: error,
            hint: "take it from git again, or remove it: then a changed input goes unseen once",
        })
    }
}
