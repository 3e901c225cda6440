import { addToGroup, plural, removeFromGroup } from "../../../repo/edits.ts"
import type { ReaderKind } from "../../../repo/edits.ts"
import type { Context } from "../../context.ts"
import { mutate } from "../../change/mutation.ts"

interface UserInGroup {
    readonly group: string
    readonly user: string
}
interface MachineInGroup {
    readonly group: string
    readonly machine: string
}

/** Adds a user to a group. */
export async function addUserToGroup({ group, user }: UserInGroup, context: Context): Promise<void> {
    await add("user", user, group, context)
}

/** Adds a machine to a group. */
export async function addMachineToGroup({ group, machine }: MachineInGroup, context: Context): Promise<void> {
    await add("machine", machine, group, context)
}

/** Takes a user out of a group. */
export async function removeUserFromGroup({ group, user }: UserInGroup, context: Context): Promise<void> {
    await remove("user", user, group, context)
}

/** Takes a machine out of a group. */
export async function removeMachineFromGroup(
    { group, machine }: MachineInGroup,
    context: Context,
): Promise<void> {
    await remove("machine", machine, group, context)
}

async function add(kind: ReaderKind, name: string, group: string, context: Context): Promise<void> {
    await mutate(context, {
        message: `secrets: add ${kind} ${name} to group ${group}`,
        edit: ({ repo }) => ({
            repo: addToGroup(repo, group, kind, name),
            named: { members: new Map([[group, { [plural(kind)]: [name] }]]) },
        }),
    })
}

async function remove(kind: ReaderKind, name: string, group: string, context: Context): Promise<void> {
    await mutate(context, {
        message: `secrets: remove ${kind} ${name} from group ${group}`,
        edit: ({ repo }) => ({ repo: removeFromGroup(repo, group, kind, name) }),
    })
}
