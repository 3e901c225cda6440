import * as z from "zod/mini"
import { visibleName, UserError } from "../../error.ts"
import { keyProblem } from "../../json-keys.ts"
import { placeProblems } from "./rules.ts"
import { manifestSchema, schemaProblems, secretSchema, templateSchema, unknownFields } from "./schema.ts"
import { settleEntries } from "./settle.ts"
import type { WrittenManifest } from "./schema.ts"
import type { AnyEntry, Manifest } from "./manifest.ts"
import { tidyPath } from "./names.ts"
import { absolute, given, secretEntry, templateEntry } from "./entry.ts"

/** Bytes of one manifest. 10,000 secrets with the paths that clan gives them need more than the 4 MiB of docs/security-rules.md#limits. */
export const largestManifest = 16 * 1024 * 1024

/** How many problems one error lists. */
const listed = 20

/**
 * Reads a manifest of sops-nix, with or without our additions. What is wrong with one entry is a fault of that entry;
 * what is wrong with the manifest as a whole comes in one `UserError`.
 *
 * `runtimeDirectory` is what `%r` stands for in user mode; it is asked for only there.
 */
export function parseManifest(bytes: Buffer, place: string, runtimeDirectory: () => string): Manifest {
    if (bytes.length > largestManifest)
        throw unusable(place, [`it is larger than ${largestManifest / 1024 / 1024} MiB`])
    const text = decodeText(bytes, place)
    const written = readJson(text, place)
    const checked = z.safeParse(manifestSchema, written)
    if (!checked.success) throw unusable(place, schemaProblems(checked.error, "the manifest"))
    const warnings = new Set<string>()
    const warn = (warning: string): unknown => warnings.add(visibleName(warning))
    const duplicate = keyProblem(text)
    if (duplicate !== undefined) warn(`${duplicate}: write it once`)
    const unknown = [...new Set(unknownFields(checked.data, written))]
    if (unknown.length > 0)
        warn(`fields that this agent does not know have no effect: ${unknown.slice(0, listed).join(", ")}`)
    const manifest = interpret(checked.data, runtimeDirectory, warn)
    const problems = placeProblems(manifest)
    if (problems.length > 0) throw unusable(place, problems)
    return { ...settleEntries(manifest, warn), warnings: [...warnings] }
}

function unusable(place: string, problems: readonly string[]): UserError {
    const shown = problems.slice(0, listed).map((problem) => new Error(visibleName(problem)))
    if (problems.length > listed) shown.push(new Error(`and ${problems.length - listed} more`))
    return new UserError(`${place} is not a manifest this agent understands`, {
        cause: new AggregateError(
            shown,
            shown.length === 1 ? "one problem:" : `${problems.length} problems:`,
        ),
    })
}

function decodeText(bytes: Buffer, place: string): string {
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    } catch {
        throw unusable(place, ["it is not UTF-8 text"])
    }
}

function readJson(text: string, place: string): unknown {
    try {
        return JSON.parse(text)
    } catch {
        // V8 quotes the text it choked on, which may be the content of a template.
        throw unusable(place, ["it is not JSON"])
    }
}

