// The files that a new machine gets before its first boot: its SSH host key, which is its identity. They lie in memory
// until nixos-anywhere has copied them, because there is no second copy that anybody needs.

import {
    chmodSync,
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    realpathSync,
    rmSync,
    writeFileSync,
} from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { makeFolders } from "../../os/folders.ts"
import type { Environment } from "../../os/children.ts"
import { UserError } from "../../error.ts"
import { Failure } from "../failure.ts"
import { isInMemory, memoryPlace } from "../terminal/memory.ts"
import type { SshKeyPair } from "./keygen.ts"

/** A directory for `nixos-anywhere --extra-files`. */
export interface ExtraFiles {
    readonly directory: string
    readonly isInMemory: boolean
    remove(): void
}

/**
 * An empty directory for the files of a machine, 0700: in memory, or where `output` says. That one must be new or empty,
 * and not in the repository `flake`: a private key there would be committed some day.
 */
export function extraFilesDirectory(
    machine: string,
    {
        output,
        cwd,
        flake,
        env,
    }: {
        readonly output: string | undefined
        readonly cwd: string
        readonly flake: string
        readonly env: Environment
    },
): ExtraFiles {
    const directory = output === undefined ? inMemory(machine, env) : named(resolve(cwd, output), flake)
    return {
        directory,
        isInMemory: isInMemory(directory),
        remove: () => rmSync(directory, { recursive: true, force: true }),
    }
}

/** Writes the host key to where sshd looks for it, with the modes that sshd wants, whatever the umask. */
export function writeHostKey(directory: string, { privateFile, publicFile }: SshKeyPair): void {
    // The directories below become /etc and /etc/ssh of the machine: nothing there may be the user's secret alone.
    for (const folder of ["etc", "etc/ssh"]) {
        mkdirSync(join(directory, folder))
        chmodSync(join(directory, folder), 0o755)
    }
    const file = join(directory, "etc/ssh/ssh_host_ed25519_key")
    writeFileSync(file, privateFile, { flag: "wx", mode: 0o600 })
    writeFileSync(`${file}.pub`, publicFile, { flag: "wx", mode: 0o644 })
    chmodSync(`${file}.pub`, 0o644)
}

function inMemory(machine: string, env: Environment): string {
    try {
        return mkdtempSync(join(memoryPlace([env["XDG_RUNTIME_DIR"], "/dev/shm"]), `hostseal-${machine}-`))
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        throw new Failure("refused", "there is no place in memory for the host key", {
            hint: "name a directory with --output, on a disk that you trust, and remove it afterwards",
        })
    }
}

function named(directory: string, flake: string): string {
    const status = lstatSync(directory, { throwIfNoEntry: false })
    if (status !== undefined && !status.isDirectory())
        throw new Failure("refused", `${directory} is not a directory`)
    if (status !== undefined && readdirSync(directory).length > 0)
        throw new Failure("refused", `${directory} is not empty; a new directory is needed`)
    // Judged by where it really lies: a link may lead into the repository.
    const parent = realpathSync(nearest(directory))
    const inside = relative(realpathSync(flake), parent)
    if (inside === "" || (inside !== ".." && !inside.startsWith("../")))
        throw new Failure("refused", `${directory} lies in the repository, where a private key must not be`)
    makeFolders(directory, 0o700)
    chmodSync(directory, 0o700)
    return directory
}

/** The directory itself, or the first above it that exists. */
function nearest(directory: string): string {
    let at = directory
    while (lstatSync(at, { throwIfNoEntry: false }) === undefined) at = dirname(at)
    return at
}
