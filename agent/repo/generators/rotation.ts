// What is made anew on request, because of its age, or because somebody who is gone knows it. Nothing is a reason by
// itself: a command asks for one of these.

import { Refusal, unknown } from "../refusal.ts"
import { placeOfVar } from "../var-path.ts"
import type { Placed } from "./placed.ts"
import { titleOf } from "./placed.ts"
import { hasValue } from "./work.ts"
import type { Facts } from "./work.ts"
import type { Why } from "./why.ts"

/** What a person asks for. */
export interface Wish {
    readonly generators: readonly string[]
    readonly machines: readonly string[]
    readonly due: boolean
    readonly debt: boolean
    readonly all: boolean
}

/** What is known of values besides that they are there. */
export interface History {
    readonly now: Date
    /** When the values of a generator were made, RFC 3339, by its place. */
    readonly made: ReadonlyMap<string, string>
    /** Who lost access to a value that has not changed since, by its path. */
    readonly debts: ReadonlyMap<string, readonly { readonly lost: string; readonly at: string }[]>
    /** When a value was last set, RFC 3339; `undefined` where its file does not say. */
    readonly set: (path: string) => string | undefined
}

/** What is to be made anew, by the places of generators, and what only a person can change. */
export interface Rotation {
    readonly anew: ReadonlyMap<string, readonly Why[]>
    readonly byHand: readonly { readonly path: string; readonly why: Why }[]
}

/** Finds what a wish means. Throws `Refusal` for names that nothing has, and for what has no value yet. */
export function rotationOf(all: readonly Placed[], facts: Facts, history: History, wish: Wish): Rotation {
    const rotation = new Rotating(all, facts, history)
    const meant = meantBy(all, wish)
    for (const placed of meant) {
        const isNamed = wish.generators.includes(placed.name)
        if (wish.all || isNamed) rotation.ask(placed, { kind: "asked" })
        if (wish.due) for (const why of dueOf(placed, facts, history)) rotation.ask(placed, why)
    }
    const silent = wish.generators.find(
        (name) => !meant.some((placed) => placed.name === name && hasValue(placed, facts)),
    )
    if (silent !== undefined)
        throw new Refusal("refused", `generator ${silent} has made nothing yet that could be made anew`, {
            hint: `hostseal generate --only ${silent}`,
        })
    if (wish.debt) {
        const folders = new Set(meant.map(({ folder }) => folder))
        const isWhole = wish.machines.length === 0
        for (const [path, owed] of history.debts) {
            const placed = rotation.ownerOf(path)
            if (placed === undefined ? isWhole : folders.has(placed.folder)) rotation.pay(placed, path, owed)
        }
    }
    return rotation
}

/** Why the values of a generator are to be made anew by now. */
export function dueOf(
    { folder, generator }: Placed,
    { states }: Facts,
    { made, now }: Pick<History, "made" | "now">,
): readonly Why[] {
    const at = made.get(folder)
    if (at === undefined) return []
    const why: Why[] = []
    const { maxAge } = generator.rotate
    const age = now.getTime() - Date.parse(at)
    if (maxAge !== undefined && age >= maxAge * 1000)
        why.push({ kind: "age", days: daysOf(age), most: daysOf(maxAge * 1000) })
    const end = states.get(folder)?.notAfter
    if (end !== undefined && isEnding(at, end, now)) why.push({ kind: "ends", at: end })
    return why
}

/** Whether the last third of its time has begun, which is for making it anew: as certificates are that renew themselves. */
export function isEnding(made: string, end: string, now: Date): boolean {
    return 3 * (Date.parse(end) - now.getTime()) <= Date.parse(end) - Date.parse(made)
}

function daysOf(milliseconds: number): number {
    return Math.floor(milliseconds / 86_400_000)
}

function meantBy(all: readonly Placed[], { machines, generators, debt }: Wish): readonly Placed[] {
    const known = new Set(all.flatMap((placed) => placed.machines))
    const stranger = machines.find((machine) => !known.has(machine))
    if (stranger !== undefined) throw unknown("machine with generators", stranger, known)
    const names = new Set(all.map(({ name }) => name))
    const nothing = generators.find((name) => !names.has(name))
    if (nothing !== undefined) throw unknown("generator", nothing, names)
    return all.filter(
        (placed) =>
            (machines.length === 0 || placed.machines.some((machine) => machines.includes(machine))) &&
            (generators.length === 0 || debt || generators.includes(placed.name)),
    )
}

