import * as z from "zod/mini"
import { visibleName, UserError } from "../../error.ts"
import { keyProblem } from "./json-keys.ts"
import { ruleProblems } from "./rules.ts"
import { manifestSchema, schemaProblems } from "./schema.ts"
import type { WrittenManifest } from "./schema.ts"
import type { AnyEntry, Manifest } from "./manifest.ts"
import { tidyPath } from "./names.ts"
import { given, secretEntry, templateEntry } from "./entry.ts"

/** Bytes of one manifest. 10,000 secrets with the paths that clan gives them need more than the 4 MiB of security §7. */
export const largestManifest = 16 * 1024 * 1024

/** How many problems one error lists. */
const listed = 20

/**
 * Reads a manifest of sops-nix, with or without our additions. Everything wrong with it comes in one `UserError`.
 *
 * `runtimeDirectory` is what `%r` stands for in user mode; it is asked for only there.
 */
export function parseManifest(bytes: Buffer, place: string, runtimeDirectory: () => string): Manifest {
    if (bytes.length > largestManifest)
        throw unusable(place, [`it is larger than ${largestManifest / 1024 / 1024} MiB`])
    const text = decodeText(bytes, place)
    const written = readJson(text, place)
    const duplicate = keyProblem(text)
    if (duplicate !== undefined) throw unusable(place, [duplicate])
    const checked = z.safeParse(manifestSchema, written)
    if (!checked.success) throw unusable(place, schemaProblems(checked.error, written))
    const problems: string[] = []
    const manifest = interpret(checked.data, runtimeDirectory, problems)
    problems.push(...ruleProblems(manifest))
    if (problems.length > 0) throw unusable(place, problems)
    return manifest
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

function interpret(written: WrittenManifest, runtimeDirectory: () => string, problems: string[]): Manifest {
    const userMode = written.userMode ?? false
    const expand = userMode ? expander(runtimeDirectory()) : (path: string) => path
    const symlinkPath = tidyPath(expand(written.symlinkPath))
    const additions = written.hostseal ?? undefined
    const secretExtras = new Map(Object.entries(additions?.secrets ?? {}))
    const templateExtras = new Map(Object.entries(additions?.templates ?? {}))
    const onFailure = additions?.onFailure ?? "keep"
    const around = { symlinkPath, onFailure, secretExtras, templateExtras, expand, problems }
    const secrets = (written.secrets ?? []).map((secret) => secretEntry(secret, around))
    const templates = (written.templates ?? []).map((template) => templateEntry(template, around))
    problems.push(
        ...strays("secret", secretExtras, secrets),
        ...strays("template", templateExtras, templates),
    )
    return {
        secrets,
        templates,
        placeholders: placeholders(written, problems),
        mountPoint: tidyPath(expand(written.secretsMountPoint)),
        symlinkPath,
        keepGenerations: written.keepGenerations ?? 0,
        ageKeyFile: given(written.ageKeyFile),
        sshKeyPaths: written.ageSshKeyPaths ?? [],
        rsaKeyPaths: written.sshKeyPaths ?? [],
        gnupgHome: given(written.gnupgHome),
        useTmpfs: written.useTmpfs ?? false,
        userMode,
        logKeyImport: written.logging?.keyImport ?? false,
        logChanges: written.logging?.secretChanges ?? false,
        machineRecipients: additions?.machineRecipients ?? [],
        statusFile: given(additions?.statusFile),
        metricsFile: given(additions?.metricsFile),
        metricsNames: additions?.metricsNames ?? false,
        plugins: new Map(Object.entries(additions?.plugins ?? {})),
    }
}

/** What "hostseal" says about something that is not in the manifest: most likely a misspelt name. */
function strays(kind: string, extras: ReadonlyMap<string, unknown>, entries: readonly AnyEntry[]): string[] {
    const names = new Set(entries.map((entry) => entry.name))
    return [...extras.keys()]
        .filter((name) => !names.has(name))
        .map((name) => `hostseal.${kind}s names "${name}", which is no ${kind} of this manifest`)
}

function placeholders(written: WrittenManifest, problems: string[]): Map<string, string> {
    const result = new Map<string, string>()
    for (const [name, placeholder] of Object.entries(written.placeholderBySecretName ?? {})) {
        const other = result.get(placeholder)
        if (placeholder === "") problems.push(`the placeholder of secret "${name}" is empty`)
        else if (other === undefined) result.set(placeholder, name)
        else problems.push(`the secrets "${other}" and "${name}" have the same placeholder`)
    }
    return result
}

/** `%r` and `%%` in paths of a user's manifest (sops-nix §5.5). */
function expander(runtimeDirectory: string): (path: string) => string {
    return (path) => path.replaceAll(/%[r%]/gu, (mark) => (mark === "%%" ? "%" : runtimeDirectory))
}
