// Whether a secret lies where it was sealed for, and is for those that it was sealed for: what the agent makes of it.
// The proof is agent/sops/binding.ts.

import { UserError } from "../error.ts"
import { claimed, judge } from "../sops/binding.ts"
import type { Verdict } from "../sops/binding.ts"
import type { Document } from "../sops/document.ts"
import type { SecretEntry } from "./manifest/manifest.ts"

/** What was found about the binding of a secret that may be installed. */
export interface BindingCheck {
    readonly place: string
    readonly mode: "warn" | "require"
    readonly verdict: Verdict["kind"]
    /** What is wrong with it; empty when it is bound. */
    readonly concern: string
}

/** A secret that is not installed because of its binding. */
export class BindingError extends UserError {
    readonly verdict: Verdict["kind"]

    constructor(verdict: Verdict["kind"], message: string, hint: string) {
        super(message, { hint })
        this.verdict = verdict
    }
}

/** Whether a check is asked for; without a place there is nothing to compare with. */
export function isChecked({ bindings, place }: Pick<SecretEntry, "bindings" | "place">): boolean {
    return bindings === "require" || (bindings === "warn" && place !== undefined)
}

/** Whether a check is the one that is asked for. */
export function isSameCheck(check: BindingCheck | undefined, entry: SecretEntry): boolean {
    if (!isChecked(entry)) return check === undefined
    return check?.place === entry.place && check?.mode === entry.bindings
}

/**
 * What the data key says about each place that is asked about. Called while the data key is still there. `unnamed` are
 * our own recipients when the document was opened with them and names none of them.
 */
export function judgePlaces(
    document: Document,
    dataKey: Buffer,
    entries: readonly SecretEntry[],
    unnamed: readonly string[],
): ReadonlyMap<string, Verdict> {
    const verdicts = new Map<string, Verdict>()
    for (const { bindings, place } of entries) {
        if (bindings === "off" || place === undefined || verdicts.has(place)) continue
        const verdict = judge(document, dataKey, place)
        const isOurs = verdict.kind !== "bound" || unnamed.length === 0
        verdicts.set(place, isOurs ? verdict : { kind: "readers", added: unnamed, gone: [] })
    }
    return verdicts
}

/**
 * What becomes of a secret by its binding: a check to remember, or an error for one that is not installed; `undefined`
 * for one that is not checked.
 */
export function checkBinding(
    entry: SecretEntry,
    verdicts: ReadonlyMap<string, Verdict>,
): BindingCheck | BindingError | undefined {
    const { bindings: mode, place, source } = entry
    if (mode === "off" || (mode === "warn" && place === undefined)) return undefined
    if (place === undefined)
        return new BindingError("unbound", `${source} has no place that it could be bound to`, noPlace)
    const verdict: Verdict = verdicts.get(place) ?? { kind: "unbound", why: "none" }
    const concern = concernOf(verdict, place)
    if (verdict.kind === "elsewhere" || (mode === "require" && verdict.kind !== "bound"))
        return new BindingError(verdict.kind, `${source} ${concern}`, hintFor(verdict, place))
    return { place, mode, verdict: verdict.kind, concern: concern === "" ? "" : `${source} ${concern}` }
}

/** What can be said about the binding of a secret without any key; `undefined` when nothing is wrong with it. */
export function claimProblem(document: Document, entry: SecretEntry): UserError | undefined {
    const { place } = entry
    if (!isChecked(entry)) return undefined
    const verdicts = place === undefined ? [] : [[place, claimed(document, place)] as const]
    const check = checkBinding(entry, new Map(verdicts))
    return check instanceof BindingError ? check : undefined
}

/** What a verdict means, to be said behind the name of the file; nothing of one that is bound. */
export function concernOf(verdict: Verdict, place: string): string {
    switch (verdict.kind) {
        case "bound":
            return ""
        case "elsewhere":
            return `was sealed for ${verdict.place}, and not for ${place}`
        case "readers": {
            const { added, gone } = verdict
            const more = added.length === 0 ? [] : [`it was not bound for ${added.join(", ")}`]
            const less = gone.length === 0 ? [] : [`it lacks ${gone.join(", ")}`]
            return `has other readers than were bound: ${[...more, ...less].join("; ")}`
        }
        case "entries":
            return `has other entries than were bound, for ${verdict.ids.join(", ")}`
        case "unbound":
            break
    }
    return unbound[verdict.why]
}

const unbound = {
    none: "is not bound to its place and readers",
    "other key": "has a binding that was made with another data key",
    malformed: "has a binding that is malformed",
} as const

const noPlace = "name it: hostseal.secrets in docs/manifest.md, sops.secrets.<name>.place in NixOS"

/** What to do about it. */
export function hintFor({ kind }: Verdict, place: string): string {
    const name = place.replace(/^sops\/secrets\//u, "")
    return kind === "elsewhere"
        ? `put the file back that belongs there; if it was moved on purpose: hostseal bind ${name} --moved`
        : `see who changed it last, and if that is right: hostseal bind ${name}`
}

const mostNamed = 3

/** One warning for each file that is not as it was bound; those that nobody has bound yet come together. */
export function bindingWarnings(checks: readonly (BindingCheck | undefined)[]): readonly string[] {
    const found = checks.filter((check) => check !== undefined && check.concern !== "")
    const [fresh, others] = [
        found.filter((check) => check?.concern.endsWith(unbound.none)),
        found.filter((check) => check?.concern.endsWith(unbound.none) !== true),
    ]
    const warnings = new Set(others.map((check) => check?.concern ?? ""))
    const places = [...new Set(fresh.map((check) => check?.place ?? ""))]
    if (places.length > 0) {
        const rest = places.length - mostNamed
        const named = places.slice(0, mostNamed).join(", ") + (rest > 0 ? ` and ${rest} more` : "")
        warnings.add(`not bound to their place and readers: ${named} (hostseal bind)`)
    }
    return [...warnings]
}
