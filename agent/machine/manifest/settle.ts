// Which entry has a place when several want it. sops-nix writes one after the other, secrets before templates and
// links after all files, so what comes last is there in the end; the same is decided here, before anything is written.

import type { AnyEntry, Manifest, SecretEntry, TemplateEntry } from "./manifest.ts"
import { isWithin } from "./names.ts"

type Warn = (warning: string) => void

/** What is decided about an entry. */
interface Decision {
    hidden: boolean
    misplaced: string | undefined
    path: string
    restartUnits: readonly string[]
    reloadUnits: readonly string[]
    readonly faults: string[]
}

type Decisions = ReadonlyMap<AnyEntry, Decision>

/** The manifest with every conflict between its entries decided, and `warn` told of each. */
export function settleEntries(manifest: Manifest, warn: Warn): Manifest {
    const entries: readonly AnyEntry[] = [...manifest.secrets, ...manifest.templates]
    const decisions = new Map(entries.map((entry) => [entry, undecided(entry)]))
    settleFormats(manifest.secrets, decisions)
    const files = settleFiles(entries, decisions, warn)
    settlePaths(entries, files, { manifest, decisions, warn })
    const secret = (entry: SecretEntry): SecretEntry => ({ ...entry, ...decisions.get(entry) })
    const template = (entry: TemplateEntry): TemplateEntry => ({ ...entry, ...decisions.get(entry) })
    return {
        ...manifest,
        secrets: manifest.secrets.map((entry) => secret(entry)),
        templates: manifest.templates.map((entry) => template(entry)),
    }
}

function undecided({ path, restartUnits, reloadUnits, faults }: AnyEntry): Decision {
    return { hidden: false, misplaced: undefined, path, restartUnits, reloadUnits, faults: [...faults] }
}

/** One file is read once, so it has one format. */
function settleFormats(secrets: readonly SecretEntry[], decisions: Decisions): void {
    const first = new Map<string, SecretEntry>()
    for (const secret of secrets) {
        const { name, source, format } = secret
        const other = first.get(source)
        if (other === undefined) first.set(source, secret)
        else if (other.format !== format)
            decisions
                .get(secret)
                ?.faults.push(
                    `secret ${name} defined the format of ${source} as ${format}, ` +
                        `but it was specified as ${other.format} in ${other.name} before`,
                )
    }
}

/** Who has each file below the generation, and which directories they need. */
interface Files {
    readonly owners: Map<string, AnyEntry>
    readonly directories: Map<string, AnyEntry>
    /** Those that are links to another one. */
    readonly links: Set<string>
}

function settleFiles(entries: readonly AnyEntry[], decisions: Decisions, warn: Warn): Files {
    const files: Files = { owners: new Map(), directories: new Map(), links: new Set() }
    for (const entry of entries) {
        const decision = decisions.get(entry)
        if (decision === undefined || decision.faults.length > 0) continue
        const conflict = conflictOf(entry.file, files)
        if (conflict !== undefined) {
            decision.faults.push(`its name ${conflict}`)
            continue
        }
        const other = files.owners.get(entry.file)
        const before = other === undefined ? undefined : decisions.get(other)
        if (other !== undefined && before !== undefined) {
            before.hidden = true
            decision.restartUnits = [...new Set([...before.restartUnits, ...decision.restartUnits])]
            decision.reloadUnits = [...new Set([...before.reloadUnits, ...decision.reloadUnits])]
            warn(
                `${nameOf(other)} and ${nameOf(entry)} have one name, so only the latter is installed: ` +
                    "give one of them another name",
            )
        }
        take(entry.file, entry, files)
    }
    return files
}

/** Sources tell apart what has one name. */
function nameOf(entry: AnyEntry): string {
    return entry.kind === "secret"
        ? `${entry.label} (key "${entry.givenKey}" of ${entry.source})`
        : entry.label
}

function take(file: string, entry: AnyEntry, { owners, directories }: Files): void {
    owners.set(file, entry)
    for (let end = file.lastIndexOf("/"); end > 0; end = file.lastIndexOf("/", end - 1))
        directories.set(file.slice(0, end), entry)
}

