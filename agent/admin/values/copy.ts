// A value for the clipboard, by the terminal itself: OSC 52, which also reaches from a remote machine to the one in front
// of which somebody sits. The value is never shown, and the clipboard is emptied after a while.

import { visibleName } from "../../error.ts"
import { secretName } from "../../repo/edits.ts"
import type { Context } from "../context.ts"
import { note } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { noSuchSecret, openSecret } from "../keys/open-secret.ts"
import { quantity } from "../quantity.ts"
import { publicValue } from "../repository/public-var.ts"
import { formatAt, pathOfSecret } from "../repository/secret-file.ts"
import { guard } from "../terminal/interruption.ts"

/** What terminals take: xterm's limit is about that. */
const largest = 74_000
const usualSeconds = 45

/** Puts a value into the clipboard of the terminal, and empties it after `seconds`; until then the command waits. */
export async function copy(
    {
        secret,
        key,
        seconds,
    }: {
        readonly secret: string
        readonly key: string | undefined
        readonly seconds: string | undefined
    },
    context: Context,
): Promise<void> {
    if (seconds !== undefined && !/^\d{1,5}$/u.test(seconds))
        throw new Failure("usage", "--seconds needs a number; 0 leaves the value there")
    const write = terminalOf(context)
    const flake = flakeDirectory(context)
    const path = pathOfSecret(secret, flake, context)
    const name = visibleName(secretName(path))
    if (key !== undefined && formatAt(path) === "binary")
        throw new Failure("usage", `${name} is one value, and has no keys`)
    const value = (await openSecret(flake, path, context, { key })) ?? publicValue(flake, path)
    if (value === undefined) throw await noSuchSecret(flake, path, context)
    if (value.length > largest)
        throw new Failure(
            "refused",
            `the value of ${name} is too long for a clipboard: ${value.length} bytes`,
            {
                hint: `hostseal get ${secret} > FILE`,
            },
        )
    const wait = seconds === undefined ? usualSeconds : Number(seconds)
    write(clipboard(value.toString("base64"), context.env["TERM"]))
    value.fill(0)
    if (wait === 0)
        return note(context, `${name} is in the clipboard, if your terminal lets programs write to it`)
    // What is not base64 empties it.
    const clear = (): void => write(clipboard("!", context.env["TERM"]))
    note(context, `${name} is in the clipboard for ${quantity(wait, "second")}; Ctrl-C takes it out at once`)
    const release = guard(clear)
    await new Promise((resolve) => setTimeout(resolve, wait * 1000))
    release()
    clear()
    note(context, "the clipboard is empty again")
}

/** The sequence; screen passes on to its terminal what is wrapped. */
function clipboard(content: string, term = ""): string {
    const sequence = `\u001b]52;c;${content}\u0007`
    return term.startsWith("screen") ? `\u001bP${sequence}\u001b\\` : sequence
}

function terminalOf({ isTerminal, err, out }: Context): (text: string) => void {
    if (isTerminal.stderr) return err
    if (isTerminal.stdout) return out
    throw new Failure("usage", "there is no terminal here, and so no clipboard of one", {
        hint: "hostseal get prints a value, hostseal run gives it to a command",
    })
}
