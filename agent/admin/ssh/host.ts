// The SSH host key of a machine: asked for over the network, or read from a file. It becomes the machine's age key, so
// whoever could put another key here could read the machine's secrets: a person compares the fingerprint.

import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { sshToAgeRecipient } from "../../age/ssh/edwards.ts"
import { AgeError } from "../../age/error.ts"
import { fingerprint, parseSshPublicLine } from "../../age/ssh/public.ts"
import { childEnvironment, findProgram, run } from "../../os/children.ts"
import type { Environment } from "../../os/children.ts"
import { UserError, visible } from "../../error.ts"
import { Failure } from "../failure.ts"

/** An ed25519 SSH host key. */
export interface HostKey {
    /** `ssh-ed25519 AAAA…` */
    readonly line: string
    /** As `ssh-keygen -l` prints it: `SHA256:…`. */
    readonly fingerprint: string
    /** The age recipient that it is, as ssh-to-age converts it. */
    readonly recipient: string
}

const scanDeadline = 30_000
const largestText = 256 * 1024

/**
 * Asks a host for its ed25519 host key with ssh-keyscan. `host` may have a user in front and a port behind. Nothing
 * vouches for the answer. Throws when the host does not answer, or has no such key.
 */
export async function scanHost(host: string, env: Environment): Promise<HostKey> {
    const { name, port } = parseHost(host)
    const program = findProgram("ssh-keyscan", env["PATH"])
    if (program === undefined) throw new UserError("ssh-keyscan was not found in an absolute entry of PATH")
    const args = ["-T", "10", "-t", "ed25519", ...(port === undefined ? [] : ["-p", port]), "--", name]
    const { stdout, stderr } = await run({
        program,
        args,
        env: childEnvironment(env),
        deadline: scanDeadline,
    })
    const keys = hostKeysIn(stdout.toString("utf8"))
    const [key, ...others] = keys
    if (key !== undefined && others.length === 0) return key
    const lines = `${stdout.toString("utf8")}\n${stderr}`.split("\n").map((line) => line.trim())
    const said = new Set(lines.filter((line) => line !== "" && !line.startsWith("#")))
    // It repeats the greeting of every SSH server that answered, "# web01:22 SSH-2.0-OpenSSH_9.9".
    if (!lines.some((line) => /^#.* SSH-/u.test(line)))
        throw new Failure("not-found", `no SSH server answered at ${visible(host)}`, {
            ...(said.size === 0 ? {} : { cause: new Error([...said].join("; ")) }),
            hint: "look at the name and the port, and whether the machine is up",
        })
    throw new Failure("not-found", `${visible(host)} did not show an ed25519 SSH host key`, {
        ...(said.size === 0 ? {} : { cause: new Error([...said].join("; ")) }),
        hint: "ssh-keygen -A, as root on that machine, makes it one",
    })
}

/**
 * The ed25519 host key in a text: a `.pub` file, or what ssh-keyscan printed. Other kinds of keys are passed over. Throws
 * when there is none or more than one, and for a private key, without repeating any of it.
 */
export function hostKeyIn(text: string, source: string): HostKey {
    if (text.length > largestText) throw new UserError(`${source} is too large for a public key`)
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-/u.test(text)) {
        throw new Failure("refused", `${source} holds a private key; give the public one (.pub)`)
    }
    const keys = hostKeysIn(text)
    const [key, ...others] = keys
    if (key === undefined) throw new Failure("not-found", `${source} holds no ssh-ed25519 public key`)
    if (others.length === 0) return key
    const list = keys.map((each) => `\n  ${each.fingerprint}`).join("")
    throw new Failure("refused", `${source} holds more than one ssh-ed25519 public key:${list}`)
}

/** What the user's known_hosts says of this host: nothing, the same key, or another one. */
export async function knownHost(
    host: string,
    key: HostKey,
    env: Environment,
): Promise<"unknown" | "same" | "other"> {
    const program = findProgram("ssh-keygen", env["PATH"])
    const file = join(env["HOME"] ?? homedir(), ".ssh", "known_hosts")
    if (program === undefined || !existsSync(file)) return "unknown"
    const args = ["-F", knownName(host), "-f", file]
    const { stdout } = await run({ program, args, env: childEnvironment(env), deadline: scanDeadline })
    const known = hostKeysIn(stdout.toString("utf8"))
    if (known.length === 0) return "unknown"
    return known.some(({ line }) => line === key.line) ? "same" : "other"
}

/** How known_hosts calls a host. */
export function knownName(host: string): string {
    const { name, port } = parseHost(host)
    return port === undefined || port === "22" ? name : `[${name}]:${port}`
}

/** The usable ed25519 keys of a text, each once. */
function hostKeysIn(text: string): HostKey[] {
    const keys = new Map<string, HostKey>()
    for (const raw of text.split("\n")) {
        const line = raw.trim()
        if (line === "" || line.startsWith("#") || !line.includes("ssh-ed25519")) continue
        const key = hostKeyOf(line)
        if (key !== undefined) keys.set(key.line, key)
    }
    return [...keys.values()]
}

function hostKeyOf(line: string): HostKey | undefined {
    try {
        const { type, text } = parseSshPublicLine(line)
        if (type !== "ssh-ed25519") return undefined
        return { line: text, fingerprint: fingerprint(text), recipient: sshToAgeRecipient(text) }
    } catch (error) {
        if (error instanceof AgeError) return undefined
        throw error
    }
}

/** `root@web01`, `web01:2222`, `[2001:db8::1]:22`, `2001:db8::1`. */
function parseHost(host: string): { name: string; port: string | undefined } {
    const given = host.replace(/^[a-z_][a-z0-9_-]*@/u, "")
    const [, bracketed, plain, port] =
        /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/u.exec(given) ?? []
    const name = bracketed ?? plain ?? (/^[0-9a-fA-F:.]+$/u.test(given) ? given : "")
    // A name that begins with a dash would be an option, one with a comma several hosts.
    if (/^[a-zA-Z0-9:][a-zA-Z0-9._:%-]*$/u.test(name)) return { name, port }
    throw new Failure("usage", `"${visible(host)}" is not the name or address of a host`)
}
