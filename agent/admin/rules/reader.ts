// Who is meant by a name under a `.sops.yaml`. Nothing there says who is a person and who a machine: a name that one
// command is given for a user may be known as that of a machine, and the other way round.

import { plural } from "../../repo/edits.ts"
import type { ReaderKind } from "../../repo/edits.ts"
import { recipientOf } from "../../repo/recipients.ts"
import { unknown } from "../../repo/refusal.ts"
import type { Reader } from "../../repo/access.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"

/** The reader of this name, as this kind or else as the other one; undefined when nobody has it. */
export function readerNamed({ repo }: RuledTree, kind: ReaderKind, name: string): Reader | undefined {
    const kinds = [kind, kind === "user" ? "machine" : "user"] as const
    const found = kinds.find((each) => repo[plural(each)].has(name))
    return found && { kind: found, name }
}

/** The same. Throws `Refusal` with the names that there are. */
export function mustBeReader(ruled: RuledTree, kind: ReaderKind, name: string): Reader {
    const { users, machines } = ruled.repo
    const found = readerNamed(ruled, kind, name)
    if (found === undefined) throw unknown(kind, name, [...users.keys(), ...machines.keys()])
    return found
}

/** Keys of a reader, as the configuration writes them; of one whom only files know, as these do. */
export function writtenKeys(
    { config, repo, holders, spelled }: RuledTree,
    { kind, name }: Reader,
): readonly string[] {
    const written = config.keys
        .map(({ recipient }) => recipient)
        .filter((recipient) => {
            const holder = holders.get(spelled(recipient))
            return holder?.kind === kind && holder.name === name
        })
    return written.length > 0 ? written : (repo[plural(kind)].get(name) ?? []).map(recipientOf)
}
