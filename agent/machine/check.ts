// What can be known about a manifest without any private key, at build time (docs/sops-nix-contract.md#check-at-build-time, and more of it): that
// every file is there, is what its format says, is sealed as a whole, has the key that is asked for with a value that
// can be installed, and is encrypted for the machine.

import { sshToAgeRecipient } from "../age/ssh/edwards.ts"
import { parseSshPublicLine } from "../age/ssh/public.ts"
import { UserError } from "../error.ts"
import { checkSealed, keyChecker } from "../sops/check.ts"
import { recipientsOf } from "../sops/document.ts"
import type { Document } from "../sops/document.ts"
import { entryProblem } from "../sops/shape/entry-shape.ts"
import { canonicalRecipient } from "../age/canonical.ts"
import type { KeyEntry } from "../sops/key-entry.ts"
import { SopsError } from "../sops/error.ts"
import { claimProblem } from "./binding.ts"
import type { Value } from "../sops/tree.ts"
import { didYouMean } from "../suggestion.ts"
import { noKeyNamed } from "./identities.ts"
import { pgpFingerprint } from "./pgp/fingerprint.ts"
import { entriesOf } from "./manifest/manifest.ts"
import type { Manifest, SecretEntry, TemplateEntry } from "./manifest/manifest.ts"
import { emptyWarning, faulty, textOf } from "./generation/plan.ts"
import { damaged, readSource } from "./source.ts"
import { renderer } from "./generation/template.ts"

/** What a check found. */
export interface Findings {
    readonly problems: readonly UserError[]
    readonly warnings: readonly string[]
}

/** Everything that is wrong with a manifest and the files that it names. Only files of secrets are looked at. */
export async function checkManifest(manifest: Manifest, depth: "manifest" | "sopsfile"): Promise<Findings> {
    const problems = [
        ...(manifest.mayStandIn ? [] : noKeyNamed(manifest)),
        ...checkEntries(manifest),
        ...checkTemplates(manifest),
    ]
    const warnings = [...manifest.warnings]
    if (manifest.mayStandIn && manifest.secrets.length > 0)
        warnings.push("where no key opens the secrets they are made up, and no secrets: sops.standIn")
    if (depth === "manifest") return { problems, warnings }
    const machine = machineKeys(manifest.machineRecipients)
    for (const [path, secrets] of Map.groupBy(usableSecrets(manifest), ({ source }) => source)) {
        const [first] = secrets
        if (first === undefined) continue
        const names = secrets.map(({ label }) => label).join(", ")
        try {
            const { document } = await readSource(path, first.format, Date.now())
            problems.push(
                ...checkIsSealed(document).map(
                    (cause) =>
                        new UserError(`${names}: cannot be installed`, { cause: damaged(path, cause) }),
                ),
            )
            const odd = oddEntries(document, machine)
            problems.push(
                ...odd.own.map(
                    (text) =>
                        new UserError(`${names}: cannot be installed`, {
                            cause: damaged(path, new Error(text)),
                        }),
                ),
            )
            warnings.push(...odd.others.map((text) => `${names}: ${path}: ${text}`))
            const typeOf = keyChecker(document)
            for (const secret of secrets) {
                if (isIdleKey(secret))
                    warnings.push(
                        `${secret.label} has the key "${secret.givenKey}", and of a ${secret.format} file the whole is ` +
                            "installed: leave the key out, or take the value from a yaml or json file",
                    )
                const found = checkValue(secret, typeOf, document)
                if (found instanceof UserError) problems.push(found)
                else if (found !== undefined) warnings.push(found)
            }
            problems.push(...secrets.flatMap((secret) => checkBound(document, secret)))
            const reason = manifest.mayStandIn ? undefined : lockedFor(document, machine, manifest)
            if (reason !== undefined)
                problems.push(
                    new UserError(`${names}: ${path} ${reason}`, {
                        cause: new Error(`it is encrypted to: ${recipientsOf(document).join(", ")}`),
                        hint:
                            "add the machine to the file: hostseal machines add-secret MACHINE SECRET, or " +
                            `sops updatekeys ${first.ownFile ?? "FILE"}`,
                    }),
                )
        } catch (error) {
            problems.push(new UserError(`${names}: cannot be installed`, { cause: error }))
        }
    }
    return { problems, warnings }
}

function checkEntries(manifest: Manifest): UserError[] {
    return entriesOf(manifest).flatMap((entry) => [
        ...(entry.faults.length > 0
            ? [new UserError(`${entry.label} cannot be installed`, { cause: faulty(entry) })]
            : []),
        ...(entry.misplaced === undefined
            ? []
            : [new UserError(`${entry.label} cannot be where it is wanted: ${entry.misplaced}`)]),
    ])
}

function checkTemplates(manifest: Manifest): UserError[] {
    // Any value will do to find out whether every placeholder stands for a secret.
    const render = renderer(manifest, () => Buffer.alloc(0))
    const usable = manifest.templates.filter(({ faults }) => faults.length === 0)
    return usable.flatMap((template: TemplateEntry) => {
        try {
            render(textOf(template))
            return []
        } catch (error) {
            return [new UserError(`${template.label}: cannot be rendered`, { cause: error })]
        }
    })
}

/** A key that was written down, and means nothing in this format. The name is what the modules write for none. */
function isIdleKey({ format, givenKey, name }: SecretEntry): boolean {
    return format !== "yaml" && format !== "json" && givenKey !== "" && givenKey !== name
}

