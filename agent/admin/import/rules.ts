// The rules of agenix, exported as JSON: `nix eval --json --file secrets.nix`. Each file with the public keys that can
// open it; here those become links to the users and machines that have these keys.

import * as z from "zod/mini"
import { sshToAgeRecipient } from "../../age/ssh/edwards.ts"
import { AgeError } from "../../age/error.ts"
import { parseRecipient } from "../../age/recipient.ts"
import { visible } from "../../error.ts"
import type { Grantees } from "../../repo/edits.ts"
import { recipientOf } from "../../repo/recipients.ts"
import type { Repo } from "../../repo/repo.ts"
import { Failure } from "../failure.ts"

/** A file of the rules. */
export interface Rule {
    /** Relative to the directory of the rules, without any way out of it. */
    readonly path: string
    /** In the form in which recipients are compared. */
    readonly recipients: ReadonlySet<string>
}

const rules = z.record(z.string(), z.looseObject({ publicKeys: z.array(z.string()) }))

/** Reads the rules. Throws `Failure` for what is not such a file, and for paths that lead elsewhere. */
export function parseRules(text: string, source: string): readonly Rule[] {
    const { data } = rules.safeParse(parseJson(text))
    if (data === undefined) {
        throw new Failure("refused", `${source} is not the JSON form of agenix rules`, {
            hint: "make it with: nix eval --json --file secrets.nix > rules.json",
        })
    }
    return Object.entries(data).map(([path, { publicKeys }]) => {
        const segments = path.replace(/^(?:\.\/)+/u, "").split("/")
        if (segments.some((segment) => segment === "" || segment === "." || segment === ".."))
            throw new Failure(
                "refused",
                `${source}: "${visible(path)}" leads out of the directory of the rules`,
            )
        return { path: segments.join("/"), recipients: new Set(publicKeys.map(canonical)) }
    })
}

/** The name of the secret that a file becomes: `services/db.age` is `services-db`. */
export function nameOfFile(path: string, separator: string): string {
    return path
        .replace(/\.age$/u, "")
        .split("/")
        .join(separator)
}

/**
 * Whom a file is for in this repository: the users and machines with its keys, an SSH host key also in its converted
 * form. `strangers` are the keys that belong to nobody.
 */
export function granteesOf(
    { recipients }: Rule,
    owners: ReadonlyMap<string, readonly Holder[]>,
): { readonly grantees: Grantees; readonly strangers: readonly string[] } {
    const users = new Set<string>()
    const machines = new Set<string>()
    const strangers: string[] = []
    for (const recipient of recipients) {
        const holders = [recipient, converted(recipient)].flatMap((form) => owners.get(form ?? "") ?? [])
        for (const { kind, name } of holders) (kind === "user" ? users : machines).add(name)
        if (holders.length === 0) strangers.push(recipient)
    }
    return { grantees: { users, machines }, strangers }
}

export interface Holder {
    readonly kind: "user" | "machine"
    readonly name: string
}

/** Who has which key. */
export function holdersOf({ users, machines }: Repo): ReadonlyMap<string, readonly Holder[]> {
    const holders = new Map<string, Holder[]>()
    for (const [kind, readers] of [
        ["user", users],
        ["machine", machines],
    ] as const) {
        for (const [name, keys] of readers) {
            for (const key of keys) {
                const recipient = recipientOf(key)
                holders.set(recipient, [...(holders.get(recipient) ?? []), { kind, name }])
            }
        }
    }
    return holders
}

/** The forms in which an identity may name the recipient of a file: as it is, and converted. */
export function formsOf(recipients: ReadonlySet<string>): ReadonlySet<string> {
    return new Set([...recipients].flatMap((recipient) => [recipient, converted(recipient) ?? recipient]))
}

function canonical(publicKey: string): string {
    try {
        return parseRecipient(publicKey).text
    } catch (error) {
        if (!(error instanceof AgeError)) throw error
        // A kind of key that cannot be used belongs to nobody here, and is reported as such.
        return publicKey.trim().split(/\s+/u).slice(0, 2).join(" ")
    }
}

function converted(recipient: string): string | undefined {
    return recipient.startsWith("ssh-ed25519 ") ? sshToAgeRecipient(recipient) : undefined
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text)
    } catch {
        return undefined
    }
}
