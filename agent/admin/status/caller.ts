// Who sits here, as far as it can be told without opening or asking anything.

import { type Reader, secretsOf } from "../../repo/access.ts"
import { recipientOf } from "../../repo/recipients.ts"
import type { Repo } from "../../repo/repo.ts"
import type { Context } from "../context.ts"
import { pgpRecipients } from "../keys/caller.ts"
import { findIdentities } from "../keys/find.ts"
import { fingerprints } from "../keys/owner.ts"
import type { Layout } from "../repository/layout.ts"
import type { Todo } from "./todo.ts"

/** The caller's keys, whose they are, and what they open. */
export interface Caller {
    readonly keys: readonly { readonly recipient: string; readonly source: string }[]
    /** Key files that only opening would tell of. */
    readonly locked: readonly string[]
    readonly readers: readonly Reader[]
    /** The paths of the secrets that the links, or the rules, let them read. */
    readonly opens: ReadonlySet<string>
}

/** Looks for the caller's keys, and for them in the repository. */
export async function callerIn(repo: Repo, context: Context): Promise<Caller> {
    const { found } = await findIdentities(context)
    const isLocked = ({ identity }: (typeof found)[number]): boolean => identity.recipient === ""
    const keys = new Map(
        [
            ...found
                .filter((one) => !isLocked(one))
                .map(({ identity, source }) => ({ recipient: identity.recipient, source })),
            ...fingerprints(context.env).map((one) => ({
                recipient: `pgp:${one}`,
                source: "$SOPS_PGP_FP",
            })),
            ...(await pgpRecipients(repo, context.env)).map((recipient) => ({ recipient, source: "gpg" })),
        ].map((key) => [key.recipient, key] as const),
    )
    const readers = (["user", "machine"] as const).flatMap((kind) =>
        [...repo[kind === "user" ? "users" : "machines"]]
            .filter(([, own]) => own.some((key) => keys.has(recipientOf(key))))
            .map(([name]): Reader => ({ kind, name })),
    )
    return {
        keys: [...keys.values()],
        locked: [...new Set(found.filter(isLocked).map(({ source }) => source))],
        readers,
        opens: new Set(readers.flatMap((reader) => [...secretsOf(repo, reader).keys()])),
    }
}

/** What keeps the caller from their work: no key, or one that is nobody's here. */
export function keyTodos({ keys, locked, readers }: Caller, layout: Layout): readonly Todo[] {
    if (readers.length > 0 || locked.length > 0) return []
    const [first] = keys
    if (first === undefined)
        return [
            { kind: "key", path: null, message: "you have no private key", next: "hostseal key generate" },
        ]
    const key = first.recipient.includes(" ") ? `"${first.recipient}"` : first.recipient
    return [
        {
            kind: "key",
            path: null,
            message: `your key (${first.source}) belongs to nobody in this repository`,
            next:
                layout === "sops"
                    ? `somebody who can read adds it to .sops.yaml: ${key}`
                    : `hostseal users add YOUR_NAME ${key}`,
        },
    ]
}
