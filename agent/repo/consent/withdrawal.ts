// What takes away what somebody has put into the tree, and nobody here has agreed to: a key, a link, a member, or the link
// of a group.

import { plural, secretName } from "../edits.ts"
import type { Unasked } from "./consent.ts"
import { noGrants } from "./request.ts"
import type { Request } from "./request.ts"

/**
 * The words of the command that takes from a reader what they would gain unasked, and from nobody what this clone has
 * agreed to; undefined where there is no single one.
 */
export function withdrawal(
    { reader, recipient, secret, copy }: Unasked,
    request: Request,
): readonly string[] | undefined {
    const { before, accepted } = request
    const kinds = plural(reader.kind)
    const path = request.source(copy ?? secret)
    const { pinned, tree } = request.keysOf(reader.kind, reader.name)
    if (pinned !== undefined && tree.includes(recipient) && !pinned.includes(recipient)) {
        // The last key of somebody cannot be taken, so it gives way to the one that they are known by.
        if (tree.length > 1) return [kinds, "remove-key", reader.name, recipient]
        const [own = "", ...more] = pinned
        return more.length === 0 && own.startsWith("age1")
            ? [kinds, "add", reader.name, own, "--force"]
            : undefined
    }
    const links = before.secrets.get(path) ?? noGrants
    if (links[kinds].has(reader.name)) {
        const isAgreed = copy !== undefined || accepted.secrets.get(path)?.recipients.includes(recipient)
        return isAgreed === true ? undefined : [kinds, "remove-secret", reader.name, secretName(path)]
    }
    const agreed = new Set(accepted.secrets.get(path)?.groups)
    for (const group of links.groups) {
        if (before.groups.get(group)?.[kinds].has(reader.name) !== true) continue
        if (!agreed.has(group)) return ["groups", "remove-secret", group, secretName(path)]
        if (accepted.groups.get(group)?.[kinds].includes(reader.name) !== true)
            return ["groups", `remove-${reader.kind}`, group, reader.name]
    }
    return undefined
}