function interpret(
    written: WrittenManifest,
    runtimeDirectory: () => string,
    warn: (warning: string) => void,
): Manifest {
    const userMode = written.userMode ?? false
    const expand = userMode ? expander(runtimeDirectory()) : (path: string) => path
    const symlinkPath = tidyPath(expand(written.symlinkPath))
    const additions = written.hostseal ?? undefined
    const secretExtras = new Map(Object.entries(additions?.secrets ?? {}))
    const templateExtras = new Map(Object.entries(additions?.templates ?? {}))
    const onFailure = additions?.onFailure ?? "keep"
    const bindings = additions?.bindings ?? "warn"
    const around = { symlinkPath, onFailure, bindings, secretExtras, templateExtras, expand, warn }
    const secrets = (written.secrets ?? []).map((raw, index) => {
        const { entry, faults } = shaped(secretSchema, raw, `secrets[${index}]`)
        return secretEntry(entry ?? { ...emptyEntry(raw, index), sopsFile: "/" }, faults, around)
    })
    const templates = (written.templates ?? []).map((raw, index) => {
        const { entry, faults } = shaped(templateSchema, raw, `templates[${index}]`)
        return templateEntry(entry ?? emptyEntry(raw, index), faults, around)
    })
    strays("secret", secretExtras, secrets, warn)
    strays("template", templateExtras, templates, warn)
    return {
        secrets,
        templates,
        placeholders: placeholders(written, secrets, warn),
        mountPoint: tidyPath(expand(written.secretsMountPoint)),
        symlinkPath,
        keepGenerations: generationsOf(written.keepGenerations ?? 0, warn),
        ageKeyFile: keyPath(given(written.ageKeyFile)),
        sshKeyPaths: (written.ageSshKeyPaths ?? []).map(absolute),
        rsaKeyPaths: (written.sshKeyPaths ?? []).map(absolute),
        gnupgHome: given(written.gnupgHome),
        useTmpfs: written.useTmpfs ?? false,
        userMode,
        logKeyImport: written.logging?.keyImport ?? false,
        logChanges: written.logging?.secretChanges ?? false,
        machineRecipients: additions?.machineRecipients ?? [],
        mayStandIn: additions?.standIn ?? false,
        statusFile: given(additions?.statusFile),
        metricsFile: given(additions?.metricsFile),
        metricsNames: additions?.metricsNames ?? false,
        plugins: new Map(Object.entries(additions?.plugins ?? {})),
        warnings: [],
    }
}

/** An entry that has the shape of one, or what is wrong with it. */
function shaped<Entry>(
    schema: z.ZodMiniType<Entry>,
    raw: unknown,
    place: string,
): { readonly entry: Entry | undefined; readonly faults: readonly string[] } {
    const checked = z.safeParse(schema, raw)
    return checked.success
        ? { entry: checked.data, faults: [] }
        : { entry: undefined, faults: schemaProblems(checked.error, place) }
}

/** What stands for an entry that is none, so that there is something to report. */
function emptyEntry(raw: unknown, index: number): { name: string; mode: string } {
    const name: unknown = Object(raw).name
    return { name: typeof name === "string" ? name : `number ${index + 1}`, mode: "0400" }
}

function keyPath(path: string | undefined): string | undefined {
    return path === undefined ? undefined : absolute(path)
}

/** sops-nix keeps the live generation only where the number is negative. */
function generationsOf(written: number, warn: (warning: string) => void): number {
    if (written < 0) warn(`keepGenerations is ${written}, which keeps one generation: write 1`)
    return written < 0 ? 1 : written
}

/** What "hostseal" says about something that is not in the manifest: most likely a misspelt name. */
function strays(
    kind: string,
    extras: ReadonlyMap<string, unknown>,
    entries: readonly AnyEntry[],
    warn: (warning: string) => void,
): void {
    const names = new Set(entries.map((entry) => entry.name))
    for (const name of extras.keys())
        if (!names.has(name)) warn(`hostseal.${kind}s names "${name}", which is no ${kind} of this manifest`)
}

/** Of two secrets with one placeholder the last one in the list of secrets is put in, as with sops-nix. */
function placeholders(
    written: WrittenManifest,
    secrets: readonly AnyEntry[],
    warn: (warning: string) => void,
): Map<string, string> {
    const texts = new Map(Object.entries(written.placeholderBySecretName ?? {}))
    const result = new Map<string, string>()
    const own = new Set(secrets.map((secret) => secret.name))
    const others = [...texts.keys()].filter((name) => !own.has(name))
    for (const name of [...others, ...own]) {
        const placeholder = texts.get(name)
        if (placeholder === undefined) continue
        const other = result.get(placeholder)
        if (placeholder === "") warn(`the placeholder of secret "${name}" is empty and stands for nothing`)
        else result.set(placeholder, name)
        if (other !== undefined)
            warn(
                `the secrets "${other}" and "${name}" have the same placeholder, which stands for the latter`,
            )
    }
    return result
}

/** `%r` and `%%` in paths of a user's manifest (docs/sops-nix-contract.md#paths-of-a-user). */
function expander(runtimeDirectory: string): (path: string) => string {
    return (path) => path.replaceAll(/%[r%]/gu, (mark) => (mark === "%%" ? "%" : runtimeDirectory))
}
