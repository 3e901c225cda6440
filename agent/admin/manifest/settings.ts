// What a repository does not say about a machine's files: owners, modes, paths and units. A person writes it, as JSON.

import * as z from "zod/mini"
import { Failure } from "../failure.ts"

const line = z.string("must be text").check(z.regex(/^[^\n\0]+$/u, "must be one line, and not empty"))
const absolute = z
    .string("must be text")
    .check(z.regex(/^\/[^\n\0]*$/u, "must be a path that begins with /, on one line"))
const inside = z
    .string("must be text")
    .check(
        z.regex(
            /^(?!\/)(?!(?:.*\/)?\.{0,2}(?:\/|$))[^\n\0]+$/u,
            "must be the path of a file below the repository",
        ),
    )
const octal = z.string("must be text").check(z.regex(/^[0-7]{3,4}$/u, "must be an octal mode such as 0400"))
const units = z.optional(z.array(line, "must be a list"))
const flag = z.optional(z.boolean("must be true or false"))
const policy = z.optional(z.enum(["keep", "omit", "abort"], "must be keep, omit or abort"))

const placement = {
    owner: z.optional(line),
    group: z.optional(line),
    mode: z.optional(octal),
    path: z.optional(absolute),
    restartUnits: units,
    reloadUnits: units,
}
const treatment = {
    onFailure: policy,
    optional: flag,
    symlink: flag,
    parentOwner: z.optional(line),
    parentGroup: z.optional(line),
    parentMode: z.optional(octal),
}
const secret = z.strictObject({
    ...placement,
    ...treatment,
    allowEmpty: flag,
    hashed: z.optional(z.enum(["sha512crypt"], "must be sha512crypt")),
    sopsFile: z.optional(inside),
    key: z.optional(z.string("must be text")),
    format: z.optional(z.enum(["yaml", "json", "binary", "dotenv", "ini"], "is no format that there is")),
})
const template = z.strictObject({
    ...placement,
    ...treatment,
    content: z.optional(z.string("must be text")),
    file: z.optional(line),
})
const settings = z.strictObject({
    version: z.literal(1, "must be 1"),
    repository: z.optional(absolute),
    ageSshKeyPaths: z.optional(z.array(absolute, "must be a list")),
    ageKeyFile: z.optional(absolute),
    keepGenerations: z.optional(z.int("must be a whole number")),
    onFailure: policy,
    bindings: z.optional(z.enum(["off", "warn", "require"], "must be off, warn or require")),
    statusFile: z.optional(absolute),
    metricsFile: z.optional(absolute),
    secrets: z.optional(z.record(line, secret, "must be an object")),
    templates: z.optional(z.record(line, template, "must be an object")),
})

/** The settings of one machine. All that is left out has the default of the manifest. */
export type Settings = z.infer<typeof settings>
/** What they say of one secret. `sopsFile`: a file of the repository, for one that is not a secret of its own. */
export type SecretSettings = z.infer<typeof secret>
/** What they say of one template; `file` lies beside them. */
export type TemplateSettings = z.infer<typeof template>

export const noSettings: Settings = { version: 1 }

/** Reads settings. Throws `Failure` that names every place where something is wrong. */
export function parseSettings(text: string, name: string): Settings {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Failure("usage", `${name} is not JSON`)
    }
    const parsed = z.safeParse(settings, value)
    if (parsed.success) return parsed.data
    const problems = parsed.error.issues.map(({ path, message, ...issue }) => {
        const stranger =
            issue.code === "unrecognized_keys"
                ? `has ${issue.keys.join(", ")}, which it cannot have`
                : message
        return `${path.length === 0 ? "the whole" : path.join(".")} ${stranger}`
    })
    throw new Failure("usage", `${name} is not as it should be: ${problems.join("; ")}`, {
        hint: "docs/without-nixos.md has an example",
    })
}
