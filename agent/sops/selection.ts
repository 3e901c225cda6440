// Which values are encrypted (docs/sops-rules.md#selection). Of the six options at most one applies. All but the comment ones ask
// whether any key on the way to the value matches, so a match covers everything below it.
import { SopsError } from "./error.ts"
import { compileRegex } from "./regex/match.ts"

/** The six options, as metadata spells them. */
export const selectionOptions = [
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
] as const

export interface SelectionRule {
    readonly option: (typeof selectionOptions)[number]
    readonly pattern: string
}

/** The rule of a document that names none. */
export const defaultRule: SelectionRule = { option: "unencrypted_suffix", pattern: "_unencrypted" }

/** A rule made ready for one document. */
export interface Selection {
    /** What is looked at: the keys on the way to a value, or the comments that precede it. */
    readonly scope: "keys" | "comments"
    /** Whether what matches is encrypted, or what does not. */
    readonly encryptsMatches: boolean
    matches(text: string): boolean
}

/** The rule of a document that is read: a pattern that Go would refuse matches nothing, as in sops. */
export function selectionOf({ option, pattern }: SelectionRule): Selection {
    return {
        scope: option.includes("comment") ? "comments" : "keys",
        encryptsMatches: option.startsWith("encrypted"),
        matches: option.endsWith("_suffix")
            ? (text) => text.endsWith(pattern)
            : remembering(compileRegex(pattern) ?? (() => false)),
    }
}

/** Keys repeat, so answers are kept. */
function remembering(test: (text: string) => boolean): (text: string) => boolean {
    const known = new Map<string, boolean>()
    return (text) => {
        const answer = known.get(text)
        if (answer !== undefined) return answer
        const fresh = test(text)
        known.set(text, fresh)
        return fresh
    }
}

/**
 * Refuses a rule that must not be written: with a pattern that Go refuses, `encrypted_regex` would silently leave
 * everything in the clear (docs/sops-rules.md#selection).
 */
export function checkRule(rule: SelectionRule): void {
    if (!rule.option.endsWith("_suffix") && compileRegex(rule.pattern) === undefined)
        throw new SopsError("unsupported", `${rule.option} is not a pattern that sops understands`)
}

/**
 * Refuses the text of an encrypted comment that the rule itself would take for one that keeps things in the clear:
 * sops looks at comments before it decrypts them, as it does when it encrypts (docs/sops-rules.md#selection).
 */
export function checkComment(selection: Selection, text: string): void {
    if (selection.scope === "comments" && !selection.encryptsMatches && selection.matches(text))
        throw new SopsError("unsupported", "unencrypted_comment_regex matches an encrypted comment")
}
