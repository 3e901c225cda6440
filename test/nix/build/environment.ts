// How Nix is told to build on any machine: with the tools of the machine, so without a sandbox, and from nowhere else.

import { env } from "node:process"

/** The environment for Nix's programs. */
export function nixEnvironment(): NodeJS.ProcessEnv {
    return { ...env, NIX_CONFIG: "build-users-group =\nsandbox = false\nsubstituters =" }
}
