// Runs patterns in time proportional to the text, whatever the pattern (Thompson's method): all positions of the
// pattern that can be reached are followed at once. Only whether something matches is asked, never what.
import { SopsError } from "../error.ts"
import { parseRegex } from "./parse.ts"
import type { Assertion, Regex } from "./parse.ts"
import type { CharTest } from "./class.ts"

interface CharStep {
    readonly kind: "char"
    readonly test: CharTest
    readonly next: number
}

type Step =
    | CharStep
    | { readonly kind: "assertion"; readonly assertion: Assertion; next: number }
    | { readonly kind: "fork"; readonly ways: number[] }
    | { readonly kind: "match" }

const mostSteps = 20_000
/** Visits of steps for one document: far above what any real pattern and its keys need, below a second. */
const mostWork = 10_000_000

/**
 * A matcher for a pattern of Go's regexp, unanchored. `undefined` when Go would refuse the pattern. Throws
 * `SopsError` of problem "limit" for one that is larger than any that is written by hand, and so does the matcher when all
 * texts together took too long. Where there is no end of texts, `perCharacter` visits are granted for each character.
 */
export function compileRegex(pattern: string, perCharacter = 0): ((text: string) => boolean) | undefined {
    if (pattern.length > mostSteps) throw tooLarge()
    const regex = parseRegex(pattern)
    if (regex === undefined) return undefined
    const steps: Step[] = [{ kind: "match" }]
    const start = emit(regex, 0, steps)
    const machine = new Machine(steps, start, perCharacter)
    return (text) => machine.run(text)
}

function tooLarge(): SopsError {
    return new SopsError("limit", "a pattern in the metadata is too large, or takes too long")
}

/** Adds the steps of a part that is followed by step `next`, and returns where it begins. */
function emit(regex: Regex, next: number, steps: Step[]): number {
    if (steps.length > mostSteps) throw tooLarge()
    switch (regex.kind) {
        case "sequence":
            return regex.parts.reduceRight((following, part) => emit(part, following, steps), next)
        case "choice":
            return steps.push({ kind: "fork", ways: regex.parts.map((part) => emit(part, next, steps)) }) - 1
        case "repeat":
            return emitRepeat(regex, next, steps)
        case "char":
        case "assertion":
            break
    }
    return steps.push({ ...regex, next }) - 1
}

function emitRepeat({ part, min, max }: Regex & { kind: "repeat" }, next: number, steps: Step[]): number {
    let following = next
    if (max === Infinity) {
        const ways = [next]
        following = steps.push({ kind: "fork", ways }) - 1
        ways.push(emit(part, following, steps))
    } else {
        for (let count = min; count < max; count++)
            following = steps.push({ kind: "fork", ways: [next, emit(part, following, steps)] }) - 1
    }
    for (let count = 0; count < min; count++) following = emit(part, following, steps)
    return following
}

/** What a pattern needs while it runs, made once: each visit of a step is a few instructions. */
class Machine {
    private readonly steps: readonly Step[]
    private readonly start: number
    /** In which round a step was visited last. */
    private readonly seen: Uint32Array
    private round = 0
    private left = mostWork
    private readonly perCharacter: number

    constructor(steps: readonly Step[], start: number, perCharacter: number) {
        this.steps = steps
        this.start = start
        this.perCharacter = perCharacter
        this.seen = new Uint32Array(steps.length)
    }

    run(text: string): boolean {
        const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0)
        this.left += this.perCharacter * (characters.length + 1)
        let current: number[] = []
        for (let at = 0; at <= characters.length; at++) {
            current.push(this.start)
            const reached = this.follow(current, characters, at)
            if (reached === undefined) return true
            const character = characters[at]
            current = []
            if (character === undefined) break
            for (const step of reached) if (step.test(character)) current.push(step.next)
        }
        return false
    }

    /** The character steps that can be reached without a character; `undefined` when the match is among them. */
    private follow(pending: number[], characters: readonly number[], at: number): CharStep[] | undefined {
        const { steps, seen } = this
        const round = ++this.round
        const reached: CharStep[] = []
        for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
            if (seen[index] === round) continue
            seen[index] = round
            if (this.left-- < 0) throw tooLarge()
            const step = steps[index]
            if (step === undefined || step.kind === "match") return undefined
            if (step.kind === "fork") for (const way of step.ways) pending.push(way)
            else if (step.kind === "char") reached.push(step)
            else if (check(step.assertion, characters, at)) pending.push(step.next)
        }
        return reached
    }
}

function check(assertion: Assertion, characters: readonly number[], at: number): boolean {
    const newline = 10
    switch (assertion) {
        case "text start":
            return at === 0
        case "text end":
            return at === characters.length
        case "line start":
            return at === 0 || characters[at - 1] === newline
        case "line end":
            return at === characters.length || characters[at] === newline
        case "boundary":
        case "no boundary":
            break
    }
    const boundary = isWord(characters[at - 1]) !== isWord(characters[at])
    return boundary === (assertion === "boundary")
}

function isWord(codePoint: number | undefined): boolean {
    return codePoint !== undefined && codePoint < 128 && /\w/.test(String.fromCharCode(codePoint))
}
