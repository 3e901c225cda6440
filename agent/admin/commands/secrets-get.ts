import { isUtf8 } from "node:buffer"
import { secretPath } from "../../repo/edits.ts"
import { printJson } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { noSuchSecret, openSecret } from "../keys/open-secret.ts"

/** Writes the value of a secret: its bytes and nothing else (clan-secrets D9). */
export async function get({ secret }: { readonly secret: string }, context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    const value = await openSecret(flake, secretPath(secret), context)
    if (value === undefined) throw noSuchSecret(flake, secret)
    if (context.flags.json) {
        const encoding = isUtf8(value) ? "utf8" : "base64"
        return printJson(context, { name: secret, encoding, value: value.toString(encoding) })
    }
    if (context.isTerminal.stdout && !isText(value)) {
        throw new Failure("refused", `the value of "${secret}" is not text, and this is a terminal`, {
            hint: `hostseal get ${secret} > FILE`,
        })
    }
    context.out(value)
}

/** Whether a terminal can show it: no control characters but tabs and line ends. */
function isText(value: Buffer): boolean {
    return isUtf8(value) && value.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
}