/** Why there can be no file of this name beside the others. */
function conflictOf(file: string, { owners, directories }: Files): string | undefined {
    const below = directories.get(file)
    if (below !== undefined) return `is that of a directory which ${below.label} needs`
    for (let end = file.lastIndexOf("/"); end > 0; end = file.lastIndexOf("/", end - 1)) {
        const other = owners.get(file.slice(0, end))
        if (other !== undefined) return `needs a directory "${file.slice(0, end)}", where ${other.label} is`
    }
    return undefined
}

interface Settling {
    readonly manifest: Manifest
    readonly decisions: Decisions
    readonly warn: Warn
}

function settlePaths(entries: readonly AnyEntry[], files: Files, settling: Settling): void {
    const { manifest, decisions, warn } = settling
    const needed = neededFiles(manifest)
    const taken = new Map<string, AnyEntry>()
    for (const entry of entries) {
        const decision = decisions.get(entry)
        if (decision === undefined || decision.faults.length > 0) continue
        const { path } = entry
        const own = `${manifest.symlinkPath}/${entry.file}`
        if (path === own) continue
        decision.misplaced = misplacedBy(entry, files, settling) ?? needed.get(path)
        if (decision.misplaced !== undefined) continue
        const other = taken.get(path)
        const before = other === undefined ? undefined : decisions.get(other)
        if (other !== undefined && before !== undefined) {
            before.path = `${manifest.symlinkPath}/${other.file}`
            warn(
                `${other.label} and ${entry.label} have the path ${path}, where only the latter is: give one another path`,
            )
        }
        taken.set(path, entry)
        if (isWithin(path, manifest.mountPoint) && !isWithin(path, manifest.symlinkPath))
            warn(
                `${entry.label} has the path ${path}, among the generations: write one outside of ${manifest.mountPoint}`,
            )
        if (isWithin(path, manifest.symlinkPath)) takeInside(entry, files, settling)
    }
}

/** Why nothing can be put at the path of an entry. */
function misplacedBy(entry: AnyEntry, files: Files, { manifest }: Settling): string | undefined {
    const { path } = entry
    const { mountPoint, symlinkPath } = manifest
    if (isWithin(symlinkPath, path) || isWithin(mountPoint, path))
        return `its path would replace ${path}, which holds the secrets`
    if (isWithin(path, `${mountPoint}/.hostseal`))
        return `its path ${path} is where the agent keeps what it knows`
    if (!isWithin(path, symlinkPath)) return undefined
    if (!entry.symlink) return `only a link can be put at a path in ${symlinkPath}`
    const file = path.slice(symlinkPath.length + 1)
    const conflict = conflictOf(file, files)
    if (conflict !== undefined) return `its path ${conflict}`
    if (files.links.has(entry.file))
        return `its path ${path} would be a link to a link: something else is at ${symlinkPath}/${entry.file}`
    return undefined
}

/** A link within the generation is made after all files, and takes the place of one that has its name. */
function takeInside(entry: AnyEntry, files: Files, { manifest, decisions, warn }: Settling): void {
    const file = entry.path.slice(manifest.symlinkPath.length + 1)
    const other = files.owners.get(file)
    const before = other === undefined ? undefined : decisions.get(other)
    if (other !== undefined && other !== entry && before !== undefined) {
        before.hidden = true
        warn(
            `the path of ${entry.label} is the place of ${other.label}, which is not installed: give it another path`,
        )
    }
    take(file, entry, files)
    files.links.add(file)
}

/** Files that this manifest reads: a link in the place of one would be there the next time, and the file gone. */
function neededFiles({
    secrets,
    templates,
    ageKeyFile,
    sshKeyPaths,
    rsaKeyPaths,
}: Manifest): Map<string, string> {
    const keys = [...(ageKeyFile === undefined ? [] : [ageKeyFile]), ...sshKeyPaths, ...rsaKeyPaths]
    const texts = templates.flatMap(({ textFile }) => (textFile === undefined ? [] : [textFile]))
    return new Map([
        ...[...secrets.map(({ source }) => source), ...texts].map(
            (path) =>
                [path, `its path ${path} would replace a file that the next installation reads`] as const,
        ),
        ...keys.map((path) => [path, `its path ${path} would replace a key that opens secrets`] as const),
    ])
}
