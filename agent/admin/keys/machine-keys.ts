import { keysFrom } from "./key-arguments.ts"
import type { KeyInput } from "./key-arguments.ts"
import type { Key } from "../../repo/repo.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"

/** Where the key of a machine comes from, when it is its SSH host key. */
export interface HostInput {
    readonly sshHost: string | undefined
    readonly sshKey: string | undefined
}

/** The keys that a machine is added with: given as they are, or made of its SSH host key. */
export async function machineKeys(
    input: Pick<KeyInput, "key" | "ageKey"> & HostInput & { readonly machine: string },
    context: Context,
): Promise<readonly Key[]> {
    const { key, ageKey, sshHost, sshKey } = input
    if (sshHost === undefined && sshKey === undefined) return keysFrom(input, context)
    if (key !== undefined || ageKey.length > 0 || (sshHost !== undefined && sshKey !== undefined))
        throw new Failure("usage", "KEY, --age-key, --ssh-host and --ssh-key exclude each other")
    const { confirmedHostKey, givenHostKey } = await import("../ssh/confirm.ts")
    const { recipient } =
        sshHost === undefined
            ? await givenHostKey(sshKey ?? "-", context)
            : await confirmedHostKey(sshHost, context)
    return [{ publickey: recipient, type: "age" }]
}
