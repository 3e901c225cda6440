// Where somebody would gain or lose what the command does not say, a person decides; where nobody can be asked, the
// options of the command line do. `--yes` is no answer: it was given before there was a question.

import { UserError, visible } from "../../error.ts"
import type { Reader } from "../../repo/access.ts"
import type { Unasked } from "../../repo/consent/consent.ts"
import { readerName } from "../../repo/difference.ts"
import { secretName } from "../../repo/edits.ts"
import type { Request } from "../../repo/consent/request.ts"
import { withdrawal } from "../../repo/consent/withdrawal.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { quantity } from "../quantity.ts"
import { Failure } from "../failure.ts"
import type { Checkout } from "../git/git.ts"
import { shortened } from "../keys/recipient-name.ts"
import { shellWord } from "../../os/shell-words.ts"
import { askYesNo } from "../terminal/prompt.ts"
import { sinceWhen } from "./since.ts"
import type { Rules, Since } from "./since.ts"

interface Asked {
    readonly unasked: readonly Unasked[]
    readonly request: Request
    readonly git: Checkout | undefined
    /** The command is about everything, so everything may be accepted at once. */
    readonly everything: boolean
    readonly rules: Rules | undefined
}

/** All that one reader would gain, or lose. */
interface Block {
    readonly reader: Reader
    readonly effect: Unasked["effect"]
    readonly all: readonly Unasked[]
    readonly since: Since | undefined
}

/** So many are shown in an error; a person is asked about each. */
const mostShown = 20

/**
 * Has each reader's gains and losses accepted. The result is what is to be left out; empty when all is accepted. Throws
 * `NotAccepted` when something is not, and cannot be left out.
 */
export async function settle(
    { unasked, request, git, everything, rules }: Asked,
    context: Context,
): Promise<readonly Unasked[]> {
    const accepts = acceptedBy(context, everything)
    const open = Map.groupBy(
        unasked.filter(({ reader }) => !accepts(reader)),
        ({ reader, effect }) => `${effect} ${readerName(reader)}`,
    )
    if (open.size === 0) return []
    const blocks: Block[] = []
    for (const all of open.values()) {
        const [first] = all
        if (first === undefined) continue
        const since = blocks.length < mostShown ? await sinceWhen(first, request, git, rules) : undefined
        blocks.push({ reader: first.reader, effect: first.effect, all, since })
    }
    if (context.flags.dryRun) {
        for (const block of blocks) warn(context, `${sentence(block)}: that would be a question`)
        return []
    }
    const terminal = context.terminal()
    if (terminal === undefined) throw new NotAccepted(blocks, request, context, everything)
    const refused: Unasked[] = []
    for (const block of blocks) {
        const { reader, effect, all } = block
        context.err(`${sentence(block)}\n`)
        const count = new Set(all.map(({ secret }) => secret)).size
        const what = count === 1 ? "this" : `these ${count}`
        const text =
            effect === "gain" ? `Let ${reader.name} read ${what}?` : `Take ${what} from ${reader.name}?`
        if (await askYesNo(terminal, { text, instead: `--accept ${readerName(reader)}` })) continue
        if (all.some(({ canWait }) => !canWait)) throw new NotAccepted([block], request, context, everything)
        refused.push(...all)
    }
    return refused
}

/** Somebody would gain or lose what neither the command nor a person says. Nothing was changed. */
export class NotAccepted extends Failure {
    constructor(blocks: readonly Block[], request: Request, context: Context, everything: boolean) {
        const shown = blocks.slice(0, mostShown).map((block) => new UserError(sentence(block)))
        const more = blocks.length - shown.length
        const rest = more > 0 ? [new UserError(`and ${more} more`)] : []
        const names =
            everything && blocks.length > 3 ? ["all"] : blocks.map(({ reader }) => readerName(reader))
        const options = [...new Set(names)].flatMap((name) => ["--accept", name])
        super("refused", "nothing was changed: somebody would gain or lose what this command does not say", {
            cause: new AggregateError(
                [...shown, ...rest, ...refusing(blocks, request)],
                quantity(blocks.length, "reader"),
            ),
            hint: `if it is meant: hostseal ${[...context.argv, ...options].map(shellWord).join(" ")}`,
            record: { unasked: blocks.flatMap(recordsOf) },
        })
    }
}

/** The line that takes away what nobody meant, for the first of them that one line takes away. */
function refusing(blocks: readonly Block[], request: Request): readonly UserError[] {
    for (const { effect, all } of blocks) {
        const [first] = all
        const words = effect === "loss" || first === undefined ? undefined : withdrawal(first, request)
        if (words !== undefined)
            return [
                new UserError(
                    `if it is not meant, take it away first: ${["hostseal", ...words].map(shellWord).join(" ")}`,
                ),
            ]
    }
    return []
}

/** What `--accept` says. Throws `Failure` for a word that means nobody. */
export function acceptedBy({ flags }: Context, everything: boolean): (reader: Reader) => boolean {
    for (const word of flags.accept) {
        if (/^(?:user|machine):.+$/u.test(word)) continue
        if (word !== "all")
            throw new Failure("usage", `--accept takes user:NAME or machine:NAME, not "${visible(word)}"`)
        if (!everything)
            throw new Failure("usage", "--accept all is for commands that are about all secrets", {
                hint: "name those who are meant: --accept user:NAME",
            })
    }
    return (reader) => flags.accept.includes("all") || flags.accept.includes(readerName(reader))
}

/** One block: who, what, with which keys, since when, and whether the value is another secret's. */
function sentence({ reader, effect, all, since }: Block): string {
    const secrets = [...new Set(all.map(({ secret }) => secret))].map(secretName)
    const keys = [...new Set(all.map(({ recipient }) => recipient))].map(shortened)
    const when = since === undefined ? "" : `; ${since.text}`
    const copies = [
        ...new Set(
            all.flatMap(({ copy, secret }) =>
                copy === undefined ? [] : `${secretName(copy)}: its file is that of ${secretName(secret)}`,
            ),
        ),
    ]
    return visible(
        `${reader.kind} ${reader.name} would ${effect === "gain" ? "gain" : "lose"} what this command does not say: ` +
            `${some(secrets)} (${keys.join(", ")})${when}${copies.map((each) => `. ${each}`).join("")}`,
    ).replaceAll("\n", "\\n")
}

function some(names: readonly string[]): string {
    const shown = names.length > 4 ? names.slice(0, 3) : names
    const more = names.length - shown.length
    return shown.join(", ") + (more > 0 ? ` and ${more} more` : "")
}

function recordsOf({ reader, effect, all, since }: Block) {
    return [...Map.groupBy(all, ({ recipient }) => recipient)].map(([recipient, own]) => ({
        reader: readerName(reader),
        recipient,
        effect,
        secrets: [...new Set(own.map(({ secret }) => secret))],
        since: since === undefined ? null : since.commit,
        why: sentence({ reader, effect, all: own, since }),
    }))
}
