// Believing a host key: the network is asked by anybody, so a person compares fingerprints before it counts.

import { Failure } from "../failure.ts"
import type { Context } from "../context.ts"
import { readGiven } from "../terminal/given-file.ts"
import { askYesNo } from "../terminal/prompt.ts"
import { hostKeyIn, knownHost, knownName, scanHost } from "./host.ts"
import type { HostKey } from "./host.ts"

const largestKeyText = 256 * 1024

/**
 * Asks a host for its key, shows it, and returns it once the user said yes (or --yes). A key that known_hosts
 * contradicts is refused whatever the user says: they would not see why it matters here.
 */
export async function confirmedHostKey(host: string, context: Context): Promise<HostKey> {
    const key = await scanHost(host, context.env)
    const known = await knownHost(host, key, context.env)
    if (known === "other") {
        throw new Failure(
            "refused",
            `${host} shows another SSH host key than the one in your known_hosts: ${key.fingerprint}`,
            {
                hint: `if the machine was installed anew, remove the old one first: ssh-keygen -R "${knownName(host)}"`,
            },
        )
    }
    // Whoever is asked sees what about, --quiet or not.
    if (!context.flags.json || !context.flags.yes) {
        context.err(described(`${host} shows this SSH host key`, key))
        context.err(known === "same" ? inKnownHosts : compareIt)
    }
    const question = {
        text: `Is this the fingerprint of ${host}?`,
        instead: "--yes, or --ssh-key with a key that you trust",
    }
    if (context.flags.yes || (await askYesNo(context.terminal(), question))) return key
    throw new Failure("refused", "the host key was not confirmed; nothing was changed")
}

/**
 * The host key in a file, or with `-` on standard input, shown so that it can be compared; a person at a terminal says
 * whether it is the right one (or --yes).
 */
export async function givenHostKey(file: string, context: Context): Promise<HostKey> {
    const text = (await readGiven(file, largestKeyText, context)).toString("utf8")
    const source = file === "-" ? "standard input" : file
    const key = hostKeyIn(text, source)
    const terminal = context.flags.yes ? undefined : context.terminal()
    if (!(context.flags.quiet || context.flags.json) || terminal !== undefined)
        context.err(described(`${source} has this SSH host key`, key))
    if (terminal === undefined) return key
    const question = { text: "Is this the fingerprint of the machine?", instead: "--yes" }
    if (await askYesNo(terminal, question)) return key
    throw new Failure("refused", "the host key was not confirmed; nothing was changed")
}

const inKnownHosts = "your known_hosts has the same key for this host\n"
const compareIt = "compare it on the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\n"

function described(introduction: string, { fingerprint, recipient }: HostKey): string {
    return `${introduction}:\n  ${fingerprint} (ED25519)\n  ${recipient}\n`
}
