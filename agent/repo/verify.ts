// What can be known about a repository without any private key: whether links, key files and the recipients that
// the files really have agree. A repository that passes is one where every command and every machine finds what
// the links promise, and where nobody reads more than they say.

import { readersOf } from "./access.ts"
import { secretName } from "./edits.ts"
import { nameOf, ownersOf, recipientsOf } from "./recipients.ts"
import type { Grants, Repo } from "./repo.ts"

/** What lies in a secret's folder under the name `secret`. */
export type SecretFile =
    | { readonly kind: "missing" }
    | { readonly kind: "unreadable"; readonly problem: string }
    | {
          readonly kind: "sealed"
          readonly recipients: readonly string[]
          /** What is wrong with it, see sops/shape.ts. */
          readonly flaws: readonly string[]
          /** The IV of its value, if it has one. */
          readonly iv: string | undefined
          /** What its binding says of place and readers, of which nothing is proved without a key. */
          readonly claim?: Claim | undefined
      }

/** See sops/shape/quick-claim.ts. */
export interface Claim {
    readonly place: string
    readonly kind: "bound" | "readers" | "entries" | "malformed"
}

/** Something in the tree that is no entry: a dangling link, a link of the wrong kind, a file in the wrong place. */
export interface Stray {
    readonly path: string
    readonly problem: string
}

/** One thing that is wrong. `code` is stable and made for scripts; `path` is relative to the flake. */
export interface Problem {
    readonly code:
        | "stray"
        | "no-file"
        | "unreadable"
        | "damaged"
        | "copied"
        | "elsewhere"
        /** Without a key: the binding of a file says something else than the file and its place. */
        | "binding-disagrees"
        | "other-readers"
        | "other-entries"
        | "unbound"
        | "missing-recipient"
        | "extra-recipient"
        | "no-user"
        | "no-keys"
        | "bad-key"
        | "name-clash"
        | "not-read"
        /** A commit that nobody has signed who may; its path is the beginning of its id. */
        | "unsigned"
        // Of the values of generators.
        | "missing"
        | "outdated"
        | "due"
        | "orphaned"
        | "no-access"
        // Of a `.sops.yaml` and the files under its rules.
        | "bad-config"
        | "no-rule"
        | "shadowed-rule"
        | "unused-rule"
        | "nested-config"
        | "rule-options"
        | "key-groups"
        | "plain"
        // Of what machines take from files.
        | "not-for-machine"
        | "unneeded"
    readonly path: string
    readonly message: string
    readonly hint?: string
}

/** What `verify` looks at: the repository as loaded, what was left over, and the files' own recipients. */
export interface Evidence {
    readonly repo: Repo
    readonly strays: readonly Stray[]
    readonly files: ReadonlyMap<string, SecretFile>
    /** Says why a key cannot be a recipient; undefined for a good one. */
    readonly badKey: (publickey: string) => string | undefined
}

