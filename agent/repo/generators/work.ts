// What has to be made, and why. A value that is there is replaced for two reasons alone: what it was made for, or what
// it was made of, has changed.

import { Refusal, unknown } from "../refusal.ts"
import { ownSources, scriptFiles, sourcesOf } from "./generator.ts"
import { titleOf, walk } from "./placed.ts"
import type { Placed } from "./placed.ts"
import type { State } from "./state.ts"
import type { Why } from "./why.ts"

/** What the tree says of the values that there are. */
export interface Facts {
    /** The paths of all vars that have a value. */
    readonly values: ReadonlySet<string>
    /** By the places of generators. */
    readonly validations: ReadonlyMap<string, string>
    readonly states: ReadonlyMap<string, State>
    /** The places of those that are declared in another way than they were when their values were made. */
    readonly redefined: ReadonlySet<string>
}

/** A generator with something to make. */
export interface Work {
    readonly placed: Placed
    readonly why: readonly Why[]
    /** The files that are made, each after those that it is made of. */
    readonly files: readonly string[]
}

/** What is asked for: everything, what some machines need, or some generators and nothing more. */
export interface Choice {
    readonly machines: readonly string[]
    readonly only: readonly string[]
    /** Whether what is declared differently by now is a reason, too. */
    readonly changed?: boolean
    /** The places of what is made anew, and why; then these and what is made of them is all that is. */
    readonly anew?: ReadonlyMap<string, readonly Why[]>
}

/** What is to be made, and what only a person can enter. */
export interface Wanted {
    readonly work: readonly Work[]
    /** Paths of vars that are missing, and that nothing makes. */
    readonly byHand: readonly string[]
}

/** What has to be made, in that order. Throws `Refusal` for names that nothing has, and for what needs something that is not chosen. */
export function workOf(all: readonly Placed[], facts: Facts, choice: Choice): Wanted {
    const chosen = chosenOf(all, choice)
    const work: Work[] = []
    const byHand: string[] = []
    const anew = new Set<string>()
    const made = new Set<string>()
    for (const placed of all) {
        if (!chosen.has(placed.folder)) continue
        const { folder, generator } = placed
        const path = (file: string): string => `${folder}/${file}`
        const missing = [...generator.files.keys()].filter((file) => !facts.values.has(path(file)))
        const why = choice.anew
            ? [...(choice.anew.get(folder) ?? []), ...inputsIn(anew, placed, facts)]
            : [...changes(placed, facts, anew, choice.changed === true)]
        if (choice.anew !== undefined && why.length === 0) continue
        const isManual = (file: string): boolean => generator.files.get(file)?.make.kind === "manual"
        const entered = missing.filter(isManual)
        const open = missing.filter((file) => !isManual(file))
        if (choice.anew === undefined) byHand.push(...entered.map(path))
        const wanted = why.length > 0 ? [...generator.files.keys()].filter((file) => !isManual(file)) : open
        if (open.length > 0 && choice.anew === undefined) why.unshift({ kind: "missing", files: open })
        const files = withDerived(placed, wanted, entered)
        if (files.length === 0) continue
        mustHaveInputs(placed, files, facts, made)
        for (const file of files) made.add(path(file))
        anew.add(folder)
        work.push({ placed, why, files })
    }
    return { work, byHand }
}

/** Whether a generator has made anything. */
export function hasValue({ folder, generator }: Placed, { values }: Facts): boolean {
    return [...generator.files.keys()].some((file) => values.has(`${folder}/${file}`))
}

/** Why values that are there are not what they would be now. */
export function* changes(
    placed: Placed,
    facts: Facts,
    anew: ReadonlySet<string>,
    changed: boolean,
): Iterable<Why> {
    if (!hasValue(placed, facts)) return
    const { folder, generator, inputs } = placed
    const { validations, states, redefined } = facts
    if (generator.validation !== undefined && validations.get(folder) !== generator.validation)
        yield { kind: "validation" }
    if (changed && redefined.has(folder)) yield { kind: "definition" }
    const known = states.get(folder)?.inputs ?? {}
    for (const [name, place] of inputs) {
        const id = states.get(place)?.id
        const was = known[place.slice("vars/".length)]
        if (anew.has(place) || (was !== undefined && id !== undefined && was !== id))
            yield { kind: "input", input: name }
    }
}

/** Inputs that are made anew, of what is there. */
function inputsIn(anew: ReadonlySet<string>, placed: Placed, facts: Facts): readonly Why[] {
    if (!hasValue(placed, facts)) return []
    const { inputs } = placed
    return [...inputs].flatMap(([input, place]) => (anew.has(place) ? [{ kind: "input", input }] : []))
}

/** These files, and those that are made of them; without those that wait for something that a person has to enter. */
function withDerived(
    { generator }: Placed,
    wanted: readonly string[],
    entered: readonly string[],
): readonly string[] {
    const own = (file: string): readonly string[] => {
        const make = generator.files.get(file)?.make
        return make === undefined ? [] : ownSources(make)
    }
    const order = walk([...generator.files.keys()], own, (files) => files.join(" → "))
    const made = new Set(wanted)
    const waiting = new Set(entered)
    const scripted = scriptFiles(generator)
    for (const file of order) {
        const isScripted = scripted.includes(file)
        const together = isScripted ? scripted : [file]
        const needs = together.flatMap(own)
        if (needs.some((each) => waiting.has(each))) waiting.add(file)
        else if (needs.some((each) => made.has(each)) || together.some((each) => made.has(each)))
            made.add(file)
    }
    return order.filter((file) => made.has(file) && !waiting.has(file))
}

function mustHaveInputs(
    placed: Placed,
    files: readonly string[],
    facts: Facts,
    made: ReadonlySet<string>,
): void {
    for (const file of files) {
        const make = placed.generator.files.get(file)?.make
        for (const source of make === undefined ? [] : sourcesOf(make)) {
            if (!("input" in source)) continue
            const path = `${placed.inputs.get(source.input)}/${source.file}`
            if (made.has(path) || facts.values.has(path)) continue
            throw new Refusal(
                "refused",
                `generator ${titleOf(placed)} needs ${path}, which has no value yet`,
                { hint: "generate without --only, or set it by hand: hostseal set" },
            )
        }
    }
}

function chosenOf(all: readonly Placed[], { machines, only }: Choice): ReadonlySet<string> {
    const known = new Set(all.flatMap((placed) => placed.machines))
    const stranger = machines.find((machine) => !known.has(machine))
    if (stranger !== undefined) throw unknown("machine with generators", stranger, known)
    const names = new Set(all.map(({ name }) => name))
    const nothing = only.find((name) => !names.has(name))
    if (nothing !== undefined) throw unknown("generator", nothing, names)
    const byFolder = new Map(all.map((placed) => [placed.folder, placed]))
    const chosen = new Set<string>()
    const choose = (placed: Placed | undefined): void => {
        if (placed === undefined || chosen.has(placed.folder)) return
        chosen.add(placed.folder)
        if (only.length === 0) for (const folder of placed.inputs.values()) choose(byFolder.get(folder))
    }
    for (const placed of all) {
        const isMeant = machines.length === 0 || placed.machines.some((machine) => machines.includes(machine))
        if (isMeant && (only.length === 0 || only.includes(placed.name))) choose(placed)
    }
    return chosen
}
