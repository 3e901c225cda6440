import { visibleName, UserError } from "../../error.ts"
import type { InstalledFile } from "./state.ts"
import { keyedHash } from "./state.ts"
import type { Live } from "./live.ts"
import { entriesOf } from "../manifest/manifest.ts"
import type { AnyEntry, Manifest } from "../manifest/manifest.ts"
import type { Opened } from "../open-secrets.ts"
import type { Owners } from "../owners.ts"
import { largestTemplate, renderer } from "./template.ts"
import { readNamed } from "../named-file.ts"
import type { Attributes } from "./write-file.ts"
import type { SecretEntry, TemplateEntry } from "../manifest/manifest.ts"

/** A file as it is going to be. */
export interface Planned {
    readonly entry: AnyEntry
    readonly value: Buffer
    readonly attributes: Attributes
    /** It could not be renewed: this is its last good value. */
    readonly stale: boolean
    readonly origin: InstalledFile["origin"]
    readonly binding: InstalledFile["binding"]
    readonly sourceHash: InstalledFile["sourceHash"]
}

/** Why an entry is not what it should be. */
export interface Failure {
    readonly entry: AnyEntry
    readonly problem: UserError
    /** What became of it: nothing is there, or its last good value, or it is there but not at its `path`. */
    readonly became: "missing" | "stale" | "not placed"
}

export interface GenerationPlan {
    readonly files: readonly Planned[]
    readonly failures: readonly Failure[]
    readonly warnings: readonly string[]
}

/** Something failed that the manifest wants nothing to be changed for. */
export class Abandoned extends UserError {
    /** Everything that failed. */
    readonly failures: readonly Failure[]

    constructor(failures: readonly Failure[]) {
        const fatal = failures.filter(({ entry }) => entry.onFailure === "abort")
        super("nothing was changed", {
            cause: new AggregateError(
                fatal.map(
                    ({ entry, problem }) =>
                        new UserError(`${entry.label} could not be opened`, { cause: problem }),
                ),
                "these are not to be installed without each other:",
            ),
        })
        this.failures = failures
    }
}

/** Decides what the next generation holds. Nothing is changed yet. Throws `Abandoned`. */
export function plan(
    manifest: Manifest,
    opened: ReadonlyMap<SecretEntry, Opened>,
    owners: Owners,
    live: Live,
): GenerationPlan {
    const render = renderer(manifest, (secret) => {
        const found = opened.get(secret)
        return found?.kind === "value" ? found.value : undefined
    })
    const files: Planned[] = []
    const failures: Failure[] = []
    const warnings: string[] = []
    for (const entry of entriesOf(manifest)) {
        const wanted = wantedFile(entry, opened, owners, render)
        if (!(wanted instanceof UserError)) {
            files.push(wanted)
            if (isDoubtful(wanted)) warnings.push(emptyWarning(entry.label))
            continue
        }
        const kept = entry.onFailure === "keep" ? lastGood(entry, owners, live) : undefined
        if (kept !== undefined) files.push(kept)
        failures.push({ entry, problem: wanted, became: kept === undefined ? "missing" : "stale" })
    }
    if (failures.some(({ entry }) => entry.onFailure === "abort")) throw new Abandoned(failures)
    return { files, failures, warnings }
}

/** An empty value that nobody said was meant. */
function isDoubtful({ entry, value }: Planned): boolean {
    return entry.kind === "secret" && entry.allowEmpty === undefined && value.length === 0
}

/** What is said about an empty value that is installed. */
export function emptyWarning(label: string): string {
    return `${label} is empty: write allowEmpty = true for it if that is meant, or false to have it refused`
}

const unknownOrigin = { origin: undefined, binding: undefined, sourceHash: undefined }

function wantedFile(
    entry: AnyEntry,
    opened: ReadonlyMap<SecretEntry, Opened>,
    owners: Owners,
    render: (text: Buffer) => Buffer,
): Planned | UserError {
    if (entry.faults.length > 0) return faulty(entry)
    const attributes = attributesOf(entry, owners)
    if (attributes instanceof UserError) return attributes
    if (entry.kind === "secret") {
        const found = opened.get(entry)
        if (found === undefined) return new UserError("it was not opened")
        if (found.kind === "failed") return found.problem
        const { value, origin, binding, sourceHash } = found
        return { entry, value, attributes, stale: false, origin, binding, sourceHash }
    }
    try {
        return { ...unknownOrigin, entry, value: render(textOf(entry)), attributes, stale: false }
    } catch (error) {
        if (error instanceof UserError) return error
        throw error
    }
}

/** What is wrong with an entry as the manifest has it. */
export function faulty({ faults }: AnyEntry): UserError {
    return new UserError(faults.join("; "), { hint: "see its options in the configuration of this machine" })
}

/** The text of a template, from its file if there is one. Throws `UserError`. */
export function textOf({ textFile, content }: TemplateEntry): Buffer {
    if (textFile === undefined) return Buffer.from(content)
    return readNamed(textFile, largestTemplate).content
}

/** An unknown owner or group never becomes root (docs/security-rules.md#files, rule 7). */
function attributesOf({ owner, group, mode }: AnyEntry, owners: Owners): Attributes | UserError {
    const uid = owners.user(owner)
    if (uid === undefined) return unknown("user", owner)
    const gid = owners.group(group)
    if (gid === undefined) return unknown("group", group)
    return { uid, gid, mode }
}

function unknown(kind: string, principal: AnyEntry["owner"]): UserError {
    const name = "name" in principal ? visibleName(principal.name) : String(principal.id)
    return new UserError(`failed to lookup ${kind} '${name}': there is no such ${kind} on this machine`, {
        hint: `declare the ${kind}, or use a number`,
    })
}

/** The live file, unless it is known not to be what was installed. */
function lastGood(entry: AnyEntry, owners: Owners, live: Live): Planned | undefined {
    // What is at the place of a hidden one is of another one.
    // What was made up is no value that anybody should go on with.
    const there = live.state.standIn || entry.hidden || entry.file === "" ? undefined : live.file(entry.file)
    if (there === undefined) return undefined
    const installed = live.state.files.get(entry.file)
    if (installed !== undefined && keyedHash(live.state.key, there.content) !== installed.mac)
        return undefined
    const wanted = attributesOf(entry, owners)
    // Who may read it is as declared now, if that can be told; otherwise as it was.
    const attributes =
        wanted instanceof UserError ? { uid: there.uid, gid: there.gid, mode: there.mode } : wanted
    const sourceHash = installed?.sourceHash
    return { ...unknownOrigin, entry, value: there.content, attributes, stale: true, sourceHash }
}
