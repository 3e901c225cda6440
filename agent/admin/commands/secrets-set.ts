import { addSecret, grant, secretPath } from "../../repo/edits.ts"
import type { Grantees } from "../../repo/edits.ts"
import { note } from "../context.ts"
import type { Context } from "../context.ts"
import { edit as editText } from "../editor.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { mutate } from "../mutation.ts"
import { withCaller } from "../own-access.ts"
import { openSecret } from "../secret-value.ts"
import { newValue } from "../value-source.ts"

interface Input {
    readonly secret: string
    readonly user: readonly string[]
    readonly machine: readonly string[]
    readonly group: readonly string[]
}

/** Makes a secret, or gives one a new value; those who are named can read it from now on. */
export async function set(
    input: Input & { readonly edit: boolean; readonly file: string | undefined },
    context: Context,
): Promise<void> {
    if (input.edit && input.file !== undefined)
        throw new Failure("usage", "--edit and --file exclude each other")
    if (input.edit) await edit(input, context)
    else await write(input, await newValue(input.file, context), context)
}

/** The same with the value from the user's editor. An unchanged value is not written; new readers still are. */
export async function edit(input: Input, context: Context): Promise<void> {
    const { secret } = input
    const flake = flakeDirectory(context)
    const old = await openSecret(flake, secretPath(secret), context)
    const edited = await editText(old ?? Buffer.alloc(0), secret, context.env)
    if (edited.kind === "changed") return write(input, edited.content, context)
    if (edited.atOnce)
        note(context, "the editor ended at once: if it has a window of its own, tell it to wait")
    if (old === undefined) throw new Failure("refused", `nothing was entered; there is no secret "${secret}"`)
    note(context, "the value is unchanged")
    if (input.user.length + input.machine.length + input.group.length > 0)
        await write(input, undefined, context)
}

/** Without a value only the readers change. */
async function write(input: Input, value: Buffer | undefined, context: Context): Promise<void> {
    const path = secretPath(input.secret)
    const named: Grantees = { users: input.user, machines: input.machine, groups: input.group }
    await mutate(context, {
        message: `secrets: update ${input.secret}`,
        ...(value === undefined ? {} : { values: new Map([[path, value]]) }),
        edit: async ({ repo, sealed }) => {
            const granted = grant(addSecret(repo, path), path, named)
            // Whoever can read it stays the same on an old secret: to overwrite a value is not to be let in.
            return { repo: sealed.has(path) ? granted : await withCaller(granted, [path], context) }
        },
    })
}
