// Which commit has said what the command does not: for a question, and never for a decision. Whoever writes the history
// can write anything into it.

import { visible } from "../../error.ts"
import { recipientsIn } from "../../repo/consent/accepted.ts"
import type { Unasked } from "../../repo/consent/consent.ts"
import { plural } from "../../repo/edits.ts"
import type { Request } from "../../repo/consent/request.ts"
import type { Checkout } from "../git/git.ts"

/** The commit, and how it is told. */
export interface Since {
    readonly commit: {
        readonly commit: string
        readonly date: string
        readonly author: string
        /** Whether it has a signature; it is not checked. */
        readonly signed: boolean
    } | null
    readonly text: string
}

/** The file that says who reads what where no links do, and whether it is another one than was committed. */
export interface Rules {
    readonly path: string
    readonly areNew: boolean
}

/** The newest commit that touched what somebody's access, or loss, comes from. Undefined without git. */
export async function sinceWhen(
    unasked: Unasked,
    request: Request,
    git: Checkout | undefined,
    rules?: Rules,
): Promise<Since | undefined> {
    if (git?.head === undefined) return undefined
    const places =
        rules === undefined
            ? origins(unasked, request)
            : rules.areNew
              ? []
              : [{ paths: [rules.path], verb: "rules changed" }]
    for (const { paths, verb } of places) {
        const found = await newest(git, paths)
        if (found === undefined) continue
        const signed = found.signed ? "signed" : "unsigned"
        const day = found.date.slice(0, 10)
        return {
            commit: found,
            text: `${verb} in ${found.commit.slice(0, 7)}, ${day}, by "${visible(found.author)}", ${signed}`,
        }
    }
    return { commit: null, text: "not committed" }
}

/** What may be the reason, the most telling first. */
function origins(
    { reader, recipient, secret, copy, effect }: Unasked,
    request: Request,
): readonly { readonly paths: readonly string[]; readonly verb: string }[] {
    const kinds = plural(reader.kind)
    const source = request.source(secret)
    const copied = copy === undefined ? [] : [{ paths: [`${request.source(copy)}/secret`], verb: "copied" }]
    const pinned = request.accepted[kinds].get(reader.name)
    const key = { paths: [`sops/${kinds}/${reader.name}/key.json`], verb: "keys changed" }
    const inTree = recipientsIn(request.before[kinds].get(reader.name) ?? [])
    const isKey = effect === "gain" ? pinned?.includes(recipient) === false : !inTree.includes(recipient)
    const groups = [...(request.before.secrets.get(source)?.groups ?? [])].filter((group) =>
        request.before.groups.get(group)?.[kinds].has(reader.name),
    )
    const links = {
        paths: [
            `${source}/${kinds}/${reader.name}`,
            ...groups.flatMap((group) => [
                `${source}/groups/${group}`,
                `sops/groups/${group}/${kinds}/${reader.name}`,
            ]),
        ],
        verb: effect === "gain" ? "linked" : "unlinked",
    }
    return [...copied, ...(isKey ? [key] : []), links]
}

async function newest(
    git: Checkout,
    paths: readonly string[],
): Promise<NonNullable<Since["commit"]> | undefined> {
    const args = [
        "--literal-pathspecs",
        "log",
        "-1",
        "--no-show-signature",
        "--format=%H%x00%cI%x00%an",
        "--",
    ]
    try {
        const line = (await git.run([...args, ...paths])).toString("utf8").trimEnd()
        const [commit = "", date = "", author = ""] = line.split("\0")
        if (commit === "") return undefined
        const text = (await git.run(["cat-file", "commit", commit])).toString("utf8")
        return { commit, date, author, signed: /^gpgsig/mu.test(text.split("\n\n", 1).join("")) }
    } catch {
        return undefined
    }
}
