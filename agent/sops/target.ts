import { sealAge } from "../age/file.ts"
import type { Recipient } from "../age/key.ts"
import type { Document } from "./document.ts"
import { SopsError } from "./error.ts"
import { keyEntry } from "./key-entry.ts"
import type { KeyEntry } from "./key-entry.ts"

/** Somebody a document is to be encrypted to. */
export interface Target {
    /** The `id` that its entries have: an age recipient, or `pgp:FINGERPRINT` and the like. */
    readonly id: string
    /** How its entries say it, where that is more than the `id`: an SSH key with its comment. */
    readonly written?: string
    /**
     * What wrapping takes besides arithmetic: a program for each (gpg), or a plugin, which wraps for all who ask at the
     * same time in one go.
     */
    readonly takes?: "program" | "plugin"
    wrap(dataKey: Buffer): Promise<KeyEntry>
}

/** An age recipient as a target. As in sops, each gets an age file of its own (docs/sops-rules.md#keys). */
export function ageTarget(recipient: Recipient, written = recipient.text): Target {
    return {
        id: recipient.text,
        written,
        ...(recipient.kind === "plugin" ? { takes: "plugin" } : {}),
        async wrap(dataKey) {
            const file = await sealAge(dataKey, [recipient], "armor")
            return keyEntry("age", { recipient: written, enc: file.toString() })
        },
    }
}

/** Entries for all targets, each once. Refuses to encrypt to nobody. */
export function wrapAll(dataKey: Buffer, targets: readonly Target[]): Promise<KeyEntry[]> {
    return Promise.all(distinct(targets).map((target) => target.wrap(dataKey)))
}

/** The targets, each once. Throws `SopsError` of problem "recipients" when there is none. */
export function distinct(targets: readonly Target[]): Target[] {
    if (targets.length === 0)
        throw new SopsError("recipients", "a document is encrypted to at least one recipient")
    return [...new Map(targets.map((target) => [target.id, target])).values()]
}

/**
 * The keys of a document that is not split into shares. Documents with key groups are read, not rewritten: who
 * belongs to which group cannot be told from a list of recipients.
 */
export function onlyGroup({ metadata: { groups } }: Document): readonly KeyEntry[] {
    const [group] = groups
    if (group === undefined || groups.length !== 1)
        throw new SopsError(
            "unsupported",
            "the document has key groups (Shamir); sops updatekeys changes those",
        )
    return group
}
