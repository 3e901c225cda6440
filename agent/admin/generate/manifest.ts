// The manifest of generators: JSON that an evaluation of all machines gives, or a person writes (docs/vars.md#manifest).

import * as z from "zod/mini"
import { visibleName } from "../../error.ts"
import type {
    Declared,
    FileSource,
    Generator,
    Independent,
    Make,
    OutputFile,
    Prompt,
    Script,
} from "../../repo/generators/generator.ts"
import type { Unevaluated } from "../../repo/generators/waiting.ts"
import { Failure } from "../failure.ts"
import { generator as generatorSchema, manifest as manifestSchema } from "./manifest-schema.ts"
import type { WrittenFile, WrittenGenerator, WrittenMake } from "./manifest-schema.ts"
import { problemsOf } from "./manifest-problems.ts"
import { partsOf } from "./template.ts"
import { validationHash } from "./validation.ts"

/** What a manifest says. */
export interface GeneratorManifest {
    readonly declared: Declared
    /** Those whose evaluation failed: they may need a public value that is still to be made. */
    readonly unevaluated: readonly Unevaluated[]
    /** Keys of exports with generators, which nothing makes. */
    readonly exports: readonly string[]
}

/** Reads a manifest. Throws `Failure` that names the place of what is wrong with it. */
export function parseManifest(text: string): GeneratorManifest {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Failure("usage", "the manifest is not JSON")
    }
    mustBeOfThisVersion(value)
    const parsed = z.safeParse(manifestSchema, value)
    if (!parsed.success) throw notUnderstood(parsed.error.issues)
    const issues: z.core.$ZodIssue[] = []
    const unevaluated: Unevaluated[] = []
    const declared = new Map<string, ReadonlyMap<string, Generator>>()
    for (const [machine, own] of Object.entries(parsed.data.machines)) {
        const generators = new Map<string, Generator>()
        for (const [name, each] of Object.entries(own)) {
            if (isError(each)) {
                unevaluated.push({ machine, name })
                continue
            }
            const one = z.safeParse(generatorSchema, each)
            if (one.success) generators.set(name, generatorOf(name, machine, one.data))
            else
                issues.push(
                    ...one.error.issues.map((issue) => ({
                        ...issue,
                        path: ["machines", machine, name, ...issue.path],
                    })),
                )
        }
        declared.set(machine, generators)
    }
    if (issues.length > 0) throw notUnderstood(issues)
    const exports = Object.entries(parsed.data.exports)
        .filter(([, each]) => each !== null && typeof each === "object" && Object.keys(each).length > 0)
        .map(([key]) => key)
    return { declared, unevaluated, exports }
}

function notUnderstood(issues: readonly z.core.$ZodIssue[]): Failure {
    return new Failure("usage", "this is not a manifest of generators that this program understands", {
        cause: new Error(problemsOf(issues)),
    })
}

function mustBeOfThisVersion(value: unknown): void {
    const found = z.safeParse(z.looseObject({ version: z.number() }), value)
    if (!found.success || found.data.version <= 1) return
    throw new Failure(
        "usage",
        `the manifest has version ${found.data.version}, and this program understands version 1`,
        { hint: "the program that makes the manifest is newer than this one" },
    )
}

function isError(value: unknown): boolean {
    return z.safeParse(z.strictObject({ error: z.literal(true) }), value).success
}

function generatorOf(name: string, machine: string, written: WrittenGenerator): Generator {
    const where = `generator "${visibleName(name)}" of ${visibleName(machine)}`
    const prompts = new Map<string, Prompt>()
    for (const [key, { type, description, persist }] of Object.entries(written.prompts))
        prompts.set(key, { type, description: description ?? key, persist })
    const script = scriptOf(written)
    const files = new Map<string, OutputFile>()
    for (const [key, file] of Object.entries(written.files)) {
        const make = makeOf(key, file, { name, where, script, prompts })
        const { secret, deploy, restartUnits, neededFor } = file
        files.set(key, { secret, deploy, restartUnits, neededFor, make })
        declarePrompt(key, file, prompts)
    }
    for (const [key, { persist }] of prompts)
        if (persist && !files.has(key)) files.set(key, persisted(key, script))
    const { share, dependencies, readers, validation, rotate } = written
    return {
        share,
        dependencies,
        readers,
        prompts,
        files,
        script,
        validation: validationHash(validation, where),
        rotate: {
            maxAge: secondsOf(rotate.maxAge),
            overlap: rotate.overlap,
            confirm: rotate.confirm ?? [...files.values()].some((file) => file.neededFor === "partitioning"),
            apply: rotate.apply === true || (typeof rotate.apply === "string" && rotate.apply !== ""),
        },
    }
}