class Rotating implements Rotation {
    readonly anew = new Map<string, readonly Why[]>()
    readonly byHand: { path: string; why: Why }[] = []
    readonly #byFolder: ReadonlyMap<string, Placed>
    readonly #facts: Facts
    readonly #history: History

    constructor(all: readonly Placed[], facts: Facts, history: History) {
        this.#byFolder = new Map(all.map((placed) => [placed.folder, placed]))
        this.#facts = facts
        this.#history = history
    }

    /** The generator that makes the value at this path, as far as it is declared. */
    ownerOf(path: string): Placed | undefined {
        const place = placeOfVar(path)
        const placed = this.#byFolder.get(path.slice(0, path.lastIndexOf("/")))
        return place !== undefined && placed?.generator.files.has(place.file) === true ? placed : undefined
    }

    /** Makes all of it anew, but for what a person has entered. Nothing is asked of what is not there yet. */
    ask(placed: Placed, why: Why): void {
        if (!hasValue(placed, this.#facts)) return
        const { folder, generator } = placed
        const made = [...generator.files].filter(([, { make }]) => make.kind !== "manual")
        for (const [file, { make }] of generator.files)
            if (make.kind === "manual" && this.#facts.values.has(`${folder}/${file}`))
                this.byHand.push({ path: `${folder}/${file}`, why })
        if (made.length > 0) this.#add(folder, why)
    }

    /** Makes a value anew that somebody knows, with all that would make it known again. */
    pay(
        placed: Placed | undefined,
        path: string,
        owed: readonly { readonly lost: string; readonly at: string }[],
    ): void {
        const lost = owed.map((debt) => debt.lost)
        const file = path.slice(path.lastIndexOf("/") + 1)
        const since = owed.reduce((last, { at }) => (at > last ? at : last), "")
        const sources = new Set<string>()
        if (placed === undefined || !this.#settles(placed, file, since, sources)) {
            this.byHand.push({ path, why: { kind: "debt", lost, files: [file] } })
            return
        }
        this.#add(placed.folder, { kind: "debt", lost, files: [file] })
        for (const folder of sources) this.#add(folder, { kind: "revealed", by: path })
    }

    /**
     * Whether the file holds nothing of what it held before, when its generator makes it anew and those in `sources` do.
     * Who has read a text has read what it was put together from; keys and hashes tell nobody what they were made with.
     */
    #settles(
        { folder, generator, inputs }: Placed,
        name: string,
        since: string,
        sources: Set<string>,
    ): boolean {
        const file = generator.files.get(name)
        if (file === undefined) return false
        const { make } = file
        const placed = this.#byFolder.get(folder)
        if (make.kind === "manual") {
            const set = this.#history.set(`${folder}/${name}`)
            return !this.#history.debts.has(`${folder}/${name}`) && set !== undefined && set > since
        }
        if (placed === undefined) return false
        if (make.kind === "hash" || make.kind === "public-of")
            return typeof make.of !== "string" || this.#settles(placed, make.of, since, new Set())
        if (make.kind !== "template") return true
        return make.parts.every((part) => {
            if (typeof part === "string" || "prompt" in part) return true
            if (!("input" in part)) return this.#settles(placed, part.file, since, sources)
            const other = this.#byFolder.get(inputs.get(part.input) ?? "")
            if (other === undefined) return false
            if (other.generator.files.get(part.file)?.secret === false) return true
            sources.add(other.folder)
            return this.#settles(other, part.file, since, sources)
        })
    }

    #add(folder: string, why: Why): void {
        const known = this.anew.get(folder) ?? []
        const debt = why.kind === "debt" ? known.find((each) => each.kind === "debt") : undefined
        if (why.kind !== "debt" || debt === undefined) {
            const isKnown = known.some((each) => JSON.stringify(each) === JSON.stringify(why))
            this.anew.set(folder, isKnown ? known : [...known, why])
            return
        }
        const joined: Why = {
            kind: "debt",
            lost: [...new Set([...debt.lost, ...why.lost])],
            files: [...new Set([...debt.files, ...why.files])],
        }
        this.anew.set(folder, [...known.filter((each) => each !== debt), joined])
    }
}

/** Generators that make values anew which must not be replaced by mistake: they are to be named by whoever wants it. */
export function toConfirm(
    work: readonly { readonly placed: Placed; readonly files: readonly string[] }[],
    { values }: Facts,
): readonly { readonly name: string; readonly title: string }[] {
    return work
        .filter(
            ({ placed, files }) =>
                placed.generator.rotate.confirm &&
                files.some((file) => values.has(`${placed.folder}/${file}`)),
        )
        .map(({ placed }) => ({ name: placed.name, title: titleOf(placed) }))
}
