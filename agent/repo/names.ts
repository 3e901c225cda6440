// Names become folders, links and Nix attributes. The rules are clan's (docs/clan-contract.md#names) with their holes
// closed: nothing that leads elsewhere, nothing that reads as an option, nothing longer than a file name, and `$` means
// the end of the name, not of the line.

/** What can have a name. */
export type Named = "user" | "group" | "machine" | "secret"

interface Rule {
    readonly pattern: RegExp
    readonly longest: number
    readonly allowed: string
}

const person: Rule = {
    pattern: /^[a-z_][a-z0-9_-]*$/u,
    longest: 32,
    allowed: "allowed are a-z, 0-9, - and _, and it starts with a letter or _",
}

const fresh: Readonly<Record<Named, Rule>> = {
    user: person,
    group: person,
    machine: {
        // Underscores: NixOS has such machines, and clan's vars write folders for them.
        pattern: /^[a-zA-Z0-9]([a-zA-Z0-9_-]*[a-zA-Z0-9])?$/u,
        longest: 63,
        allowed: "allowed are letters, digits, - and _, and it starts and ends with a letter or a digit",
    },
    secret: {
        pattern: /^[a-zA-Z0-9_][a-zA-Z0-9._-]*$/u,
        longest: 200,
        allowed: "allowed are letters, digits, ., - and _, and it starts with a letter, a digit or _",
    },
}

/** Why this cannot become the name of something new; undefined for a good name. */
export function problemOfName(kind: Named, name: string): string | undefined {
    const { pattern, longest, allowed } = fresh[kind]
    if (name === "") return "it is empty"
    if (!pattern.test(name)) return allowed
    return name.length > longest ? `it is longer than ${longest} characters` : undefined
}

/**
 * Why this cannot be the name of something that exists. Wider than `problemOfName`, so that what other programs
 * made can be shown, renamed and removed; whatever passes is still one segment of a path, and not `.` or `..`.
 */
export function problemOfOldName(kind: Named, name: string): string | undefined {
    if (name === "") return "it is empty"
    if (name === "." || name === "..") return "it means a folder, not a name"
    if (!/^[a-zA-Z0-9._-]+$/u.test(name)) return fresh[kind].allowed
    if (kind !== "secret" && !/^[a-zA-Z0-9_][a-zA-Z0-9_-]*$/u.test(name)) return fresh[kind].allowed
    const longest = kind === "secret" ? 255 : 63
    return name.length > longest ? `it is longer than ${longest} characters` : undefined
}