function scriptOf({ script, runtimeInputs, system }: WrittenGenerator): Script | undefined {
    if (script === null || (typeof script === "string" && script.trim() === "")) return undefined
    const written = typeof script === "string" ? { text: script, path: undefined, drv: undefined } : script
    const { text, path, drv } = { text: undefined, drv: undefined, ...written }
    return { text, path, drv, runtimeInputs, system: system ?? undefined }
}

/** An answer that is kept lies there before the script runs, which may write something else in its place. */
function persisted(prompt: string, script: Script | undefined): OutputFile {
    const make: Make =
        script === undefined ? { kind: "prompt", prompt, orElse: undefined } : { kind: "script", sources: [] }
    return { secret: true, deploy: true, restartUnits: [], neededFor: "services", make }
}

const units = { h: 3600, d: 86_400, w: 604_800, y: 31_536_000 } as const

function secondsOf(age: number | string | null): number | undefined {
    if (typeof age !== "string") return age ?? undefined
    const unit = age.slice(-1)
    return unit === "h" || unit === "d" || unit === "w" || unit === "y"
        ? Number(age.slice(0, -1)) * units[unit]
        : undefined
}

/** A prompt that is declared where it is used. */
function declarePrompt(key: string, { make }: WrittenFile, prompts: Map<string, Prompt>): void {
    const given = make?.prompt
    if (given === undefined || typeof given === "string") return
    const name = given.name ?? key
    if (prompts.has(name) || (given.name !== undefined && given.description === undefined)) return
    const { type = "hidden", description = name } = given
    prompts.set(name, { type, description, persist: false })
}

interface Surroundings {
    readonly name: string
    readonly where: string
    readonly script: Script | undefined
    readonly prompts: ReadonlyMap<string, Prompt>
}

function makeOf(key: string, { make }: WrittenFile, { name, where, script, prompts }: Surroundings): Make {
    if (make !== null) return kindOf(make, key, name, where)
    if (script !== undefined) return { kind: "script", sources: [] }
    if (prompts.get(key)?.persist === true) return { kind: "prompt", prompt: key, orElse: undefined }
    throw new Failure("usage", `${where}: nothing says how file "${visibleName(key)}" is made`, {
        hint: "it needs a script, or make; make.manual is for what hostseal set enters",
    })
}

function kindOf(given: WrittenMake, key: string, own: string, where: string): Make {
    if (given.prompt !== undefined) {
        if (typeof given.prompt === "string")
            return { kind: "prompt", prompt: given.prompt, orElse: undefined }
        const { name = key, orElse } = given.prompt
        return { kind: "prompt", prompt: name, orElse: orElse === null ? undefined : independentOf(orElse) }
    }
    if (given.template !== undefined) {
        const parts =
            typeof given.template === "string" ? partsOf(given.template, own, where) : given.template
        return { kind: "template", parts }
    }
    if (given.hash !== undefined) return { kind: "hash", ...given.hash }
    if (given["tls-ca"] !== undefined) return { kind: "tls-ca", ...given["tls-ca"] }
    if (given["tls-cert"] !== undefined) return certificateOf(given["tls-cert"], own, where)
    if (given["public-of"] !== undefined) return { kind: "public-of", of: given["public-of"] }
    return independentOf(given) ?? { kind: "manual" }
}

function certificateOf(given: NonNullable<WrittenMake["tls-cert"]>, own: string, where: string): Make {
    const { ca, dns, ip } = given
    const name = given.name ?? dns[0] ?? ip[0]
    if (name === undefined)
        throw new Failure("usage", `${where}: a tls-cert needs a name, or one in dns or ip`)
    const source = (file: string): FileSource =>
        ca?.generator === undefined || ca.generator === own ? { file } : { input: ca.generator, file }
    const by = ca === null ? undefined : { key: source(ca.key), certificate: source(ca.certificate) }
    return { kind: "tls-cert", key: given.key, dns, ip, days: given.days, name: name.slice(0, 64), ca: by }
}

function independentOf(given: Pick<WrittenMake, Independent["kind"]>): Independent | undefined {
    if (given.random !== undefined) return { kind: "random", ...given.random }
    if (given.passphrase !== undefined) return { kind: "passphrase", ...given.passphrase }
    if (given["ssh-key"] !== undefined) return { kind: "ssh-key", ...given["ssh-key"] }
    if (given["nix-key"] !== undefined) return { kind: "nix-key", ...given["nix-key"] }
    if (given["tls-key"] !== undefined) return { kind: "tls-key", ...given["tls-key"] }
    if (given.wireguard !== undefined) return { kind: "wireguard" }
    if (given["age-key"] !== undefined) return { kind: "age-key" }
    return undefined
}
