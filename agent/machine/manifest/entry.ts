// One secret or template as the manifest has it, made into what the rest of the agent sees.

import { isFormat } from "../../sops/format.ts"
import type { Format } from "../../sops/format.ts"
import type { SecretExtras, WrittenExtras, WrittenSecret, WrittenTemplate } from "./schema.ts"
import type {
    AnyEntry,
    Bindings,
    Parents,
    Policy,
    Principal,
    SecretEntry,
    TemplateEntry,
} from "./manifest.ts"
import { fileProblem, pathProblem, renderedDirectory, tidyPath } from "./names.ts"

/** What an entry takes from the manifest around it. */
export interface Around {
    readonly symlinkPath: string
    readonly onFailure: Policy
    readonly bindings: Bindings
    /** Maps, because a secret may be called "constructor". */
    readonly secretExtras: ReadonlyMap<string, SecretExtras>
    readonly templateExtras: ReadonlyMap<string, WrittenExtras>
    /** Puts in what `%r` stands for, in user mode. */
    readonly expand: (path: string) => string
    readonly warn: (warning: string) => void
}

/** A secret, with what is wrong with it. */
export function secretEntry(written: WrittenSecret, faults: readonly string[], around: Around): SecretEntry {
    const extras = around.secretExtras.get(written.name)
    const label = `secret "${written.name}"`
    const entry = anEntry(written, { file: written.name, label, faults }, extras, around)
    const format = formatOf(written.format ?? "", label, around.warn)
    const source = tidyPath(absolute(written.sopsFile))
    const problem = pathProblem(source)
    return {
        kind: "secret",
        ...entry,
        faults: problem === undefined ? entry.faults : [...entry.faults, `its sopsFile ${problem}`],
        source,
        ownFile: given(extras?.file),
        format,
        // sops-nix looks keys up in yaml and json only; from the other formats it takes the whole file.
        key: format === "yaml" || format === "json" ? (written.key ?? "") : "",
        givenKey: written.key ?? "",
        allowEmpty: extras?.allowEmpty ?? undefined,
        hashed: extras?.hashed ?? undefined,
        standIn: extras?.standIn ?? undefined,
        bindings: around.bindings,
        place: given(extras?.place),
    }
}

/** A template, with what is wrong with it. */
export function templateEntry(
    written: WrittenTemplate,
    faults: readonly string[],
    around: Around,
): TemplateEntry {
    const extras = around.templateExtras.get(written.name)
    const label = `template "${written.name}"`
    const file = `${renderedDirectory}/${written.name}`
    const entry = anEntry(written, { file, label, faults }, extras, around)
    const textFile = given(written.file)
    const content = written.content ?? ""
    const isEmpty = textFile === undefined && content === "" && faults.length === 0
    return {
        kind: "template",
        ...entry,
        faults: isEmpty ? [...entry.faults, "neither content nor file was specified for it"] : entry.faults,
        textFile: textFile === undefined ? undefined : absolute(textFile),
        content,
    }
}

type Written = Omit<WrittenSecret, "sopsFile" | "key" | "format">

function anEntry(
    written: Written,
    { file, label, faults: shape }: { file: string; label: string; faults: readonly string[] },
    extras: WrittenExtras | undefined,
    { symlinkPath, onFailure, expand, warn }: Around,
): Omit<AnyEntry, "kind"> {
    const faults = [...shape]
    const doubt = (problem: string): void => warn(`${label} ${problem}`)
    // As joined to the directory, which a leading slash does not leave.
    const tidy = tidyPath(file.replace(/^\/+/u, ""))
    const misnamed = written.name === "" ? "is empty" : fileProblem(tidy)
    if (misnamed !== undefined) faults.push(`its name ${misnamed}`)
    else if (tidy !== file)
        doubt(`is installed as "${tidy}": write its name without ".", ".." and empty parts`)
    const own = `${symlinkPath}/${tidy}`
    return {
        name: written.name,
        label,
        file: misnamed === undefined ? tidy : "",
        mode: fileMode(written.mode ?? "", "mode", faults, doubt),
        owner: principal(written.owner, written.uid, "uid", doubt),
        group: principal(written.group, written.gid, "gid", doubt),
        path: pathOf(given(written.path), { own, isOwn: written.path === `${symlinkPath}/${file}` }, expand, {
            faults,
            doubt,
        }),
        symlink: extras?.symlink ?? true,
        misplaced: undefined,
        hidden: false,
        parents: parents(extras, faults, doubt),
        restartUnits: units(written.restartUnits ?? [], doubt),
        reloadUnits: units(written.reloadUnits ?? [], doubt),
        onFailure: extras?.onFailure ?? onFailure,
        optional: extras?.optional ?? false,
        faults,
    }
}

