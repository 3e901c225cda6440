// The programs that a script is run with, where the sandbox can see them.

import { realpathSync } from "node:fs"
import { dirname } from "node:path"
import { findProgram } from "../../../os/children.ts"
import type { Environment } from "../../../os/children.ts"
import { Failure } from "../../failure.ts"

export interface Programs {
    readonly bash: string
    /** The folders of bash and of what is needed around a script. */
    readonly folders: readonly string[]
}

/** Throws `Failure` that names what is missing. */
export function scriptPrograms(env: Environment): Programs {
    // A profile leads to the store by links, which are not there in the sandbox.
    const [bash = "", ...others] = ["bash", "head", "base64", "mkdir"].map((name) => {
        const found = findProgram(name, env["PATH"])
        if (found === undefined)
            throw new Failure("refused", `there is no program "${name}", which scripts of generators need`)
        return realpathSync(found)
    })
    return { bash, folders: [...new Set([bash, ...others].map((program) => dirname(program)))] }
}
