// Before scripts run: whether they may, and whether they are there. Nobody is asked for an answer that is then of no use.

import { scriptFiles } from "../../../repo/generators/generator.ts"
import { titleOf } from "../../../repo/generators/placed.ts"
import type { Work } from "../../../repo/generators/work.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { askYesNo } from "../../terminal/prompt.ts"

/** How scripts are run. */
export interface ScriptWays {
    /** How long one may take. */
    readonly seconds: number
    /** Whether they run in the sandbox. */
    readonly confined: boolean
}

/** Reads `--timeout` and `--no-sandbox`. Without the sandbox a person has to say yes, so `--yes` does not go with it. */
export function scriptWays(
    { timeout, noSandbox }: { readonly timeout: string | undefined; readonly noSandbox: boolean },
    context: Context,
): ScriptWays {
    const seconds = timeout === undefined ? 60 : /^[1-9]\d{0,4}$/u.test(timeout) ? Number(timeout) : undefined
    if (seconds === undefined) throw new Failure("usage", "--timeout takes a number of seconds")
    if (noSandbox && context.flags.yes)
        throw new Failure("usage", "--no-sandbox and --yes cannot both be there: a person has to agree to it")
    return { seconds, confined: !noSandbox }
}

/** Throws `Failure` unless all scripts of this work can run. */
export async function prepareScripts(
    work: readonly Work[],
    { confined }: ScriptWays,
    context: Context,
): Promise<void> {
    const scripts = work.filter(({ placed: { generator }, files }) =>
        files.some((file) => scriptFiles(generator).includes(file)),
    )
    if (scripts.length === 0) return
    const generators = new Map(scripts.map(({ placed }) => [titleOf(placed), placed.generator]))
    if (confined) {
        const { problemOfSandbox } = await import("./sandbox.ts")
        const problem = await problemOfSandbox(context.env)
        if (problem !== undefined)
            throw new Failure("refused", `scripts of generators cannot run: ${problem}`, {
                hint: "hostseal doctor looks at it; --no-sandbox runs them with all that you may do",
            })
    } else await mustAgree([...generators.keys()], context)
    const { realise } = await import("./realise.ts")
    await realise(generators, context.env)
}

async function mustAgree(titles: readonly string[], context: Context): Promise<void> {
    const text = `Run the scripts of ${titles.join("; ")} with all that you may do, your keys and files included?`
    if (!(await askYesNo(context.terminal(), { text, instead: "the sandbox" })))
        throw new Failure("refused", "nothing was changed")
}
