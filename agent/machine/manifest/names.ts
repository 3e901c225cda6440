// What may become a file: names below a generation, and absolute paths of links. These are the only places where
// text from a manifest turns into a path.

/** Where sops-nix puts templates below a generation; part of the path that other code relies on. */
export const renderedDirectory = "rendered"

const longestSegment = 255
const longestPath = 4095

/** Why text cannot be the path of anything: what no file system takes. */
function impossible(path: string): string | undefined {
    if (path.includes("\0")) return "holds a NUL"
    if (Buffer.byteLength(path) > longestPath) return `is longer than ${longestPath} bytes`
    if (path.split("/").some((segment) => Buffer.byteLength(segment) > longestSegment))
        return `has a part longer than ${longestSegment} bytes`
    return undefined
}

/** Why a tidy `file` cannot be one below a generation, or `undefined` when it can. */
export function fileProblem(file: string): string | undefined {
    if (file === "" || file === ".") return "is empty"
    // What lies outside is written in place, stays when its secret goes, and may be a plaintext on a disk.
    if (file === ".." || file.startsWith("../")) return "leaves the directory of the secrets"
    return impossible(file)
}

/** Why a tidy `path` cannot be used, or `undefined` when it is absolute and can. */
export function pathProblem(path: string): string | undefined {
    return path.startsWith("/") ? impossible(path) : "is not an absolute path"
}

/**
 * A path in the one spelling that says the same: single slashes, none at the end, no ".", and ".." only where a
 * relative one begins. As the kernel would read it where no symlink is on the way.
 */
export function tidyPath(path: string): string {
    // Nearly every path is tidy, and taking one apart takes longer than all else about it.
    if (!/(?:^|\/)(?:\/|\.{0,2}(?:\/|$))/u.test(path)) return path
    const isAbsolute = path.startsWith("/")
    const kept: string[] = []
    for (const segment of path.split("/")) {
        if (segment === "" || segment === ".") continue
        if (segment !== "..") kept.push(segment)
        else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop()
        else if (!isAbsolute) kept.push("..")
    }
    return `${isAbsolute ? "/" : ""}${kept.join("/")}`
}

/** Whether `path` is `directory` or lies below it; both tidy. */
export function isWithin(path: string, directory: string): boolean {
    return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`)
}
