import { sshToAgeRecipient } from "../../../age/ssh/edwards.ts"
import { fingerprint } from "../../../age/ssh/public.ts"
import { addReader, keysOf, withKeys } from "../../../repo/edits.ts"
import { recipientOf } from "../../../repo/recipients.ts"
import { extraFilesDirectory, writeHostKey } from "../../ssh/bootstrap.ts"
import type { ExtraFiles } from "../../ssh/bootstrap.ts"
import { note, printJson, warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { guard } from "../../terminal/interruption.ts"
import { mutate } from "../../change/mutation.ts"
import { scanHost } from "../../ssh/host.ts"
import { makeSshKey } from "../../ssh/keygen.ts"
import { loadWorktree } from "../../repository/worktree.ts"

interface Input {
    readonly machine: string
    readonly output: string | undefined
    readonly force: boolean
    readonly check: boolean
    readonly sshHost: string | undefined
}

/** Prepares a machine that does not exist yet, or with `check` looks whether it came up as prepared. */
export async function bootstrap(input: Input, context: Context): Promise<void> {
    const { check, sshHost, output, force, machine } = input
    if (check) {
        if (sshHost === undefined)
            throw new Failure("usage", "--check needs --ssh-host: the name or address of the machine")
        if (output !== undefined || force)
            throw new Failure("usage", "--check changes nothing; --output and --force make no sense with it")
        return checkHost(machine, sshHost, context)
    }
    if (sshHost !== undefined) {
        throw new Failure("usage", "--ssh-host goes with --check", {
            hint: `a machine that has a host key already is added with: hostseal machines add ${machine} --ssh-host ${sshHost}`,
        })
    }
    return prepare(input, context)
}

/** Makes the host key, hands it out in a directory, and adds its public half to the repository: both or nothing. */
async function prepare({ machine, output, force }: Input, context: Context): Promise<void> {
    const key = makeSshKey(`root@${machine}`)
    const recipient = sshToAgeRecipient(key.publicFile)
    const flake = flakeDirectory(context)
    const { dryRun, json } = context.flags
    // What the mutation prints as data would mix with the directory; it is told to people only.
    const silent: Context = dryRun ? context : { ...context, out: () => undefined }
    const files = dryRun
        ? undefined
        : extraFilesDirectory(machine, { output, cwd: context.cwd, flake, env: context.env })
    const release = guard(() => files?.remove())
    try {
        if (files !== undefined) writeHostKey(files.directory, key)
        await mutate(silent, {
            message: `secrets: add machine ${machine}`,
            edit: ({ repo }) => {
                const keys = [{ publickey: recipient, type: "age" as const }]
                const replaces = force && repo.machines.has(machine)
                return {
                    repo: replaces
                        ? withKeys(repo, "machine", machine, keys)
                        : addReader(repo, "machine", machine, keys),
                    named: { keys: new Map([[`machine:${machine}`, [recipient]]]) },
                }
            },
        })
    } catch (error) {
        files?.remove()
        throw error
    } finally {
        release()
    }
    if (files === undefined) return
    const { directory } = files
    if (json)
        printJson(context, {
            machine,
            publickey: recipient,
            fingerprint: fingerprint(key.publicFile),
            directory,
        })
    else context.out(`${directory}\n`)
    explain(machine, files, context)
}

function explain(machine: string, files: ExtraFiles, context: Context): void {
    const { directory } = files
    if (!files.isInMemory)
        warn(
            context,
            `${directory} is on a disk: the host key stays there until you remove it, and in backups`,
        )
    note(context, `the host key of ${machine} lies in ${directory}; install the machine with it:`)
    note(context, `  nixos-anywhere --extra-files ${directory} --flake .#${machine} root@HOST`)
    note(context, "then remove it, and see that the machine came up with this key:")
    note(context, `  rm -r ${directory}`)
    note(context, `  hostseal machines bootstrap ${machine} --check --ssh-host HOST`)
}

/** Exit code 5, as for `verify`, when the host shows another key than the repository has. */
async function checkHost(machine: string, host: string, context: Context): Promise<void> {
    const { repo } = loadWorktree(flakeDirectory(context))
    const keys = new Set(keysOf(repo, "machine", machine).map(recipientOf))
    const shown = await scanHost(host, context.env)
    const matches = keys.has(shown.recipient) || keys.has(shown.line)
    if (context.flags.json) printJson(context, { machine, host, matches, fingerprint: shown.fingerprint })
    if (matches)
        return note(
            context,
            `${host} has the host key that the secrets of ${machine} are encrypted for (${shown.fingerprint})`,
        )
    throw new Failure(
        "conflict",
        `${host} has another host key than ${machine} in this repository: ${shown.fingerprint}`,
        {
            exitCode: 5,
            hint: `if it is ${machine} and was installed without its key: hostseal machines add --force ${machine} --ssh-host ${host}`,
        },
    )
}
