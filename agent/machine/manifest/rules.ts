// What a manifest must keep to as a whole, beyond its shape.

import type { Manifest } from "./manifest.ts"
import { isWithin, pathProblem } from "./names.ts"

/** Why nothing of the manifest can be installed, one line each: its places cannot hold secrets. */
export function placeProblems(manifest: Manifest): string[] {
    const { mountPoint, symlinkPath } = manifest
    const problems = [
        ...absolute("secretsMountPoint", mountPoint),
        ...absolute("symlinkPath", symlinkPath),
        ...absolute("hostseal.statusFile", manifest.statusFile),
        ...absolute("hostseal.metricsFile", manifest.metricsFile),
        ...[...manifest.plugins].flatMap(([name, path]) => absolute(`the plugin "${name}"`, path)),
    ]
    for (const name of manifest.plugins.keys()) {
        // age refuses other names in recipients, too.
        if (!/^[A-Za-z0-9+._-]+$/u.test(name) || name === "." || name === "..")
            problems.push(`"${name}" is not the name of a plugin`)
    }
    if (mountPoint === "/" || symlinkPath === "/") problems.push("the root directory cannot hold secrets")
    if (isWithin(mountPoint, symlinkPath)) problems.push("secretsMountPoint must not lie in symlinkPath")
    if (/^\/(?:\d|\.hostseal)/u.test(below(symlinkPath, mountPoint)))
        problems.push("symlinkPath must not lie among the generations in secretsMountPoint")
    if (manifest.gnupgHome !== undefined) {
        const both = "were specified in the manifest. Both options are mutually exclusive."
        if (manifest.rsaKeyPaths.length > 0) problems.push(`gnupgHome and sshKeyPaths ${both}`)
        if (manifest.ageKeyFile !== undefined) problems.push(`gnupgHome and ageKeyFile ${both}`)
    }
    return problems
}

function below(path: string, directory: string): string {
    return isWithin(path, directory) ? path.slice(directory.length) : ""
}

function absolute(what: string, path: string | undefined): string[] {
    const problem = path === undefined ? undefined : pathProblem(path)
    return problem === undefined ? [] : [`${what} ${problem}`]
}
