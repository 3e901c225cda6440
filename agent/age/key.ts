// The two halves of an age key as the rest of the project sees them, of whatever kind the key is.

import type { Stanza } from "./stanza.ts"

/** A private key that opens age files. */
export interface Identity {
    /** The public half as sops files and key.json spell it: `age1…`, `age1pq1…`, `ssh-ed25519 AAAA…`; no comment. */
    readonly recipient: string
    /**
     * The file key, or `undefined` when none of the stanzas is for this identity. Throws `AgeError` when one is, and
     * is broken. Native identities answer at once, plugins with a promise.
     */
    unwrap(stanzas: readonly Stanza[]): Buffer | undefined | Promise<Buffer | undefined>
    /** Only where unwrapping costs a person something (a touch, a PIN): several files in one go, same order. */
    unwrapAll?(files: readonly (readonly Stanza[])[]): Promise<readonly (Buffer | undefined)[]>
}

/** A recipient that file keys can be wrapped to; of kind `plugin` when a program outside this room does it. */
export interface WrappingRecipient {
    /** Canonical, without a comment; equal texts are the same recipient. */
    readonly text: string
    readonly kind: "x25519" | "hybrid" | "ssh-ed25519" | "ssh-rsa" | "plugin"
    /** Post-quantum and classic recipients must not share a file (age's label `postquantum`). */
    readonly postQuantum: boolean
    wrap(fileKey: Buffer): readonly Stanza[] | Promise<readonly Stanza[]>
}

/** A hardware key with a tag (`age1tag…`, `age1tagpq…`); `sealAge` lets age-encryption write its stanzas. */
export interface TaggedRecipient {
    readonly text: string
    readonly kind: "tag"
    readonly postQuantum: boolean
}

/** Whatever `sealAge` can seal to. */
export type Recipient = WrappingRecipient | TaggedRecipient

/** A recipient that only the plugin of this name can wrap to. The name selects a configured program, never a path. */
export interface PluginRecipient {
    readonly text: string
    readonly kind: "unresolved plugin"
    readonly name: string
}
