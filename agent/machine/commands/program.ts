import { parseCommandLine, parseLegacyCommandLine, UsageError } from "./command-line.ts"
import type { Request } from "./command-line.ts"
import type { Host } from "../host.ts"
import { installCommand } from "./install.ts"
import { exitCodeFor, exitCodes, tellError } from "../report.ts"
import { version } from "../version.ts"

/**
 * The name under which it is sops-install-secrets: its arguments, and exit codes 0 and 1. The units of the module get
 * the codes of hostseal-agent all the same, for systemd to tell whether trying again can help.
 */
export const legacyName = "sops-install-secrets"

/** Does what a command line says, and returns the exit code. Whatever goes wrong was told before it returns. */
export async function runProgram(args: readonly string[], host: Host): Promise<number> {
    const isLegacy = host.program === legacyName
    const code = await attempt(isLegacy ? parseLegacyCommandLine : parseCommandLine, args, host)
    const isUnit = host.env["SOPS_RESTART_UNITS_VIA_SYSTEMCTL"] === "1"
    return isLegacy && !isUnit ? Math.min(code, 1) : code
}

async function attempt(
    parse: (args: readonly string[]) => Request,
    args: readonly string[],
    host: Host,
): Promise<number> {
    try {
        return await perform(parse(args), host)
    } catch (error) {
        tellError(error, host)
        return error instanceof UsageError ? exitCodes.usage : exitCodeFor(error)
    }
}

/** What a boot does is at hand; every other command is loaded when it is called. */
async function perform(request: Request, host: Host): Promise<number> {
    switch (request.kind) {
        case "install":
            return await installCommand(request, host)
        case "run":
            return await (await import("./run.ts")).runResident(request, host)
        case "check":
            return await (await import("./check.ts")).checkCommand(request, host)
        case "status":
            return (await import("./status.ts")).statusCommand(request, host)
        case "recipient":
            return (await import("./recipient.ts")).recipientCommand(request, host)
        case "version":
            host.print(`hostseal-agent ${version}`)
            return exitCodes.done
        case "help":
            break
    }
    // sops-install-secrets keeps its standard output for what changes.
    if (host.program === legacyName) host.tellBare(request.text)
    else host.print(request.text)
    return exitCodes.done
}
