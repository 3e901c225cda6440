import type { Context } from "../context.ts"
import { mutate } from "../change/mutation.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { noSuchSecret } from "../keys/open-secret.ts"
import { pathOfSecret } from "../repository/secret-file.ts"

interface Input {
    readonly secret: readonly string[]
    readonly all: boolean
    readonly moved: boolean
}

/** Binds files as they are to their places and readers: what sops or clan wrote is accepted. */
export async function bind({ secret, all, moved }: Input, context: Context): Promise<void> {
    if (all === secret.length > 0)
        throw new Failure("usage", "name the secrets to bind, or use --all", { hint: "hostseal bind --all" })
    const flake = flakeDirectory(context)
    const paths = secret.map((name) => pathOfSecret(name, flake, context))
    await mutate(context, {
        message: `secrets: bind ${all ? "all" : secret.join(", ")}`,
        edit: async ({ repo, sealed }) => {
            const missing = paths.find((path) => !sealed.has(path))
            if (missing !== undefined) throw await noSuchSecret(flake, missing, context)
            return { repo }
        },
        bind: { paths: all ? undefined : paths, moved },
    })
}