function pathOf(
    path: string | undefined,
    { own, isOwn }: { own: string; isOwn: boolean },
    expand: (path: string) => string,
    { faults, doubt }: { faults: string[]; doubt: (problem: string) => void },
): string {
    if (path === undefined || isOwn) return own
    const expanded = expand(path)
    const tidy = tidyPath(absolute(expanded))
    const problem = pathProblem(tidy)
    if (problem !== undefined) {
        faults.push(`its path ${problem}`)
        return own
    }
    if (!expanded.startsWith("/"))
        doubt(
            `has the relative path ${path}, which is ${tidy} where the agent runs now: write an absolute path`,
        )
    else if (expanded.split("/").includes(".."))
        doubt(`has a path with ".." in it, which is ${tidy}: write that`)
    return tidy
}

function parents(
    extras: WrittenExtras | undefined,
    faults: string[],
    doubt: (problem: string) => void,
): Parents {
    const mode = given(extras?.parentMode)
    const named = (name: string | undefined): Principal | undefined =>
        name === undefined ? undefined : { name }
    return {
        owner: named(given(extras?.parentOwner)),
        group: named(given(extras?.parentGroup)),
        mode: mode === undefined ? undefined : fileMode(mode, "parentMode", faults, doubt),
    }
}

/** Octal text of 16 bits. Those above 0777 are dropped, as sops-nix's program drops them: no secret is set-uid. */
function fileMode(text: string, field: string, faults: string[], doubt: (problem: string) => void): number {
    const mode = /^[0-7]+$/u.test(text) ? Number.parseInt(text, 8) : Number.NaN
    if (mode <= 0o777) return mode
    if (mode <= 0o177777)
        doubt(`has the ${field} ${text}, of which only ${octal(mode & 0o777)} counts: write that`)
    else faults.push(`its ${field} is not octal digits up to 0777`)
    return mode <= 0o177777 ? mode & 0o777 : 0
}

function octal(mode: number): string {
    return mode.toString(8).padStart(4, "0")
}

/** Numbers are what chown(2) makes of them: 32 bits, all of them set for whoever runs the agent. */
function principal(
    name: string | null | undefined,
    written: number | null | undefined,
    field: string,
    doubt: (problem: string) => void,
): Principal {
    const named = given(name)
    if (named !== undefined) return { name: named }
    const id = written ?? 0
    if (id >= 0 && id < 2 ** 32 - 1) return { id }
    const wrapped = Number(BigInt.asUintN(32, BigInt(id)))
    const isNobody = wrapped === 2 ** 32 - 1
    doubt(`has the ${field} ${id}, which is ${isNobody ? "that of the agent itself" : wrapped}: write that`)
    return { id: isNobody ? -1 : wrapped }
}

/** Units that can be asked for: names go to systemctl and into lists of one name a line, and nowhere else. */
function units(written: readonly string[], doubt: (problem: string) => void): string[] {
    return written.flatMap((unit) => {
        // oxlint-disable-next-line no-control-regex -- they are what a name must not hold
        if (unit === "" || unit.length > 255 || /[\u0000-\u001f\u007f]/u.test(unit)) {
            doubt(
                `names ${JSON.stringify(unit.slice(0, 80))}, which cannot be a unit and is not asked: leave it out`,
            )
            return []
        }
        // systemctl takes patterns as well: `*`, `?` and `[…]`.
        if (!/^[A-Za-z0-9:_.\\@*?[][A-Za-z0-9:_.\\@*?[\]!^-]*$/u.test(unit))
            doubt(`names "${unit}", which systemd escapes: write the name that systemctl status shows`)
        return [unitName(unit)]
    })
}

/** A service may be named without its suffix, as systemctl allows it. A pattern means what it says. */
function unitName(unit: string): string {
    if (/[*?[]/u.test(unit)) return unit
    const known = /\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/u
    return known.test(unit) ? unit : `${unit}.service`
}

/** sops-nix's program reads what it does not know as YAML, which JSON is as well. */
function formatOf(written: string, label: string, warn: (warning: string) => void): Format {
    if (isFormat(written)) return written
    if (written !== "")
        warn(
            `${label} has the unknown format "${written}" and is read as yaml: write yaml, json, binary, dotenv or ini`,
        )
    return "yaml"
}

/** A path as the process finds it, the empty one left alone. */
export function absolute(path: string): string {
    return path === "" || path.startsWith("/") ? path : `${process.cwd()}/${path}`
}

/** Text that says something: in Go's zero values "" is the same as nothing. */
export function given(text: string | null | undefined): string | undefined {
    return text === null || text === undefined || text === "" ? undefined : text
}
