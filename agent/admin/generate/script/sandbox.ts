// The sandbox of scripts: bubblewrap, with what every user of a machine may read, and nothing that is anybody's own.

import { lstatSync, readlinkSync } from "node:fs"
import { childEnvironment, findProgram, run } from "../../../os/children.ts"
import type { Environment } from "../../../os/children.ts"
import { scriptPrograms } from "./programs.ts"

/** Where everything of a script lies in it. */
export const sandboxRoot = "/run/generator"

const mebibyte = 1024 * 1024

/**
 * The arguments of bwrap before the command. Namespaces of its own, so no network and its own /proc; an empty
 * environment; programs read-only, `also` further folders of them. What can be written is in memory, and bounded.
 */
export function sandboxArguments(
    environment: Readonly<Record<string, string>>,
    also: readonly string[],
): readonly string[] {
    const readOnly = [
        "/nix/store",
        "/usr",
        ...outside(also),
        // What programs of Debian are found by, and openssl's defaults.
        "/etc/alternatives",
        "/etc/ssl/openssl.cnf",
    ].flatMap((path) => ["--ro-bind-try", path, path])
    return [
        "--unshare-all --unshare-user --disable-userns --die-with-parent --new-session --clearenv".split(" "),
        "--uid 1000 --gid 1000 --cap-drop ALL --hostname generator".split(" "),
        ["/bin", "/sbin", "/lib", "/lib32", "/lib64"].flatMap(systemFolder),
        memory("/etc", 1),
        ["--proc", "/proc", "--dev", "/dev"],
        memory("/dev/shm", 16),
        memory("/tmp", 64),
        memory(sandboxRoot, 64),
        readOnly,
        ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"],
        Object.entries(environment).flatMap(([name, value]) => ["--setenv", name, value]),
        ["--"],
    ].flat()
}

export const noBubblewrap = "bubblewrap (bwrap) is not installed"

/** Why scripts cannot run in a sandbox here; undefined when they can. */
export async function problemOfSandbox(env: Environment): Promise<string | undefined> {
    const bwrap = findProgram("bwrap", env["PATH"])
    if (bwrap === undefined) return noBubblewrap
    const { bash, folders } = scriptPrograms(env)
    const result = await run({
        program: bwrap,
        args: [...sandboxArguments({}, folders), bash, "-c", ":"],
        env: childEnvironment(env),
        deadline: 10_000,
    })
    if (result.end.kind === "exit" && result.end.code === 0) return undefined
    const said = result.stderr.trim().split("\n").at(-1) ?? ""
    return `bubblewrap cannot make a sandbox: ${said.replace(/^bwrap: /u, "")}`
}

function memory(path: string, size: number): readonly string[] {
    return ["--size", String(size * mebibyte), "--tmpfs", path]
}

/** On most systems a link into /usr. */
function systemFolder(path: string): readonly string[] {
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
    return isLink ? ["--symlink", readlinkSync(path), path] : ["--ro-bind-try", path, path]
}

function outside(folders: readonly string[]): readonly string[] {
    return folders.filter((folder) => !["/nix/store/", "/usr/"].some((root) => `${folder}/`.startsWith(root)))
}
