// Edits of the small repository of `estate.ts`, in trees that a writer may have changed, and what becomes of its secrets.

import { onTrust } from "../../../agent/repo/consent/accepted.ts"
import type { Accepted, Held } from "../../../agent/repo/consent/accepted.ts"
import { Consent } from "../../../agent/repo/consent/consent.ts"
import type { Decision, Touch } from "../../../agent/repo/consent/consent.ts"
import { Request } from "../../../agent/repo/consent/request.ts"
import type { Edit } from "../../../agent/repo/difference.ts"
import { grant } from "../../../agent/repo/edits.ts"
import type { Grantees } from "../../../agent/repo/edits.ts"
import { recipientsOf } from "../../../agent/repo/recipients.ts"
import type { Grants, Repo } from "../../../agent/repo/repo.ts"
import { estate } from "../estate.ts"

/** Files that say what the links of this repository say. */
export const filesOf = (repo: Repo): Map<string, Held> =>
    new Map(
        [...repo.secrets].map(([path, grants]) => [
            path,
            { labels: recipientsOf(repo, grants), iv: `iv of ${path}`, blob: `blob of ${path}` },
        ]),
    )
export const agreed = onTrust(estate, filesOf(estate), "c0ffee")
export const own = "sops/secrets/own"
export const shared = "sops/secrets/shared"
export const tls = "sops/secrets/tls"

export const withGrants = (repo: Repo, path: string, grants: Grants): Repo => ({
    ...repo,
    secrets: new Map([...repo.secrets, [path, grants]]),
})

export interface Scene {
    readonly tree?: Repo
    readonly accepted?: Accepted
    readonly held?: Held | undefined
    readonly how?: Touch["how"]
    readonly vouched?: readonly string[]
    readonly declined?: readonly string[]
    readonly named?: Edit["named"]
    readonly moved?: Edit["moved"]
}

/** What becomes of a secret when an edit is made in a tree that a writer may have changed. */
export const decide = (path: string, edit: (repo: Repo) => Repo, scene: Scene = {}): Decision => {
    const { tree = estate, accepted = agreed, how = "asked", vouched, declined = [], named, moved } = scene
    const request = new Request(
        tree,
        { repo: edit(tree), ...(named && { named }), ...(moved && { moved }) },
        accepted,
    )
    const held = "held" in scene ? scene.held : filesOf(estate).get(path)
    return new Consent(request).decide(
        { path, held, how, ...(vouched && { vouched }) },
        { has: ({ recipient }) => declined.includes(recipient) },
    )
}
export const same = (repo: Repo): Repo => repo

/** A decision in few words. */
export const shown = ({ recipients, wrapped, unasked, unobeyed, gained, known }: Decision) => ({
    recipients,
    wrapped: [...wrapped].toSorted(),
    unasked: unasked.map(
        ({ effect, reader, recipient, canWait }) =>
            `${effect} ${reader.kind} ${reader.name} ${recipient}${canWait ? "" : " now"}`,
    ),
    unobeyed: unobeyed.map(({ recipient }) => recipient),
    gained: gained.map(({ recipient }) => recipient),
    known,
})

/** The edit that lets some read a secret. */
export const give =
    (path: string, some: Partial<Grantees>) =>
    (repo: Repo): Repo =>
        grant(repo, path, { users: [], machines: [], groups: [], ...some })
