import { visible, visibleName } from "../../error.ts"
import type { NoIdentityMatch } from "../../sops/error.ts"
import { quantity } from "../quantity.ts"
import { Failure } from "../failure.ts"
import type { Identities } from "./find.ts"
import { noIdentity } from "./owner.ts"
import { NobodyToAsk } from "../terminal/prompt.ts"
import { shortened } from "./recipient-name.ts"

/**
 * Why a secret could not be opened, in the words of docs/command-line.md#errors: what failed, with which keys, whose keys would
 * do, and what to run. `owners` says whose a recipient is (`user "alice"`).
 */
export function cannotDecrypt(
    name: string,
    error: NoIdentityMatch,
    identities: Identities,
    owners: Owners,
): Failure {
    const hint = `ask one of them to run: hostseal users add-secret YOUR_NAME ${name}`
    return lockedOut(`secret "${name}"`, error, identities, owners, hint)
}

/**
 * The same of several secrets, in one error: with which keys they could not be opened, and who could open all of them.
 * `names` are those of the secrets, one for each of the errors, of `total` that were to be opened.
 */
export function cannotDecryptAll(
    names: readonly string[],
    errors: readonly NoIdentityMatch[],
    total: number,
    identities: Identities,
    owners: Owners,
): Failure {
    const [first] = errors
    if (first === undefined) throw new Error("nothing that could not be decrypted")
    const what = `${names.length} of ${quantity(total, "secret")}: ${severalNames(names)}`
    const common = errors
        .map(({ recipients }) => new Set(recipients))
        .reduce((all, some) => all.intersection(some))
    const readers = new Set([...common].flatMap((recipient) => owners.get(recipient) ?? []))
    const users = [...readers].filter((reader) => reader.startsWith("user "))
    const hint =
        users.length === 0
            ? `ask those who can read them to run this command: hostseal audit secret ${names[0]}`
            : `ask somebody who can read them to run this command: ${severalNames(users)}`
    return lockedOut(what, first, identities, owners, hint, [])
}

/** Three names, and how many more there are. */
export function severalNames(names: readonly string[]): string {
    const shown = names.slice(0, 3).map(visibleName)
    const more = names.length - shown.length
    return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ")
}

/** The same of a file that lies outside the repository's secrets. */
export function cannotDecryptFile(
    file: string,
    error: NoIdentityMatch,
    identities: Identities,
    owners: Owners,
): Failure {
    return lockedOut(
        visible(file),
        error,
        identities,
        owners,
        "use a key that it is encrypted to: --identity FILE",
    )
}

type Owners = ReadonlyMap<string, readonly string[]>

function lockedOut(
    what: string,
    error: NoIdentityMatch,
    identities: Identities,
    owners: Owners,
    hint: string,
    shown: readonly string[] = error.recipients,
): Failure {
    if (identities.found.length === 0 && error.foreign.length === 0) return noIdentity(identities)
    const places = identities.tried.filter(({ isVacant }) => isVacant !== true)
    const tried = places.map(({ place, recipients, problem }) => {
        const keys = recipients.map((recipient) => (recipient === "" ? "locked" : shortened(recipient)))
        return `\n  tried: ${place} (${problem ?? keys.join(", ")})`
    })
    const readers = shown.map((recipient) => {
        const owner = owners.get(recipient)?.join(", ") ?? "nobody in this repository"
        return `\n  encrypted to: ${shortened(recipient)} (${owner})`
    })
    // Whose own key is named, and did not do, is helped by the cause, and by nobody else.
    const isReader = places.some(({ recipients }) => recipients.some((one) => error.recipients.includes(one)))
    const unasked = error.cause instanceof NobodyToAsk ? error.cause : undefined
    return new Failure("cannot-decrypt", [`cannot decrypt ${what}`, ...tried, ...readers].join(""), {
        ...(error.cause === undefined ? {} : { cause: error.cause }),
        ...(unasked === undefined ? {} : { exitCode: unasked.exitCode }),
        ...(unasked !== undefined || isReader ? {} : { hint }),
    })
}
