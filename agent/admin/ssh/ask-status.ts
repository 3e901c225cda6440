// What the agent of a machine says of itself, over SSH. The user's own ssh decides who they are and which host keys count.

import { childEnvironment, findProgram, run } from "../../os/children.ts"
import type { Environment } from "../../os/children.ts"
import { UserError, visible } from "../../error.ts"
import { Failure } from "../failure.ts"

const deadline = 60_000
const largest = 16 * 1024 * 1024

/** Asks `target` (`root@web01`) for the status of its agent. Throws when it cannot be asked, or says nothing. */
export async function askStatus(target: string, env: Environment): Promise<string> {
    // It would be an option.
    if (target.startsWith("-")) throw new Failure("usage", `"${visible(target)}" is not the name of a host`)
    const program = findProgram("ssh", env["PATH"])
    if (program === undefined) throw new UserError("ssh was not found in an absolute entry of PATH")
    const args = ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "--", target]
    const { end, stdout, stderr } = await run({
        program,
        args: [...args, "hostseal-agent status --json"],
        env: childEnvironment(env, ["SSH_AUTH_SOCK"]),
        deadline,
        maxOutput: largest,
    })
    // 3 and 5 are verdicts of the agent about what is installed.
    if (end.kind === "exit" && [0, 3, 5].includes(end.code) && stdout.length > 0)
        return stdout.toString("utf8")
    const said = stderr.trim()
    throw new Failure("not-found", `${visible(target)} could not be asked`, {
        ...(said === "" ? {} : { cause: new Error(said) }),
        hint: "or hand over what it says: ssh HOST hostseal-agent status --json | hostseal machines status NAME --heard -",
    })
}
