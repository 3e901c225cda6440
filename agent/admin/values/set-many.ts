import { addSecrets, grantEach, secretPath } from "../../repo/edits.ts"
import type { Grantees } from "../../repo/edits.ts"
import { mutate } from "../change/mutation.ts"
import { withCaller } from "../change/own-access.ts"
import { nameProblem } from "../cli/name-check.ts"
import { someOf } from "../quantity.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { mustHaveAccess } from "../keys/access.ts"
import { flakeDirectory } from "../flake.ts"
import { layoutOf } from "../repository/layout.ts"
import { readGiven } from "../terminal/given-file.ts"
import { mustHoldSomething } from "../terminal/value-source.ts"
import { type TextFormat, valuesIn } from "./text.ts"

/** Of all values together. */
const largest = 64 * 1024 * 1024

interface Input {
    readonly user: readonly string[]
    readonly machine: readonly string[]
    readonly group: readonly string[]
    readonly file: string | undefined
    readonly allowEmpty: boolean
    readonly force: boolean
}

/** Makes all secrets that a text has, or gives them new values; those who are named can read all of them. */
export async function setMany(format: TextFormat, input: Input, context: Context): Promise<void> {
    if (layoutOf(flakeDirectory(context), context) === "sops")
        throw new Failure(
            "usage",
            "--from makes secrets of clan's layout, and this repository has a .sops.yaml",
            {
                hint: "hostseal set FILE KEY gives one value of a file",
            },
        )
    const found = valuesIn(await readGiven(input.file ?? "-", largest, context), format)
    const values = new Map<string, Buffer>()
    for (const [index, [name, value]] of [...found].entries()) {
        const problem = nameProblem("secret", name, "new")
        if (problem !== undefined)
            throw new Failure("usage", `entry ${index + 1}: this cannot be the name of a secret: ${problem}`)
        mustHoldSomething(value, input.allowEmpty, context)
        values.set(secretPath(name), value)
    }
    const paths = [...values.keys()]
    const named: Grantees = { users: input.user, machines: input.machine, groups: input.group }
    const grants = new Map(paths.map((path) => [path, named]))
    await mutate(context, {
        message: `secrets: update ${someOf([...found.keys()])}`,
        values,
        edit: async (tree) => {
            if (!input.force) for (const path of paths) await mustHaveAccess(tree, path, context)
            const fresh = paths.filter((path) => !tree.sealed.has(path))
            const granted = grantEach(addSecrets(tree.repo, paths), grants)
            return {
                repo: fresh.length === 0 ? granted : await withCaller(granted, fresh, context),
                named: { grants },
            }
        },
    })
}
