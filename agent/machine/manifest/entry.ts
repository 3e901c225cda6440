// One secret or template as the manifest has it, made into what the rest of the agent sees.

import type { SecretExtras, WrittenExtras, WrittenSecret, WrittenTemplate } from "./schema.ts"
import type { AnyEntry, Parents, Policy, Principal, SecretEntry, TemplateEntry } from "./manifest.ts"
import { renderedDirectory, tidyPath } from "./names.ts"

/** What an entry takes from the manifest around it. */
export interface Around {
    readonly symlinkPath: string
    readonly onFailure: Policy
    /** Maps, because a secret may be called "constructor". */
    readonly secretExtras: ReadonlyMap<string, SecretExtras>
    readonly templateExtras: ReadonlyMap<string, WrittenExtras>
    readonly expand: (path: string) => string
    readonly problems: string[]
}

/** A secret; what is wrong with it is added to the problems. */
export function secretEntry(written: WrittenSecret, around: Around): SecretEntry {
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

/** A template; what is wrong with it is added to the problems. */
export function templateEntry(written: WrittenTemplate, around: Around): TemplateEntry {
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

/** A service may be named without its suffix, as systemctl allows it. A pattern means what it says. */
function unitName(unit: string): string {
    if (/[*?[]/u.test(unit)) return unit
    const known = /\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/u
    return known.test(unit) ? unit : `${unit}.service`
}

/** Text that says something: in Go's zero values "" is the same as nothing. */
export function given(text: string | null | undefined): string | undefined {
    return text === null || text === undefined || text === "" ? undefined : text
}
