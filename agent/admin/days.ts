import { Failure } from "./failure.ts"

/** What `--max-days` says; undefined without it. Throws `Failure` for what is no number of days. */
export function numberOfDays(given: string | undefined): number | undefined {
    if (given === undefined) return undefined
    if (!/^\d{1,6}$/u.test(given)) throw new Failure("usage", "--max-days needs a number of days")
    return Number(given)
}
