import type { Environment } from "../os/children.ts"

/**
 * The process and machine that the agent runs on, as `main.ts` finds them. Everything else the agent does is real
 * I/O, in tests too.
 */
export interface Host {
    /** What the program is called in its messages: the name it was started by. */
    readonly program: string
    /** The file of the program, for the child that reads gated SSH keys. */
    readonly programFile: string
    readonly env: Environment
    readonly uid: number
    readonly gid: number
    /** `/run`, where systemd and NixOS keep what they know about this boot. */
    readonly runDirectory: string
    now(): Date
    /** A line for programs, on standard output. */
    print(line: string): void
    /** A line for people, on standard error, with the name of the program in front. */
    tell(line: string): void
    /** The same without the name, where sops-nix prints none. */
    tellBare(line: string): void
}

/**
 * Programs come from PATH and, where a unit or an activation script leaves it empty, from where NixOS and other
 * systems keep them. Relative entries never count (`findProgram`).
 */
export function searchPath(host: Host): string {
    const known = ["/run/current-system/sw/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    return [host.env["PATH"] ?? "", ...known].filter((entry) => entry !== "").join(":")
}
