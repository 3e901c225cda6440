// The manifest of a flake: one evaluation of its output `hostseal.generators`, for all machines.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { childEnvironment, findProgram, run } from "../../os/children.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"

const output = "hostseal.generators"
const largest = 64 * 1024 * 1024
const halfAnHour = 1_800_000

/** The JSON that Nix makes of it. Throws `Failure` that says what is missing: a flake, Nix, or the output. */
export async function evaluateGenerators(flake: string, context: Context): Promise<string> {
    const instead = "give the manifest with --manifest FILE"
    if (!existsSync(join(flake, "flake.nix")))
        throw new Failure("usage", "--manifest FILE is missing: it says what to generate", {
            hint: `a flake with the output ${output} needs none`,
        })
    const program = findProgram("nix", context.env["PATH"])
    if (program === undefined)
        throw new Failure("refused", `there is no program nix to evaluate ${output} of the flake`, {
            hint: instead,
        })
    const { end, stdout, stderr } = await run({
        program,
        args: [
            "--extra-experimental-features",
            "nix-command flakes",
            "eval",
            "--json",
            "--no-write-lock-file",
            `${flake}#${output}`,
        ],
        env: childEnvironment(context.env, [
            "NIX_CONFIG",
            "NIX_REMOTE",
            "NIX_SSL_CERT_FILE",
            "SSH_AUTH_SOCK",
        ]),
        cwd: flake,
        deadline: halfAnHour,
        maxOutput: largest,
    })
    if (end.kind === "exit" && end.code === 0) return stdout.toString("utf8")
    if (end.kind === "too much output")
        throw new Failure("refused", `${output} of the flake is larger than 64 MiB`, { hint: instead })
    if (/does not provide attribute/u.test(stderr))
        throw new Failure("usage", `the flake has no output ${output}`, {
            hint: `add ${output} = hostseal.lib.generators self.nixosConfigurations; or ${instead}`,
        })
    throw new Failure("refused", `nothing was changed: ${output} of the flake cannot be evaluated`, {
        cause: new Error(stderr.trim().split("\n").slice(-15).join("\n")),
    })
}
