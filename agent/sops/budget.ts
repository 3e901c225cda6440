// What reading and opening one document may cost, whatever its format. Real documents have thousands of values and a
// hundred keys; one of 16 MiB that is nothing but commas has millions, and would take a small machine down at boot.
import { SopsError } from "./error.ts"

/** Scalars, mappings, lists and comments of one document. */
export const mostNodes = 250_000

/** Parts that scalars are put together from: escapes, folded lines. */
export const mostPieces = 2_500_000

/**
 * Trials of stanzas with keys: 0.1 ms each. Sops writes one stanza for each recipient, and the one that names a key is
 * tried first.
 */
export const mostTrials = 8192

/** How many trials one with an RSA key stands for. */
export const rsaTrial = 40

/** Counts down; `spend` throws `SopsError` of problem "limit" when there is nothing left. */
export class Budget {
    private left: number
    private readonly what: string

    /** `what` is there more than so many of. */
    constructor(most: number, what: string) {
        this.left = most
        this.what = `more than ${most} ${what}`
    }

    spend(line?: number): void {
        if (this.left-- > 0) return
        throw new SopsError("limit", this.what, line === undefined ? {} : { line })
    }
}

/** The budget of a document's nodes. */
export function nodeBudget(): Budget {
    return new Budget(mostNodes, "values and comments")
}
