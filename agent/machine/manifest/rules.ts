// What a manifest must keep to beyond its shape. All of it is known at build time, so that `check` finds it before
// a machine does.

import { entriesOf } from "./manifest.ts"
import type { AnyEntry, Manifest } from "./manifest.ts"
import { clashes, isWithin, nameProblem, pathProblem } from "./names.ts"

/** Every rule that the manifest breaks, one line each. */
export function ruleProblems(manifest: Manifest): string[] {
    const entries = entriesOf(manifest)
    const own = [...placeProblems(manifest), ...entries.flatMap((entry) => entryProblems(entry, manifest))]
    // Names that are no names would only make the rest confusing.
    if (own.length > 0) return own
    return [...collisions(manifest, entries), ...formatProblems(manifest)]
}

function placeProblems(manifest: Manifest): string[] {
    const { mountPoint, symlinkPath } = manifest
    const problems = [
        ...absolute("secretsMountPoint", mountPoint),
        ...absolute("symlinkPath", symlinkPath),
        ...absolute("hostseal.statusFile", manifest.statusFile),
        ...absolute("hostseal.metricsFile", manifest.metricsFile),
        ...[...manifest.plugins].flatMap(([name, path]) => absolute(`the plugin "${name}"`, path)),
    ]
    for (const name of manifest.plugins.keys()) {
        // age refuses other names in recipients, too (security §9).
        if (!/^[A-Za-z0-9+._-]+$/u.test(name) || name === "." || name === "..")
            problems.push(`"${name}" is not the name of a plugin`)
    }
    if (mountPoint === "/" || symlinkPath === "/") problems.push("the root directory cannot hold secrets")
    if (isWithin(symlinkPath, mountPoint) || isWithin(mountPoint, symlinkPath))
        problems.push("symlinkPath and secretsMountPoint must not lie in each other")
    if (manifest.gnupgHome !== undefined) {
        const both = "were specified in the manifest. Both options are mutually exclusive."
        if (manifest.rsaKeyPaths.length > 0) problems.push(`gnupgHome and sshKeyPaths ${both}`)
        if (manifest.ageKeyFile !== undefined) problems.push(`gnupgHome and ageKeyFile ${both}`)
    }
    return problems
}

function absolute(what: string, path: string | undefined): string[] {
    const problem = path === undefined ? undefined : pathProblem(path)
    return problem === undefined ? [] : [`${what} ${problem}`]
}

function entryProblems(entry: AnyEntry, manifest: Manifest): string[] {
    const { label, path } = entry
    const problems: string[] = []
    const name = nameProblem(entry.name)
    if (name !== undefined) problems.push(`${label}: the name ${name}`)
    problems.push(...absolute(`${label}: path`, path))
    if (path !== `${manifest.symlinkPath}/${entry.file}`) {
        if (isWithin(path, manifest.mountPoint))
            problems.push(`${label}: path lies in ${manifest.mountPoint}, where the generations are`)
        if (isWithin(manifest.symlinkPath, path) || isWithin(manifest.mountPoint, path))
            problems.push(`${label}: path would replace ${path}, which holds the secrets`)
        if (!entry.symlink && isWithin(path, manifest.symlinkPath))
            problems.push(`${label}: only a link can be put at a path in ${manifest.symlinkPath}`)
    }
    for (const unit of [...entry.restartUnits, ...entry.reloadUnits]) {
        // systemctl takes patterns as well: `*`, `?` and `[…]`.
        if (!/^[A-Za-z0-9:_.\\@*?[][A-Za-z0-9:_.\\@*?[\]!^-]*$/u.test(unit) || unit.length > 255)
            problems.push(`${label}: "${unit}" is not the name of a unit`)
    }
    if (entry.kind === "secret") problems.push(...absolute(`${label}: sopsFile`, entry.source))
    else if (entry.textFile === undefined && entry.content === "")
        problems.push(`neither content nor file was specified for ${label}`)
    else problems.push(...absolute(`${label}: file`, entry.textFile))
    return problems
}

/** Equal names, names that need each other as directories, and the same for paths (defect D12). */
function collisions(manifest: Manifest, entries: readonly AnyEntry[]): string[] {
    const inside: [string, string][] = []
    const outside: [string, string][] = []
    for (const { file, label, path } of entries) {
        inside.push([file, label])
        if (path === `${manifest.symlinkPath}/${file}`) continue
        if (isWithin(path, manifest.symlinkPath))
            inside.push([path.slice(manifest.symlinkPath.length + 1), `the link of ${label}`])
        else outside.push([path, `the path of ${label}`])
    }
    return [...clashes(inside), ...clashes(outside)]
}

/** One file is read once, so it has one format. */
function formatProblems(manifest: Manifest): string[] {
    const first = new Map<string, { readonly name: string; readonly format: string }>()
    const problems: string[] = []
    for (const { name, source, format } of manifest.secrets) {
        const other = first.get(source)
        if (other === undefined) first.set(source, { name, format })
        else if (other.format !== format)
            problems.push(
                `secret ${name} defined the format of ${source} as ${format}, ` +
                    `but it was specified as ${other.format} in ${other.name} before`,
            )
    }
    return problems
}
