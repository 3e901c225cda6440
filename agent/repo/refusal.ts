import { UserError, visibleName } from "../error.ts"
import { closest } from "../suggestion.ts"

/** Why a change was refused, for scripts. */
export type RefusalCode = "not-found" | "exists" | "refused"

/** A change that the repository does not allow. Nothing was changed. */
export class Refusal extends UserError {
    override readonly name: string = "Refusal"
    readonly code: RefusalCode

    constructor(code: RefusalCode, message: string, options: { readonly hint?: string } = {}) {
        super(message, options)
        this.code = code
    }
}

/** `user "bbo" does not exist`, with the name that was probably meant, or those that there are. */
export function unknown(kind: string, name: string, known: Iterable<string>): Refusal {
    const names = [...known].toSorted()
    return new Refusal("not-found", `${kind} "${visibleName(name)}" does not exist`, {
        hint: whichThereAre(kind, name, names),
    })
}

function whichThereAre(kind: string, name: string, names: readonly string[]): string {
    const guess = closest(name, names)
    if (guess !== undefined) return `did you mean "${guess}"?`
    if (names.length === 0) return `there is no ${kind} yet`
    const shown = names.slice(0, 10).join(", ")
    return `there is ${shown}${names.length > 10 ? ` and ${names.length - 10} more` : ""}`
}
