import { grant, plural, revoke } from "../../repo/edits.ts"
import type { GranteeKind } from "../../repo/edits.ts"
import { Refusal } from "../../repo/refusal.ts"
import type { Context } from "../context.ts"
import { mutate } from "../change/mutation.ts"
import { flakeDirectory } from "../flake.ts"
import { mustBeSecret } from "../repository/public-var.ts"
import { pathOfSecret } from "../repository/secret-file.ts"

interface UserGrant {
    readonly user: string
    readonly secret: string
}
interface MachineGrant {
    readonly machine: string
    readonly secret: string
}
interface GroupGrant {
    readonly group: string
    readonly secret: string
}

/** Lets a user read a secret. */
export async function grantToUser({ user, secret }: UserGrant, context: Context): Promise<void> {
    await add("user", user, secret, `secrets: add user ${user} to ${secret}`, context)
}

/** Lets a machine read a secret. The message is clan's (docs/clan-contract.md#messages). */
export async function grantToMachine({ machine, secret }: MachineGrant, context: Context): Promise<void> {
    await add(
        "machine",
        machine,
        secret,
        `vars: add ${machine} to secret ${pathOf(secret, context)}`,
        context,
    )
}

/** Lets a group read a secret. */
export async function grantToGroup({ group, secret }: GroupGrant, context: Context): Promise<void> {
    await add("group", group, secret, `secrets: add group ${group} to secret ${secret}`, context)
}

/** Takes a user's own access to a secret away. */
export async function revokeFromUser({ user, secret }: UserGrant, context: Context): Promise<void> {
    await remove("user", user, secret, `secrets: remove user ${user} from ${secret}`, context)
}

/** Takes a machine's own access to a secret away. */
export async function revokeFromMachine({ machine, secret }: MachineGrant, context: Context): Promise<void> {
    await remove("machine", machine, secret, `vars: remove ${machine} from secret ${secret}`, context)
}

/** Takes a group's access to a secret away. */
export async function revokeFromGroup({ group, secret }: GroupGrant, context: Context): Promise<void> {
    await remove("group", group, secret, `secrets: remove group ${group} from secret ${secret}`, context)
}

async function add(
    kind: GranteeKind,
    name: string,
    secret: string,
    message: string,
    context: Context,
): Promise<void> {
    const path = pathOf(secret, context)
    await mutate(context, {
        message,
        edit: ({ repo, sealed }) => {
            const named = { [plural(kind)]: [name] }
            const granted = grant(repo, path, named)
            // Links alone: a machine would look for the value, and not find it (docs/clan-contract.md#defects, D4).
            if (!sealed.has(path)) {
                throw new Refusal(
                    "refused",
                    `secret "${secret}" has no value: ${path}/secret is not a file`,
                    {
                        hint: `hostseal set ${secret}`,
                    },
                )
            }
            return { repo: granted, named: { grants: new Map([[path, named]]) } }
        },
    })
}

async function remove(
    kind: GranteeKind,
    name: string,
    secret: string,
    message: string,
    context: Context,
): Promise<void> {
    const path = pathOf(secret, context)
    await mutate(context, {
        message,
        edit: ({ repo }) => ({ repo: revoke(repo, path, kind, name) }),
    })
}

/** Of something that some can read and others cannot. */
function pathOf(secret: string, context: Context): string {
    const flake = flakeDirectory(context)
    const path = pathOfSecret(secret, flake, context)
    mustBeSecret(flake, path)
    return path
}