/** Every problem of a repository, in the order of its tree. An empty list is a promise, see above. */
export function verify(evidence: Evidence): readonly Problem[] {
    const { repo, strays, files } = evidence
    const owners = ownersOf(repo)
    const wanted = wantedBy(repo)
    const named = namesOnce()
    return [
        ...strays.map(({ path, problem }): Problem => ({ code: "stray", path, message: problem })),
        ...keyProblems(evidence),
        ...clashes(repo),
        ...copies(files),
        ...[...repo.secrets].flatMap(([path, grants]) =>
            secretProblems(owners, path, wanted(grants), files.get(path) ?? { kind: "missing" }, named),
        ),
    ].toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

function keyProblems({ repo, badKey }: Evidence): readonly Problem[] {
    const problems: Problem[] = []
    for (const plural of ["users", "machines"] as const) {
        for (const [name, keys] of repo[plural]) {
            const path = `sops/${plural}/${name}/key.json`
            if (keys.length === 0) problems.push({ code: "no-keys", path, message: "holds no key" })
            for (const key of keys) {
                const reason = key.type === "pgp" ? badFingerprint(key.publickey) : badKey(key.publickey)
                if (reason !== undefined) problems.push({ code: "bad-key", path, message: reason })
            }
        }
    }
    return problems
}

function badFingerprint(text: string): string | undefined {
    return /^[0-9A-F]{40}([0-9A-F]{24})?$/iu.test(text.replaceAll(" ", ""))
        ? undefined
        : "not a PGP fingerprint"
}

/**
 * Files that hold the same encrypted value. An IV is 32 random bytes, and whoever has no key cannot change it: somebody
 * copied the file, and the next change would give the value to the readers of its new place.
 */
export function copies(files: ReadonlyMap<string, SecretFile>): readonly Problem[] {
    const seen = new Map<string, string>()
    const problems: Problem[] = []
    for (const [path, file] of files) {
        if (file.kind !== "sealed" || file.iv === undefined) continue
        const other = seen.get(file.iv)
        if (other === undefined) seen.set(file.iv, path)
        else
            problems.push({
                code: "copied",
                path,
                message: `holds the very value of ${other}: one of them was copied over the other`,
                hint: "take the right file from git again, or set the value anew",
            })
    }
    return problems
}

const plain = /^[ -~]*$/u

/** Names that differ only in case, or in how Unicode writes them, are one file on macOS: a checkout there loses one. */
function clashes(repo: Repo): readonly Problem[] {
    const seen = new Map<string, string>()
    const problems: Problem[] = []
    const names = (["users", "machines", "groups"] as const).flatMap((plural) =>
        [...repo[plural].keys()].map((name) => `sops/${plural}/${name}`),
    )
    for (const path of [...names, ...repo.secrets.keys()]) {
        const folded = plain.test(path)
            ? path.toLowerCase()
            : path.normalize("NFKC").toLowerCase().normalize("NFKC")
        const other = seen.get(folded)
        if (other !== undefined) {
            const by = path.toLowerCase() === other.toLowerCase() ? "in case" : "in how Unicode writes it"
            problems.push({ code: "name-clash", path, message: `differs from ${other} only ${by}` })
        }
        seen.set(folded, path)
    }
    return problems
}

/** Who should read a secret. Thousands of secrets have the same few sets of links, so each is worked out once. */
interface Wanted {
    readonly recipients: ReadonlySet<string>
    readonly hasUser: boolean
}

function wantedBy(repo: Repo): (grants: Grants) => Wanted {
    const known = new Map<string, Wanted>()
    return (grants) => {
        const key = [grants.users, grants.machines, grants.groups]
            .map((names) => [...names].toSorted().join("/"))
            .join("//")
        const wanted = known.get(key) ?? {
            recipients: new Set(recipientsOf(repo, grants)),
            hasUser: readersOf(repo, grants).some(({ kind }) => kind === "user"),
        }
        known.set(key, wanted)
        return wanted
    }
}

function secretProblems(
    owners: ReadonlyMap<string, readonly string[]>,
    path: string,
    wanted: Wanted,
    file: SecretFile,
    named: (recipients: readonly string[]) => ReadonlySet<string>,
): readonly Problem[] {
    if (file.kind === "missing") {
        return [
            {
                code: "no-file",
                path,
                message: "has links, but no file named secret",
                hint: "set its value or remove it",
            },
        ]
    }
    if (file.kind === "unreadable") return [{ code: "unreadable", path, message: file.problem }]
    return [
        ...file.flaws.map((message): Problem => ({ code: "damaged", path, message, hint: mend })),
        ...disagreements(path, file.claim),
        ...differences(owners, path, wanted.recipients, named(file.recipients)),
        ...(wanted.hasUser ? [] : [nobody(path)]),
    ]
}

/** What a binding says of a file and its place that is not so. */
export function disagreements(path: string, claim: Claim | undefined): readonly Problem[] {
    if (claim === undefined) return []
    const isElsewhere = claim.kind !== "malformed" && !isSamePlace(claim.place, path)
    if (claim.kind === "bound" && !isElsewhere) return []
    const says = {
        bound: `says that it was sealed for ${claim.place}`,
        readers: "has other readers than those that it says it was bound with",
        entries: "has an entry that is not the one that it says it was bound with",
        malformed: "has a binding that makes no sense",
    }
    return [
        {
            code: "binding-disagrees",
            path,
            message: says[isElsewhere ? "bound" : claim.kind],
            hint: "who can open it sees what is proved: hostseal verify --bound",
        },
    ]
}

/** Folders as Unicode writes them in one way or the other are the same to a binding. */
function isSamePlace(one: string, other: string): boolean {
    return one === other || one.normalize("NFC") === other.normalize("NFC")
}

/** What to do about a file that cannot be right. */
export const mend = "take the file from git as it was, or set its value anew"

function nobody(path: string): Problem {
    const problem = {
        code: "no-user" as const,
        path,
        message: "has no user who can read it: nobody could ever change who may",
    }
    if (!path.startsWith("sops/secrets/")) return problem
    // A machine's key opens it: that of the machine itself, or the one that clan keeps as a secret.
    return { ...problem, hint: `run with a key that opens it: ${letYouRead(path)}` }
}

/** What lets a person read a secret that no link lets one read. */
export function letYouRead(path: string): string {
    return `hostseal users add-secret YOUR_NAME ${secretName(path)}`
}

function differences(
    owners: ReadonlyMap<string, readonly string[]>,
    path: string,
    wanted: ReadonlySet<string>,
    actual: ReadonlySet<string>,
): readonly Problem[] {
    if (actual.size === wanted.size && wanted.isSubsetOf(actual)) return []
    const whose = (recipient: string): string =>
        owners.get(recipient)?.join(" and ") ?? "nobody in this repository"
    const missing = [...wanted.difference(actual)].map((recipient): Problem => ({
        code: "missing-recipient",
        path,
        message: `is not encrypted for ${whose(recipient)} (${recipient}), although a link says so`,
        hint: "run: hostseal key update",
    }))
    const extra = [...actual.difference(wanted)].map((recipient): Problem => ({
        code: "extra-recipient",
        path,
        message: `is encrypted for ${recipient} (${whose(recipient)}), which no link asks for`,
        hint: "run: hostseal key update, then change the value at its origin",
    }))
    return [...missing, ...extra]
}

/** The names of a file's recipients. Files that have the same list share it, and it is worked out once. */
function namesOnce(): (recipients: readonly string[]) => ReadonlySet<string> {
    const known = new WeakMap<readonly string[], ReadonlySet<string>>()
    return (recipients) => {
        const names = known.get(recipients) ?? new Set(recipients.map(nameOf))
        known.set(recipients, names)
        return names
    }
}
