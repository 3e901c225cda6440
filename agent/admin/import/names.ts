// From the values of a document to secrets with names. Nothing is taken on the quiet: what cannot become a secret is
// either skipped with a reason, or stops the whole import before anything is written (docs/clan-contract.md#defects, D10).

import { visibleName } from "../../error.ts"
import { secretPath } from "../../repo/edits.ts"
import { problemOfName } from "../../repo/names.ts"
import type { Located } from "../../sops/lookup.ts"
import { valueBytes } from "../../sops/value/scalar.ts"
import { Failure } from "../failure.ts"

/** Who may read what is imported, and how it is called. */
export interface ImportInput {
    readonly user: readonly string[]
    readonly machine: readonly string[]
    readonly group: readonly string[]
    readonly prefix: string | undefined
    readonly separator: string | undefined
}

/** A secret to be made. An empty value is a value. */
export interface Imported {
    readonly name: string
    readonly value: Buffer
}

/** What is left out, and why, to be read after its name: `is null`. */
export interface Skipped {
    readonly name: string
    readonly why: string
    /** The values that are in it, by the keys that lead to them, if it is no value itself. */
    readonly values?: readonly string[]
}

export interface ImportPlan {
    readonly secrets: readonly Imported[]
    readonly skipped: readonly Skipped[]
}

export interface NamingOptions {
    readonly prefix: string
    /** Goes between the keys on the way to a nested value; without it nested values are skipped. */
    readonly separator: string | undefined
    /** Names that are taken. */
    readonly existing: ReadonlySet<string>
}

/**
 * Names the values of a document: the prefix and the keys that lead to them. Numbers and truth values become the text
 * that sops extracts. Throws `Failure` that lists every name that cannot be, or that two values would have.
 */
export function planImport(
    values: Iterable<Located>,
    { prefix, separator, existing }: NamingOptions,
): ImportPlan {
    const secrets = new Map<string, Buffer>()
    const skipped = new Map<string, { readonly why: string; readonly values?: string[] }>()
    const problems = new Map<string, string>()
    for (const { path, scalar } of values) {
        const [top = "", ...below] = path.map(String)
        if (below.length > 0 && separator === undefined) {
            const what = typeof path[1] === "number" ? "a list" : "a mapping"
            const why = `is not a string but ${what} (--separator takes it apart)`
            const group = skipped.get(prefix + top) ?? { why, values: [] }
            group.values?.push(path.join("/"))
            skipped.set(prefix + top, group)
            continue
        }
        const name = prefix + [top, ...below].join(separator)
        const problem = problemOfName("secret", name)
        const value = valueBytes(scalar)
        if (value === undefined) skipped.set(name, { why: "is null" })
        else if (problem !== undefined) problems.set(name, problem)
        else if (secrets.has(name)) problems.set(name, "two values would have this name")
        else if (existing.has(name)) skipped.set(name, { why: "already exists" })
        else secrets.set(name, value)
    }
    if (problems.size > 0) throw badNames(problems)
    return {
        secrets: [...secrets].map(([name, value]) => ({ name, value })),
        skipped: [...skipped].map(([name, what]) => ({ name, ...what })),
    }
}

function badNames(problems: ReadonlyMap<string, string>): Failure {
    const list = [...problems].map(([name, problem]) => `\n  "${visibleName(name)}": ${problem}`)
    return new Failure(
        "refused",
        `nothing was imported: not every value can be a secret of its name${list.join("")}`,
        {
            hint: "give those keys other names in the file, or choose another --prefix or --separator",
        },
    )
}

/** Throws `Failure` when one of these secrets has a value by now: an import replaces none. `sealed` are paths. */
export function mustBeNew(secrets: readonly Imported[], sealed: Pick<ReadonlySet<string>, "has">): void {
    const taken = secrets.find(({ name }) => sealed.has(secretPath(name)))
    if (taken !== undefined)
        throw new Failure("conflict", `secret "${taken.name}" was made meanwhile; nothing was imported`)
}
