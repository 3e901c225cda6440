/** A mark on a file in git's index that keeps git from looking at the file. */
export type Flag = "skip-worktree" | "assume-unchanged"

/** More paths than these make no command that can be copied. */
const few = 4

/** The command that takes a mark off these paths. */
export function flagsCleared(flag: Flag, paths: readonly string[]): string {
    const plain = paths.every((path) => /^[\w./@-]+$/u.test(path))
    if (paths.length <= few && plain) return `git update-index --no-${flag} ${paths.join(" ")}`
    const tags = flag === "skip-worktree" ? "[Ss]" : "[a-z]"
    return `git ls-files -zv sops vars | sed -nz 's/^${tags} //p' | git update-index -z --no-${flag} --stdin`
}

/** The marks of an entry by the letter that `git ls-files -v` has for it. */
export function flagsOf(tag: string): readonly Flag[] {
    return [
        ...(/^s$/iu.test(tag) ? (["skip-worktree"] as const) : []),
        ...(/^[a-z]$/u.test(tag) ? (["assume-unchanged"] as const) : []),
    ]
}
