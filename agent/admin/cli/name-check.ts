import { visible } from "../../error.ts"
import { type Named, problemOfName, problemOfOldName } from "../../repo/names.ts"
import { problemOfVar } from "../../repo/var-path.ts"
import { Failure } from "../failure.ts"

/**
 * `name` itself, when it may be the name of one. `new` asks for what every tool and every machine can live with;
 * `existing` for what cannot lead out of its folder. Of a secret it may be the path of a var. Throws `Failure` with exit code 2; `what` is the argument's name.
 */
export function checkName(kind: Named, name: string, what: string, age: "new" | "existing"): string {
    const problem = nameProblem(kind, name, age)
    if (problem === undefined) return name
    throw new Failure("usage", `${what}: "${visible(name)}" cannot be the name of a ${kind}: ${problem}`)
}

/** Why it may not be, without a word of it. */
export function nameProblem(kind: Named, name: string, age: "new" | "existing"): string | undefined {
    if (kind === "secret" && name.startsWith("vars/")) return problemOfVar(name, age)
    return age === "new" ? problemOfName(kind, name) : problemOfOldName(kind, name)
}
