import { lineAt } from "../../error.ts"

/** A change that is not made in this configuration, because of what stands in a line of it, counted from 1. */
export class Unedited extends Error {
    override readonly name = "Unedited"
    readonly line: number

    constructor(offset: number, source: string, why = "is written in a way that is not edited here") {
        const line = lineAt(source, offset)
        super(`line ${line} ${why}`)
        this.line = line
    }
}
