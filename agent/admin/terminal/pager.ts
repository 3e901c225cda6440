// Text that is longer than the screen goes through the user's pager, as with git.

import { childEnvironment, findProgram } from "../../os/children.ts"
import type { World } from "../context.ts"

/** What less is told that is told nothing else: end when it fits, colours as they are, leave it on the screen. */
const lessOptions = "FRX"

/**
 * Writes text to standard output; on a terminal, and when it is longer than that, through $PAGER, or less. A pager that
 * cannot be started is no reason to show nothing. An empty $PAGER, or cat, means none.
 */
export function page(text: string, { env, isTerminal, out, rows }: World): void {
    const chosen = env["PAGER"] ?? "less"
    const shell = findProgram("sh", env["PATH"])
    const isLong = text.split("\n").length > (rows?.() ?? Number.POSITIVE_INFINITY)
    if (!isLong || !isTerminal.stdout || ["", "cat"].includes(chosen) || shell === undefined) return out(text)
    const { spawnSync } = process.getBuiltinModule("node:child_process")
    const { status } = spawnSync(shell, ["-c", chosen], {
        input: text,
        stdio: ["pipe", "inherit", "inherit"],
        env: { LESS: lessOptions, LV: "-c", ...childEnvironment(env, ["LESS", "LESSCHARSET", "TERM"]) },
    })
    // 126 and 127: the shell has not found it, or could not start it.
    if (status === 126 || status === 127) out(text)
}
