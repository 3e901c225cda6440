// What may become a file: names below a generation, and absolute paths of links. These are the only places where
// text from a manifest turns into a path (defects D11 and D12 of sops-nix).

/** Where sops-nix puts templates below a generation; part of the path that other code relies on. */
export const renderedDirectory = "rendered"

const longestSegment = 255
const longestName = 1024
const longestPath = 4095

// oxlint-disable-next-line no-control-regex -- they are what a name must not hold
const control = /[\u0000-\u001f\u007f]/u

/** Why `name` cannot be a file below a generation, or `undefined` when it can. */
export function nameProblem(name: string): string | undefined {
    if (name === "") return "is empty"
    if (name.startsWith("/")) return "begins with a slash"
    if (control.test(name)) return "holds a control character"
    if (Buffer.byteLength(name) > longestName) return `is longer than ${longestName} bytes`
    for (const segment of name.split("/")) {
        if (segment === "") return "has an empty part"
        if (segment === "." || segment === "..") return `has "${segment}" as a part`
        if (Buffer.byteLength(segment) > longestSegment)
            return `has a part longer than ${longestSegment} bytes`
    }
    return undefined
}

/** Why `path` cannot be used as it stands, or `undefined` when it is absolute and says one place only. */
export function pathProblem(path: string): string | undefined {
    if (!path.startsWith("/")) return "is not an absolute path"
    if (control.test(path)) return "holds a control character"
    if (Buffer.byteLength(path) > longestPath) return `is longer than ${longestPath} bytes`
    const segments = path.split("/")
    if (segments.includes("..")) return 'has ".." as a part'
    if (segments.some((segment) => Buffer.byteLength(segment) > longestSegment))
        return `has a part longer than ${longestSegment} bytes`
    return undefined
}

/** An absolute path with single slashes and none at the end. ".." stays, for `pathProblem` to refuse. */
export function tidyPath(path: string): string {
    if (!path.startsWith("/")) return path
    // Nearly every path is tidy, and taking one apart takes longer than all else about it.
    if (!/\/(?:\/|\.\/|\.?$)/u.test(path)) return path
    return `/${path
        .split("/")
        .filter((segment) => segment !== "" && segment !== ".")
        .join("/")}`
}

/** Whether `path` is `directory` or lies below it; both tidy. */
export function isWithin(path: string, directory: string): boolean {
    return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`)
}

/**
 * Clashes in a set of paths, each given with the thing it belongs to: the same path twice, or one that another one
 * needs as a directory.
 */
export function clashes(paths: readonly (readonly [path: string, owner: string])[]): string[] {
    const owners = new Map<string, string>()
    const problems: string[] = []
    for (const [path, owner] of paths) {
        const other = owners.get(path)
        if (other === undefined) owners.set(path, owner)
        else problems.push(`${other} and ${owner} both want to be "${path}"`)
    }
    for (const [path, owner] of owners) {
        for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
            const other = owners.get(path.slice(0, end))
            if (other !== undefined)
                problems.push(
                    `${other} is a file at "${path.slice(0, end)}", where ${owner} needs a directory`,
                )
        }
    }
    return problems
}
