import * as z from "zod/mini"
import { UserError } from "../error.ts"
import { keyProblem } from "./json-keys.ts"
import { ruleProblems } from "./manifest-rules.ts"
import { manifestSchema, schemaProblems } from "./manifest-schema.ts"
import type {
    SecretExtras,
    WrittenExtras,
    WrittenManifest,
    WrittenSecret,
    WrittenTemplate,
} from "./manifest-schema.ts"
import type {
    AnyEntry,
    Manifest,
    Parents,
    Policy,
    Principal,
    SecretEntry,
    TemplateEntry,
} from "./manifest.ts"
import { renderedDirectory, tidyPath } from "./names.ts"

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
    const duplicate = keyProblem(text)
    const written = readJson(text, place)
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
    const shown = problems.slice(0, listed).map((problem) => new Error(problem))
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

interface Around {
    readonly symlinkPath: string
    readonly onFailure: Policy
    /** Maps, because a secret may be called "constructor". */
    readonly secretExtras: ReadonlyMap<string, SecretExtras>
    readonly templateExtras: ReadonlyMap<string, WrittenExtras>
    readonly expand: (path: string) => string
    readonly problems: string[]
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

function secretEntry(written: WrittenSecret, around: Around): SecretEntry {
    const extras = around.secretExtras.get(written.name)
    const format = written.format === "" ? "yaml" : (written.format ?? "yaml")
    return {
        kind: "secret",
        ...anEntry(written, written.name, `secret "${written.name}"`, extras, around),
        source: written.sopsFile,
        format,
        // sops-nix looks keys up in yaml and json only; from the other formats it takes the whole file.
        key: format === "yaml" || format === "json" ? (written.key ?? "") : "",
        givenKey: written.key ?? "",
        allowEmpty: extras?.allowEmpty ?? false,
    }
}

function templateEntry(written: WrittenTemplate, around: Around): TemplateEntry {
    const extras = around.templateExtras.get(written.name)
    const file = `${renderedDirectory}/${written.name}`
    return {
        kind: "template",
        ...anEntry(written, file, `template "${written.name}"`, extras, around),
        textFile: given(written.file),
        content: written.content ?? "",
    }
}

type Written = Omit<WrittenSecret, "sopsFile" | "key" | "format">

function anEntry(
    written: Written,
    file: string,
    label: string,
    extras: WrittenExtras | undefined,
    around: Around,
): Omit<AnyEntry, "kind"> {
    const { problems, symlinkPath } = around
    const path = given(written.path)
    return {
        name: written.name,
        label,
        file,
        mode: fileMode(written.mode ?? "", (problem) => problems.push(`${label} has a mode that ${problem}`)),
        owner: principal(written.owner, written.uid),
        group: principal(written.group, written.gid),
        path: path === undefined ? `${symlinkPath}/${file}` : tidyPath(around.expand(path)),
        symlink: extras?.symlink ?? true,
        parents: parents(extras, label, problems),
        restartUnits: (written.restartUnits ?? []).map((unit) => unitName(unit)),
        reloadUnits: (written.reloadUnits ?? []).map((unit) => unitName(unit)),
        onFailure: extras?.onFailure ?? around.onFailure,
        optional: extras?.optional ?? false,
    }
}

function parents(extras: WrittenExtras | undefined, label: string, problems: string[]): Parents {
    const mode = given(extras?.parentMode)
    const named = (name: string | undefined): Principal | undefined =>
        name === undefined ? undefined : { name }
    return {
        owner: named(given(extras?.parentOwner)),
        group: named(given(extras?.parentGroup)),
        mode:
            mode === undefined
                ? undefined
                : fileMode(mode, (problem) => problems.push(`${label} has a parentMode that ${problem}`)),
    }
}

/** Octal text without the bits above 0777: sops-nix's program drops them, and no secret is set-uid. */
function fileMode(text: string, complain: (problem: string) => void): number {
    const mode = /^[0-7]{1,6}$/u.test(text) ? Number.parseInt(text, 8) : Number.NaN
    if (mode <= 0o777) return mode
    complain("is not octal digits up to 0777")
    return 0
}

function principal(name: string | null | undefined, id: number | null | undefined): Principal {
    const named = given(name)
    return named === undefined ? { id: id ?? 0 } : { name: named }
}

/** A service may be named without its suffix, as systemctl allows it. */
function unitName(unit: string): string {
    const known = /\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/u
    return known.test(unit) ? unit : `${unit}.service`
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

function given(text: string | null | undefined): string | undefined {
    return text === null || text === undefined || text === "" ? undefined : text
}
