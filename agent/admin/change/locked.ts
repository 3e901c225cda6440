// What a dry run cannot try: whether the caller's keys open what has to be opened. It can be told from public halves.

import { secretName } from "../../repo/edits.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { findIdentities } from "../keys/find.ts"
import type { Task } from "./sealing/seal.ts"

/**
 * Warns of secrets that none of the caller's keys is named by: the command itself would change nothing because of them.
 * Opens nothing and asks nobody; a key that does not show its public half may be any.
 */
export async function warnOfLocked(tasks: readonly Task[], context: Context): Promise<void> {
    const sealed = tasks.filter(({ value, file }) => value === undefined && file !== undefined)
    if (sealed.length === 0) return
    const { found } = await findIdentities(context)
    const mine = new Set(found.map(({ identity }) => identity.recipient))
    if (mine.has("")) return
    const isMine = (recipient: string): boolean => mine.has(recipient) || recipient.startsWith("pgp:")
    const locked = sealed.filter((task) => !knownBy(task).some(isMine)).map(({ path }) => secretName(path))
    if (locked.length === 0) return
    const shown =
        locked.slice(0, 10).join(", ") + (locked.length > 10 ? ` and ${locked.length - 10} more` : "")
    warn(context, `none of your keys opens ${shown}: nothing would be changed`)
}

/** The recipients that its file has, and whose entries stay. */
function knownBy({ recipients, missing, renewed, extra }: Task): readonly string[] {
    const added = new Set([...missing, ...renewed])
    return [...recipients.filter((recipient) => !added.has(recipient)), ...extra]
}
