// Values that must not be replaced by mistake: without the old one a disk cannot be opened, or a backup not be read.

import { toConfirm } from "../../repo/generators/rotation.ts"
import type { Facts, Work } from "../../repo/generators/work.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { askLine, NobodyToAsk } from "../terminal/prompt.ts"

/**
 * Has the name of each such generator typed, unless the command line has it already. Throws `Failure` where another one
 * is, and `NobodyToAsk` without a terminal. `--yes` is no answer to it.
 */
export async function confirm(
    work: readonly Work[],
    facts: Facts,
    named: readonly string[],
    context: Context,
): Promise<void> {
    for (const { title, name } of toConfirm(work, facts)) {
        if (named.includes(name)) continue
        const question = {
            text: `What only the old value of ${title} opens is lost. Type ${name} to replace it: `,
            instead: `--confirm ${name}`,
        }
        const terminal = context.terminal()
        if (terminal === undefined)
            throw new NobodyToAsk(`cannot ask without a terminal whether ${title} is to be replaced`, {
                hint: `use --confirm ${name}; what only the old value opens is lost`,
            })
        if ((await askLine(terminal, question)) !== name)
            throw new Failure("refused", `nothing was changed: that is not ${name}`)
    }
}