/** Two formats of one file are a fault of one of them. */
function usableSecrets({ secrets }: Manifest): SecretEntry[] {
    return secrets.filter(({ faults }) => faults.length === 0)
}

/** That it is not sealed is one problem of a file, beside those of its keys and recipients. */
function checkIsSealed(document: Document): unknown[] {
    try {
        checkSealed(document)
        return []
    } catch (error) {
        return [error]
    }
}

/**
 * Entries that cannot be what their labels say: those of the machine, and those of others, which take nothing from it.
 * Where nobody says which keys are the machine's, any may be, and one that is sound will do.
 */
function oddEntries(
    { metadata: { groups } }: Document,
    machine: readonly string[],
): { readonly own: readonly string[]; readonly others: readonly string[] } {
    const judged = groups.flat().map((entry) => ({ entry, text: entryProblem(entry, groups.length) }))
    const odd = judged.flatMap(({ entry, text }) => (text === undefined ? [] : [{ entry, text }]))
    const noneIsSound = odd.length === judged.length
    const isOwn = ({ entry }: { readonly entry: KeyEntry }): boolean =>
        machine.length === 0 ? noneIsSound : isOf(machine, entry)
    const [own, others] = [odd.filter(isOwn), odd.filter((each) => !isOwn(each))]
    return { own: own.map(({ text }) => text), others: others.map(({ text }) => text) }
}

function isOf(machine: readonly string[], { type, id }: KeyEntry): boolean {
    return machine.includes(type === "pgp" ? id.toUpperCase().replace("PGP:", "pgp:") : id)
}

/** What is sealed for another place would not be installed. */
function checkBound(document: Document, secret: SecretEntry): UserError[] {
    const problem = claimProblem(document, secret)
    if (problem === undefined) return []
    const { message, hint = "" } = problem
    return [new UserError(`${secret.label}: ${message}`, { hint })]
}

function checkValue(
    { label, key, source, allowEmpty }: SecretEntry,
    typeOf: (key: string) => string,
    document: Document,
): UserError | string | undefined {
    try {
        if (typeOf(key) !== "empty" || allowEmpty === true) return undefined
        if (allowEmpty === undefined) return emptyWarning(label)
        return new UserError(`${label}: its value in ${source} is empty`, {
            hint: "give it a value, or write allowEmpty = true for it if that is meant",
        })
    } catch (error) {
        if (error instanceof SopsError)
            return new UserError(`${label}: ${source} has no usable value for it`, {
                cause: error,
                ...(error.problem === "no such key" ? didYouMean(key, keysOf(document)) : {}),
            })
        throw error
    }
}

/** The keys of all values that a secret could be. */
function keysOf({ parsed }: Document): string[] {
    const below = (value: Value, path: string): string[] => {
        if (value.kind !== "branch") return [path]
        return value.items.flatMap((item) =>
            item.kind === "item" ? below(item.value, path === "" ? item.key : `${path}/${item.key}`) : [],
        )
    }
    return parsed.documents.flatMap((document) => below(document, ""))
}

/** For each key of the machine every way in which a file can be encrypted for it. */
function machineKeys(recipients: readonly string[]): string[] {
    return recipients.flatMap((written) => {
        const recipient = canonicalRecipient(written)
        if (!recipient.startsWith("ssh-")) return [recipient]
        try {
            const key = parseSshPublicLine(written)
            return key.type === "ssh-ed25519"
                ? [key.text, sshToAgeRecipient(written)]
                : [key.text, `pgp:${pgpFingerprint(key).toUpperCase()}`]
        } catch (error) {
            throw new UserError("hostseal.machineRecipients has an entry that is no public key", {
                cause: error,
            })
        }
    })
}

/** Why the machine cannot open a document; of several key groups it has to be in as many as are needed. */
function lockedFor(
    { metadata }: Document,
    machine: readonly string[],
    manifest: Manifest,
): string | undefined {
    const { groups, threshold } = metadata
    const opened = (fits: (entry: KeyEntry) => boolean): number =>
        groups.filter((group) => group.some(fits)).length
    if (opened(keyKinds(manifest)) < threshold) {
        const kinds = new Set(groups.flat().map(({ type }) => kindNames[type] ?? "cloud"))
        return `can only be opened with ${[...kinds].join(" or ")} keys, and no such key is configured`
    }
    // Which keys are in a GnuPG home is not known here.
    const isKnown = (entry: KeyEntry): boolean =>
        isOf(machine, entry) || (entry.type === "pgp" && manifest.gnupgHome !== undefined)
    if (machine.length === 0 || opened(isKnown) >= threshold) return undefined
    return "is not encrypted for this machine"
}

const kindNames: Readonly<Record<string, string>> = { age: "age", pgp: "PGP" }

/** Which entries the kinds of keys that are configured could open. A user has more of them in their home. */
function keyKinds(manifest: Manifest): (entry: KeyEntry) => boolean {
    const { ageKeyFile, sshKeyPaths, rsaKeyPaths, gnupgHome, userMode } = manifest
    const age = userMode || ageKeyFile !== undefined || sshKeyPaths.length > 0
    const pgp = userMode || gnupgHome !== undefined || rsaKeyPaths.length > 0
    // That there is no key at all is said once.
    const none = !age && !pgp
    return ({ type, id }) =>
        type === "age"
            ? age || none || (rsaKeyPaths.length > 0 && id.startsWith("ssh-rsa "))
            : type === "pgp" && (pgp || none)
}
