// The form of a manifest of generators (docs/vars.md#manifest). What may be left out means the same here as in the
// options of the modules.

import { isIP } from "node:net"
import * as z from "zod/mini"

const name = z.string().check(z.minLength(1), z.maxLength(200))
const line = z.string().check(z.maxLength(1000), z.regex(/^[^\n\0]*$/u))
const text = z.string().check(z.maxLength(64 * 1024), z.regex(/^[^\0]*$/u))
const path = z.string().check(z.maxLength(4096), z.regex(/^\/[^\n\0]*$/u, "an absolute path is needed"))
const count = (most: number) => z.int().check(z.gte(1), z.lte(most))

const days = count(36_500)
const commonName = line.check(z.minLength(1), z.maxLength(64))
const dnsName =
    /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/u

const source = z.union([
    z.strictObject({ file: name }),
    z.strictObject({ prompt: name }),
    z.strictObject({ input: name, file: name }),
])

const promptType = z.enum(["line", "hidden", "multiline", "multiline-hidden"])
const chars = z.prefault(z.enum(["alnum", "hex", "base64", "bytes", "uuid"]), "alnum")

const independent = {
    random: z.optional(z.strictObject({ chars, length: z.prefault(count(65_536), 32) })),
    passphrase: z.optional(z.strictObject({ words: z.prefault(count(100), 6) })),
    "ssh-key": z.optional(z.strictObject({ comment: z.prefault(line, "") })),
    wireguard: z.optional(z.strictObject({})),
    "age-key": z.optional(z.strictObject({})),
    "tls-key": z.optional(z.strictObject({ type: z.prefault(z.enum(["ecdsa", "ed25519", "rsa"]), "ecdsa") })),
    "nix-key": z.optional(z.strictObject({ name: line.check(z.regex(/^[^:\s]+$/u)) })),
}

const kinds = {
    ...independent,
    prompt: z.optional(
        z.union([
            name,
            z.strictObject({
                name: z.optional(name),
                type: z.optional(promptType),
                description: z.optional(line),
                orElse: z.prefault(z.nullable(oneOf(independent)), null),
            }),
        ]),
    ),
    template: z.optional(z.union([text, z.array(z.union([text, source]))])),
    manual: z.optional(z.strictObject({})),
    hash: z.optional(
        z.strictObject({
            of: z.union([name, z.strictObject({ prompt: name })]),
            scheme: z.prefault(z.enum(["sha512crypt", "scrypt", "argon2id"]), "sha512crypt"),
        }),
    ),
    "tls-ca": z.optional(z.strictObject({ key: name, name: commonName, days: z.prefault(days, 3650) })),
    "tls-cert": z.optional(
        z.strictObject({
            key: name,
            name: z.optional(commonName),
            dns: z.prefault(z.array(z.string().check(z.maxLength(253), z.regex(dnsName))), []),
            ip: z.prefault(
                z.array(
                    z
                        .string()
                        .check(
                            z.refine(
                                (address) => isIP(address) !== 0 && !address.includes("%"),
                                "no IP address",
                            ),
                        ),
                ),
                [],
            ),
            days: z.prefault(days, 365),
            ca: z.prefault(
                z.nullable(z.strictObject({ generator: z.optional(name), key: name, certificate: name })),
                null,
            ),
        }),
    ),
    "public-of": z.optional(name),
}

/** An object with one of these keys, which says the kind. */
function oneOf<Kinds extends Readonly<Record<string, z.ZodMiniType>>>(shape: Kinds) {
    return z
        .strictObject(shape)
        .check(
            z.refine(
                (value) => Object.keys(value).length === 1,
                `one kind is needed: ${Object.keys(shape).join(", ")}`,
            ),
        )
}

const file = z.strictObject({
    secret: z.prefault(z.boolean(), true),
    deploy: z.prefault(z.boolean(), true),
    make: z.prefault(z.nullable(oneOf(kinds)), null),
    // The machines' own manifest has these; they are no business of a value.
    owner: z.optional(z.string()),
    group: z.optional(z.string()),
    mode: z.optional(z.string()),
    neededFor: z.prefault(z.enum(["partitioning", "activation", "users", "services"]), "services"),
    restartUnits: z.prefault(z.array(line), []),
})

const prompt = z.strictObject({
    type: z.prefault(promptType, "line"),
    description: z.optional(z.nullable(text)),
    persist: z.prefault(z.boolean(), false),
    name: z.optional(z.string()),
    display: z.optional(z.unknown()),
})

const script = z.nullable(
    z.union([text, z.strictObject({ path, drv: z.optional(path), text: z.optional(text) })]),
)

const rotate = z.strictObject({
    maxAge: z.prefault(
        z.nullable(z.union([count(3_000_000_000), z.string().check(z.regex(/^[1-9]\d{0,4}[hdwy]$/u))])),
        null,
    ),
    overlap: z.prefault(z.boolean(), false),
    confirm: z.optional(z.nullable(z.boolean())),
    apply: z.prefault(z.union([z.boolean(), z.nullable(text)]), null),
})

export const generator = z.strictObject({
    name: z.optional(z.string()),
    share: z.prefault(z.boolean(), false),
    dependencies: z.prefault(z.array(name), []),
    readers: z.prefault(
        z.strictObject({
            users: z.prefault(z.array(name), []),
            groups: z.prefault(z.array(name), []),
        }),
        {},
    ),
    prompts: z.prefault(z.record(name, prompt), {}),
    files: z.record(name, file),
    script: z.prefault(script, null),
    runtimeInputs: z.prefault(z.array(path), []),
    system: z.optional(z.nullable(line)),
    validation: z.prefault(z.unknown(), null),
    rotate: z.prefault(rotate, {}),
})

export const manifest = z.strictObject({
    version: z.literal(1),
    machines: z.record(name, z.record(name, z.unknown())),
    exports: z.prefault(z.record(z.string(), z.unknown()), {}),
})

export type WrittenGenerator = z.infer<typeof generator>
export type WrittenFile = z.infer<typeof file>
export type WrittenMake = NonNullable<WrittenFile["make"]>
