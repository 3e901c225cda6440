import type { Context } from "../../context.ts"
import { mutate } from "../../change/mutation.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { noSuchSecret } from "../../keys/open-secret.ts"
import { askYesNo } from "../../terminal/prompt.ts"
import { pathOfSecret } from "../../repository/secret-file.ts"

interface Input {
    readonly secret: readonly string[]
    readonly all: boolean
    readonly moved: boolean
    readonly strict: string | undefined
}

/** Binds files as they are to their places and readers: what sops or clan wrote is accepted. */
export async function bind({ secret, all, moved, strict }: Input, context: Context): Promise<void> {
    if (strict === "on" && !all)
        throw new Failure("usage", "--strict on is about all secrets", {
            hint: "hostseal bind --all --strict on",
        })
    if (strict === "off" && !all && secret.length === 0) {
        await mayBeLax(context)
        await mutate(context, {
            serves: "both",
            message: "secrets: take what is not bound",
            edit: ({ repo }) => ({ repo }),
            bind: { paths: [], moved: false },
            strict: false,
        })
        return
    }
    if (strict === "off")
        throw new Failure("usage", "--strict off binds nothing", { hint: "hostseal bind --strict off" })
    if (all === secret.length > 0)
        throw new Failure("usage", "name the secrets to bind, or use --all", { hint: "hostseal bind --all" })
    const flake = flakeDirectory(context)
    const paths = secret.map((name) => pathOfSecret(name, flake, context))
    await mutate(context, {
        serves: "both",
        message: `secrets: bind ${all ? "all" : secret.join(", ")}`,
        edit: async ({ repo, sealed }) => {
            const missing = paths.find((path) => !sealed.has(path))
            if (missing !== undefined) throw await noSuchSecret(flake, missing, context)
            return { repo }
        },
        bind: { paths: all ? undefined : paths, moved },
        strict: strict === "on" ? true : undefined,
    })
}

/** Whoever may write to a repository would have it so: a person says it, or `--accept all`; `--yes` is no answer. */
async function mayBeLax(context: Context): Promise<void> {
    if (context.flags.accept.includes("all") || context.flags.dryRun) return
    const terminal = context.terminal()
    const question = {
        text: "Take files that nobody has bound, in every command of this clone?",
        instead: "--accept all",
    }
    if (terminal !== undefined && (await askYesNo(terminal, question))) return
    throw new Failure("refused", "nothing was changed: what is not bound stays refused", {
        hint: "if it is meant: hostseal bind --strict off --accept all",
    })
}
