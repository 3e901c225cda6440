// What lies beside the values of a generator and is no value: its state, and the hash of what it was made for.

import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { readBounded } from "../../os/regular-file.ts"
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
    for (const { folder } of all) {
        const validation = readBounded(join(flake, folder, ".validation-hash"), largest)
        if (validation !== undefined) validations.set(folder, validation.toString("utf8").trim())
        const state = readState(flake, folder)
        if (state !== undefined) states.set(folder, state)
    }
    return { values: new Set(varsOnDisk(flake).map(({ path }) => path)), validations, states }
}

/** What is to be written beside the values that were made. */
export function stateFiles(work: readonly Work[], { states }: Facts, now: Date): readonly Write[] {
    const ids = new Map(work.map(({ placed }) => [placed.folder, randomUUID()]))
    return work.flatMap(({ placed }): readonly Write[] => {
        const { folder, inputs, generator } = placed
        const known = [...inputs.values()].flatMap((place) => {
            const id = ids.get(place) ?? states.get(place)?.id
            return id === undefined ? [] : [[place.slice("vars/".length), id] as const]
        })
        const state = stateOf(ids.get(folder) ?? randomUUID(), now, Object.fromEntries(known))
        const file: Write = { kind: "text", path: statePath(folder), text: printState(state) }
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
    const text = printState(stateOf(randomUUID(), now, state.inputs))
    return [{ kind: "text", path: statePath(folder), text }]
}

function stateOf(id: string, now: Date, inputs: State["inputs"]): State {
    return { version: 1, id, made: now.toISOString().replace(/\.\d+Z$/u, "Z"), inputs }
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
