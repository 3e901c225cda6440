import { existsSync, statSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import type { Context } from "./context.ts"
import { Failure } from "./failure.ts"

/** What marks the root of a flake, in the order in which clan looks: each up to `/` before the next is tried. */
const markers = [".clan-flake", ".git", ".hg", ".svn", "flake.nix"]

/**
 * The directory that the command works on: `--flake`, `$CLAN_DIR`, or the nearest parent with a marker. Absolute;
 * that it is a directory has been checked.
 */
export function flakeDirectory({ flags, env, cwd }: Pick<Context, "flags" | "env" | "cwd">): string {
    const named = flags.flake ?? (env["CLAN_DIR"] === "" ? undefined : env["CLAN_DIR"])
    if (named === undefined) return nearest(cwd)
    const directory = resolve(cwd, named.replace(/^path:/u, ""))
    if (isDirectory(directory)) return directory
    throw new Failure("not-found", `"${named}" is not a directory`, {
        hint: `${flags.flake === undefined ? "CLAN_DIR" : "--flake"} names a local directory`,
    })
}

function nearest(cwd: string): string {
    for (const marker of markers) {
        for (let at = cwd; ; at = dirname(at)) {
            if (existsSync(join(at, marker))) return at
            if (at === dirname(at)) break
        }
    }
    throw new Failure("not-found", "no repository found in the current directory or its parents", {
        hint: `name it with --flake, or make one with "git init"`,
    })
}

function isDirectory(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
