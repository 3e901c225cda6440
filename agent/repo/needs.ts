// What a machine takes its secrets from, held against what it can open: it finds out at its next boot otherwise.

import type { Problem } from "./verify.ts"

/** An encrypted file, and for whom it is: any of a group, and all of the groups. */
export type FileReaders = readonly (readonly string[])[]

/** A file that a machine takes secrets from. */
export interface Need {
    /** In the repository, or as the configuration names one that is not there. */
    readonly path: string
    /** The secrets that come from it; none where nothing but the rules is known. */
    readonly secrets: readonly string[]
    /** Why the machine cannot open it; undefined when it can. */
    readonly why: string | undefined
}

/** What a machine needs, and what it could open besides. */
export interface Needs {
    readonly files: readonly Need[]
    readonly unneeded: readonly string[]
}

/**
 * Holds `asked`, names of secrets by their files, against the files of a repository. `keys` are the machine's recipients;
 * of a path that is not in `files` nothing is known but that it is no encrypted file of the repository.
 */
export function needsOf(
    keys: ReadonlySet<string>,
    asked: ReadonlyMap<string, readonly string[]>,
    files: ReadonlyMap<string, FileReaders | undefined>,
): Needs {
    const opens = (groups: FileReaders | undefined): boolean =>
        groups?.length === 1 && groups.flat().some((recipient) => keys.has(recipient))
    const whyNot = (path: string): string | undefined => {
        if (!files.has(path)) return "is no encrypted file of this repository"
        const groups = files.get(path)
        if (groups === undefined) return "cannot be read as an encrypted file"
        if (opens(groups)) return undefined
        return groups.length > 1 ? "needs a key of each of its key groups" : "is not encrypted for it"
    }
    const needs = [...asked].map(([path, secrets]): Need => ({
        path,
        secrets: secrets.toSorted(),
        why: whyNot(path),
    }))
    const unneeded = [...files].filter(([path, groups]) => !asked.has(path) && opens(groups))
    return {
        files: needs.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        unneeded: unneeded.map(([path]) => path).toSorted(),
    }
}

/** The same as what `verify` says: a file that cannot be opened is a problem, one that is not needed is worth a look. */
export function needProblems(
    machine: string,
    { files, unneeded }: Needs,
): { readonly problems: readonly Problem[]; readonly notes: readonly Problem[] } {
    const problems = files.flatMap(({ path, secrets, why }): readonly Problem[] => {
        if (why === undefined) return []
        const message = `machine "${machine}" takes ${secrets.join(", ")} from it, and it ${why}`
        return [
            {
                code: "not-for-machine",
                path,
                message,
                hint: "let the machine read it, then: hostseal key update",
            },
        ]
    })
    const notes = unneeded.map((path): Problem => ({
        code: "unneeded",
        path,
        message: `machine "${machine}" can open it, and takes nothing from it`,
    }))
    return { problems, notes }
}
