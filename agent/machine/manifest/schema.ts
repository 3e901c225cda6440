// The JSON of a manifest: the fields of sops-nix (docs/sops-nix-contract.md#manifest) and, kept apart under "hostseal", ours.
// docs/manifest.md says what each field means.
//
// sops-nix decodes with Go, where `null` and a missing field are the zero value; its modules rely on that
// (home-manager leaves half of the fields out). Unknown fields have no effect, as there: a newer module writes more.

import * as z from "zod/mini"

const text = z.string("must be text")
// A boot has one manifest to look at: making a schema takes longer than using it, so what is alike is made once, and
// what few manifests have only when one has it.
const optionalText = z.nullish(text)
const flag = z.nullish(z.boolean("must be true or false"))
const id = z.nullish(z.int("must be a whole number"))
const texts = z.nullish(
    z.array(text, "must be a list").check(z.maxLength(10_000, "has more than 10000 entries")),
)

/** Entries of each kind that one manifest may have (docs/security-rules.md#limits). */
const mostEntries = 10_000

const anEntry = {
    name: text,
    mode: optionalText,
    owner: optionalText,
    uid: id,
    group: optionalText,
    gid: id,
    path: optionalText,
    restartUnits: texts,
    reloadUnits: texts,
}

const aSecret = {
    ...anEntry,
    sopsFile: text,
    key: optionalText,
    format: optionalText,
    // Written by the module for its own use; they say nothing about what to install.
    neededForUsers: z.optional(z.unknown()),
    sopsFileHash: z.optional(z.unknown()),
}
const aTemplate = { ...anEntry, content: optionalText, file: optionalText }

/** A secret as it is written. */
export const secretSchema = z.object(aSecret, "must be an object")
/** A template as it is written. */
export const templateSchema = z.lazy(() => z.object(aTemplate, "must be an object"))

const policy = z.nullish(z.enum(["keep", "omit", "abort"], "must be keep, omit or abort"))
const templateExtras = {
    onFailure: policy,
    optional: flag,
    symlink: flag,
    parentOwner: optionalText,
    parentGroup: optionalText,
    parentMode: optionalText,
}
const secretExtras = {
    ...templateExtras,
    allowEmpty: flag,
    hashed: z.nullish(z.enum(["sha512crypt"], "must be sha512crypt")),
    standIn: optionalText,
    place: optionalText,
    file: optionalText,
}
const additions = {
    version: z.literal(1, "must be 1: this agent knows no other version"),
    onFailure: policy,
    bindings: z.nullish(z.enum(["off", "warn", "require"], "must be off, warn or require")),
    machineRecipients: texts,
    standIn: flag,
    statusFile: optionalText,
    metricsFile: optionalText,
    metricsNames: flag,
    plugins: z.nullish(z.record(z.string(), text)),
    secrets: z.nullish(
        z.record(
            z.string(),
            z.lazy(() => z.object(secretExtras, "must be an object")),
        ),
    ),
    templates: z.nullish(
        z.record(
            z.string(),
            z.lazy(() => z.object(templateExtras, "must be an object")),
        ),
    ),
}
const logging = { keyImport: flag, secretChanges: flag }
// Each entry has a schema of its own: a bad one is no reason to refuse the others.
const entries = z.nullish(
    z.array(z.unknown(), "must be a list").check(z.maxLength(mostEntries, "has more than 10000 entries")),
)
const aManifest = {
    secrets: entries,
    templates: entries,
    placeholderBySecretName: z.nullish(z.record(z.string(), text)),
    secretsMountPoint: text,
    symlinkPath: text,
    keepGenerations: z.nullish(z.int("must be a whole number")),
    sshKeyPaths: texts,
    gnupgHome: optionalText,
    ageKeyFile: optionalText,
    ageSshKeyPaths: texts,
    useTmpfs: flag,
    userMode: flag,
    logging: z.nullish(z.object(logging, "must be an object")),
    hostseal: z.nullish(z.lazy(() => z.object(additions, "must be an object"))),
}

/** A manifest as it is written, but for its entries. */
export const manifestSchema = z.object(aManifest, "must be an object")

export type WrittenManifest = z.infer<typeof manifestSchema>
export type WrittenSecret = z.infer<typeof secretSchema>
export type WrittenTemplate = z.infer<typeof templateSchema>
type WrittenAdditions = NonNullable<WrittenManifest["hostseal"]>
/** What "hostseal" says about one secret, and about one template. */
export type SecretExtras = NonNullable<WrittenAdditions["secrets"]>[string]
export type WrittenExtras = NonNullable<WrittenAdditions["templates"]>[string]

/**
 * What does not fit, one line for each. Field names and rules only: the text of a template never comes into a message.
 */
export function schemaProblems(error: z.core.$ZodError, whole: string): string[] {
    return error.issues.map(({ path, message }) => {
        const place = path.length === 0 ? whole : path.join(".")
        return `${place} ${message === "Invalid input" ? "is not as expected" : message}`
    })
}

/** The fields of a written manifest that nothing here knows, by where they stand. */
export function unknownFields(written: WrittenManifest, raw: unknown): string[] {
    const below = (value: unknown, field: string): unknown => Object(value)[field]
    const ours = below(raw, "hostseal")
    return [
        ...strangers(raw, aManifest, ""),
        ...strangers(below(raw, "logging"), logging, "logging."),
        ...strangers(ours, additions, "hostseal."),
        ...(written.secrets ?? []).flatMap((entry) => strangers(entry, aSecret, "secrets[].")),
        ...(written.templates ?? []).flatMap((entry) => strangers(entry, aTemplate, "templates[].")),
        ...Object.values(Object(below(ours, "secrets"))).flatMap((extras) =>
            strangers(extras, secretExtras, "hostseal.secrets.*."),
        ),
        ...Object.values(Object(below(ours, "templates"))).flatMap((extras) =>
            strangers(extras, templateExtras, "hostseal.templates.*."),
        ),
    ]
}

function strangers(value: unknown, known: Readonly<Record<string, unknown>>, place: string): string[] {
    return Object.keys(Object(value)).flatMap((field) =>
        Object.hasOwn(known, field) ? [] : `${place}${field}`,
    )
}
