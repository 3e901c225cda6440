// The manifest of generators: JSON that an evaluation of all machines gives, or a person writes (docs/vars.md#manifest).

import * as z from "zod/mini"
import type { Declared, Generator, Make } from "../../repo/generators/generator.ts"
import { Failure } from "../failure.ts"

const name = z.string().check(z.minLength(1), z.maxLength(200))
const line = z.string().check(z.maxLength(1000), z.regex(/^[^\n\0]*$/u))
const source = z.union([
    z.strictObject({ file: name }),
    z.strictObject({ prompt: name }),
    z.strictObject({ input: name, file: name }),
])
const count = (most: number) => z.int().check(z.gte(1), z.lte(most))

/** One key, which says the kind. */
const makes = {
    random: z.union([
        z.strictObject({ chars: z.enum(["alnum", "hex", "base64", "bytes"]), length: count(65_536) }),
        z.strictObject({ chars: z.literal("uuid") }),
    ]),
    passphrase: z.strictObject({ words: count(100) }),
    prompt: name,
    template: z.array(z.union([z.string(), source])),
    manual: z.strictObject({}),
    hash: z.strictObject({ of: name, scheme: z.literal("sha512crypt") }),
    "ssh-key": z.strictObject({ comment: line }),
    wireguard: z.strictObject({}),
    "age-key": z.strictObject({}),
    "nix-key": z.strictObject({ name: line.check(z.regex(/^[^:\s]+$/u)) }),
    "public-of": name,
} as const

const make = z.union([
    z.strictObject({ random: makes.random }),
    z.strictObject({ passphrase: makes.passphrase }),
    z.strictObject({ prompt: makes.prompt }),
    z.strictObject({ template: makes.template }),
    z.strictObject({ manual: makes.manual }),
    z.strictObject({ hash: makes.hash }),
    z.strictObject({ "ssh-key": makes["ssh-key"] }),
    z.strictObject({ wireguard: makes.wireguard }),
    z.strictObject({ "age-key": makes["age-key"] }),
    z.strictObject({ "nix-key": makes["nix-key"] }),
    z.strictObject({ "public-of": makes["public-of"] }),
])

const generator = z.strictObject({
    share: z.boolean(),
    dependencies: z.array(name),
    readers: z.strictObject({ users: z.array(name), groups: z.array(name) }),
    prompts: z.record(
        name,
        z.strictObject({
            type: z.enum(["line", "hidden", "multiline", "multiline-hidden"]),
            description: line,
        }),
    ),
    files: z.record(name, z.strictObject({ secret: z.boolean(), deploy: z.boolean(), make })),
    validation: z.nullable(z.string().check(z.regex(/^[0-9a-f]{64}$/u))),
})

const manifest = z.strictObject({
    version: z.literal(1),
    machines: z.record(name, z.record(name, generator)),
})

/** Reads a manifest. Throws `Failure` that names the place of what is wrong with it. */
export function parseManifest(text: string): Declared {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Failure("usage", "the manifest is not JSON")
    }
    const parsed = z.safeParse(manifest, value)
    if (!parsed.success)
        throw new Failure("usage", "this is not a manifest of generators that this program understands", {
            cause: new Error(z.prettifyError(parsed.error)),
        })
    const machines = Object.entries(parsed.data.machines).map(
        ([machine, own]) =>
            [machine, new Map(Object.entries(own).map(([key, each]) => [key, generatorOf(each)]))] as const,
    )
    return new Map(machines)
}

function generatorOf({ files, prompts, validation, ...rest }: z.infer<typeof generator>): Generator {
    return {
        ...rest,
        prompts: new Map(Object.entries(prompts)),
        files: new Map(
            Object.entries(files).map(([key, file]) => [key, { ...file, make: makeOf(file.make) }]),
        ),
        validation: validation ?? undefined,
    }
}

function makeOf(given: z.infer<typeof make>): Make {
    if ("random" in given) {
        const { random } = given
        return { kind: "random", chars: random.chars, length: "length" in random ? random.length : 16 }
    }
    if ("passphrase" in given) return { kind: "passphrase", words: given.passphrase.words }
    if ("prompt" in given) return { kind: "prompt", prompt: given.prompt }
    if ("template" in given) return { kind: "template", parts: given.template }
    if ("hash" in given) return { kind: "hash", of: given.hash.of }
    if ("ssh-key" in given) return { kind: "ssh-key", comment: given["ssh-key"].comment }
    if ("nix-key" in given) return { kind: "nix-key", name: given["nix-key"].name }
    if ("public-of" in given) return { kind: "public-of", of: given["public-of"] }
    if ("wireguard" in given) return { kind: "wireguard" }
    if ("age-key" in given) return { kind: "age-key" }
    return { kind: "manual" }
}
