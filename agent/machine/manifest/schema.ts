// The JSON of a manifest: the fields of sops-nix (sops-nix.md §6.5) and, kept apart under "hostseal", ours.
// docs/manifest.md says what each field means.
//
// sops-nix decodes with Go, where `null` and a missing field are the zero value; its modules rely on that
// (home-manager leaves half of the fields out). Unknown fields are refused, except those that the module of
// sops-nix writes for itself.

import * as z from "zod/mini"

const text = z.string("must be text")
// A boot has one manifest to look at: making a schema takes longer than using it, so what is alike is made once, and
// what few manifests have only when one has it.
const optionalText = z.nullish(text)
const flag = z.nullish(z.boolean("must be true or false"))
const id = z.nullish(
    z.int("must be a whole number").check(z.minimum(0, "is negative"), z.maximum(4294967294, "is too large")),
)
const units = z.nullish(
    z.array(text, "must be a list").check(z.maxLength(1000, "has more than 1000 entries")),
)
const paths = z.nullish(z.array(text, "must be a list").check(z.maxLength(100, "has more than 100 entries")))

/** Entries of each kind that one manifest may have (security §7). */
const mostEntries = 10_000

const anEntry = {
    name: text,
    mode: optionalText,
    owner: optionalText,
    uid: id,
    group: optionalText,
    gid: id,
    path: optionalText,
    restartUnits: units,
    reloadUnits: units,
}

const secret = z.strictObject(
    {
        ...anEntry,
        sopsFile: text,
        key: optionalText,
        format: z.nullish(
            z.enum(
                ["yaml", "json", "binary", "dotenv", "ini", ""],
                "must be yaml, json, binary, dotenv or ini",
            ),
        ),
        // Written by the module for its own use; they say nothing about what to install.
        neededForUsers: z.optional(z.unknown()),
        sopsFileHash: z.optional(z.unknown()),
    },
    "must be an object",
)

const template = z.lazy(() =>
    z.strictObject({ ...anEntry, content: optionalText, file: optionalText }, "must be an object"),
)

const additions = z.lazy(() => {
    const policy = z.nullish(z.enum(["keep", "omit", "abort"], "must be keep, omit or abort"))
    const ours = {
        onFailure: policy,
        optional: flag,
        symlink: flag,
        parentOwner: optionalText,
        parentGroup: optionalText,
        parentMode: optionalText,
    }
    return z.strictObject(
        {
            version: z.literal(1, "must be 1: this agent knows no other version"),
            onFailure: policy,
            machineRecipients: paths,
            statusFile: optionalText,
            metricsFile: optionalText,
            metricsNames: flag,
            plugins: z.nullish(z.record(z.string(), text)),
            secrets: z.nullish(
                z.record(z.string(), z.strictObject({ ...ours, allowEmpty: flag }, "must be an object")),
            ),
            templates: z.nullish(z.record(z.string(), z.strictObject(ours, "must be an object"))),
        },
        "must be an object",
    )
})

/** A manifest as it is written. */
export const manifestSchema = z.strictObject(
    {
        secrets: z.nullish(
            z.array(secret, "must be a list").check(z.maxLength(mostEntries, "has more than 10000 entries")),
        ),
        templates: z.nullish(
            z
                .array(template, "must be a list")
                .check(z.maxLength(mostEntries, "has more than 10000 entries")),
        ),
        placeholderBySecretName: z.nullish(z.record(z.string(), text)),
        secretsMountPoint: text,
        symlinkPath: text,
        keepGenerations: z.nullish(z.int("must be a whole number").check(z.minimum(0, "is negative"))),
        sshKeyPaths: paths,
        gnupgHome: optionalText,
        ageKeyFile: optionalText,
        ageSshKeyPaths: paths,
        useTmpfs: flag,
        userMode: flag,
        logging: z.nullish(z.strictObject({ keyImport: flag, secretChanges: flag }, "must be an object")),
        hostseal: z.nullish(additions),
    },
    "must be an object",
)

export type WrittenManifest = z.infer<typeof manifestSchema>
export type WrittenSecret = z.infer<typeof secret>
export type WrittenTemplate = z.infer<typeof template>
type WrittenAdditions = z.infer<typeof additions>
/** What "hostseal" says about one secret, and about one template. */
export type SecretExtras = NonNullable<WrittenAdditions["secrets"]>[string]
export type WrittenExtras = NonNullable<WrittenAdditions["templates"]>[string]

/**
 * What does not fit, one line for each, with the name of the entry it is about. Field names and rules only: the
 * text of a template never comes into a message.
 */
export function schemaProblems(error: z.core.$ZodError, written: unknown): string[] {
    return error.issues.map((issue) => {
        const place = placeOf(issue.path, written)
        const what =
            issue.code === "unrecognized_keys"
                ? `has unknown fields: ${issue.keys.join(", ")}`
                : issue.message === "Invalid input"
                  ? "is not as expected"
                  : issue.message
        return `${place} ${what}`
    })
}

function placeOf(path: readonly PropertyKey[], written: unknown): string {
    if (path.length === 0) return "the manifest"
    let place = ""
    let value = written
    for (const step of path) {
        place += typeof step === "number" ? `[${step}]` : `${place === "" ? "" : "."}${String(step)}`
        value = memberOf(value, step)
        const name = memberOf(value, "name")
        if (typeof step === "number" && typeof name === "string") place += ` (${name})`
    }
    return place
}

function memberOf(value: unknown, key: PropertyKey): unknown {
    return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined
}
