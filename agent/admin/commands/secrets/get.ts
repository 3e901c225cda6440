import { isUtf8 } from "node:buffer"
import { visibleName } from "../../../error.ts"
import { secretName } from "../../../repo/edits.ts"
import { printJson } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { publicValue } from "../../repository/public-var.ts"
import { formatAt, pathOfSecret } from "../../repository/secret-file.ts"
import { noSuchSecret, openSecret } from "../../keys/open-secret.ts"

/** Writes the value of a secret: its bytes and nothing else (docs/clan-contract.md#defects, D9). */
export async function get(
    input: { readonly secret: readonly string[]; readonly as: string | undefined; readonly force: boolean },
    context: Context,
): Promise<void> {
    const { as, force } = input
    if (as !== undefined) {
        const { getMany } = await import("../../values/get-many.ts")
        return getMany(input.secret, as === "json" ? "json" : "dotenv", context)
    }
    const [secret = "", key, ...others] = input.secret
    if (others.length > 0)
        throw new Failure("usage", "one value is printed as it is; several need a format", {
            hint: "--as json or --as dotenv",
        })
    const flake = flakeDirectory(context)
    const path = pathOfSecret(secret, flake, context)
    if (key !== undefined && formatAt(path) === "binary")
        throw new Failure("usage", `${visibleName(secretName(path))} is one value, and has no keys`)
    const value =
        (await openSecret(flake, path, context, { key, anywhere: force })) ?? publicValue(flake, path)
    if (value === undefined) throw await noSuchSecret(flake, path, context)
    if (context.flags.json) {
        const encoding = isUtf8(value) ? "utf8" : "base64"
        return printJson(context, {
            secret: path,
            name: secretName(path),
            ...(key === undefined ? {} : { key }),
            encoding,
            value: value.toString(encoding),
        })
    }
    if (context.isTerminal.stdout && !isText(value)) {
        throw new Failure("refused", `the value of "${secret}" is not text, and this is a terminal`, {
            hint: `hostseal get ${secret} > FILE`,
        })
    }
    context.out(value)
    // The next prompt of the shell begins on a line of its own; what is written elsewhere is the value alone.
    if (context.isTerminal.stdout && value.length > 0 && value.at(-1) !== 10) context.out("\n")
}

/** Whether a terminal can show it: no control characters but tabs and line ends. */
function isText(value: Buffer): boolean {
    return isUtf8(value) && value.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
}
