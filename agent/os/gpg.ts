// PGP recipients, for documents that have them, through gpg and in the way sops calls it: data keys go in and out over
// pipes, and gpg-agent asks for the passphrase itself.

import { readlinkSync } from "node:fs"
import { dirname } from "node:path"
import { childEnvironment, findProgram, run } from "./children.ts"
import type { Environment, Result } from "./children.ts"
import { UserError } from "../error.ts"
import { splitWords } from "./shell-words.ts"

/** A gpg that was found. What it is asked one after the other: two pinentries at once help nobody. */
export interface Gpg {
    /** Wraps a data key, armoured as sops files hold it: without a final newline. */
    wrap(fingerprint: string, dataKey: Buffer): Promise<string>
    /**
     * The data key, or `undefined` when gpg has no secret key with this fingerprint or this message is not for it.
     * Throws when the key is there and stays locked; who cancelled once is not asked again for the next file.
     */
    unwrap(fingerprint: string, message: string): Promise<Buffer | undefined>
    /** The fingerprints of all secret keys, subkeys included. */
    secretKeys(): Promise<ReadonlySet<string>>
    /** Whether there is a gpg-agent for this home. None is started to find out. */
    hasAgent(): Promise<boolean>
    /** Ends the gpg-agent of this home, with the keys that it has unlocked. */
    endAgent(): Promise<void>
}

/** Encrypting asks nobody; reading the keyring does not either. */
const quick = 30_000
/** Long enough to find the smart card, short enough for a terminal that was forgotten. */
const patient = 10 * 60_000
/** libgpg-error codes: bad passphrase, timeout, no agent, no pinentry, cancelled, fully cancelled. */
const locked = new Set([11, 62, 77, 85, 99, 198])

/**
 * The program that `$SOPS_GPG_EXEC` names, or `gpg`, from the absolute entries of PATH. `undefined` when there is
 * none. Nothing is run before it is needed.
 */
export function findGpg(env: Environment): Gpg | undefined {
    const [name = "gpg"] = splitWords(env["SOPS_GPG_EXEC"] ?? "", "SOPS_GPG_EXEC")
    const program = findProgram(name, env["PATH"])
    if (program === undefined) return undefined

    const environment = { ...childEnvironment(env, ["GNUPGHOME", "PINENTRY_USER_DATA"]) }
    const terminal = env["GPG_TTY"] ?? terminalName()
    if (terminal !== undefined) environment["GPG_TTY"] = terminal
    let turn: Promise<unknown> = Promise.resolve()
    const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
        const mine = turn.then(work)
        turn = mine.catch(() => undefined)
        return mine
    }
    const gpg: Call = async (args, input, deadline) =>
        run({ program, args: ["--batch", ...args], env: environment, deadline, input })
    const askAgent = async (question: string): Promise<string> => {
        // Both come in one package.
        const asking = findProgram("gpg-connect-agent", `${dirname(program)}:${env["PATH"] ?? ""}`)
        if (asking === undefined) return ""
        const args = ["--no-autostart", question, "/bye"]
        const asked = { program: asking, args, env: environment, deadline: quick, input: Buffer.alloc(0) }
        try {
            return (await run(asked)).stdout.toString("latin1")
        } catch (error) {
            // What opens secrets is gpg: they are not lost because nobody can ask about its agent.
            if (error instanceof UserError) return ""
            throw error
        }
    }
    let known: Promise<ReadonlySet<string>> | undefined
    const refusals = new Map<string, UserError>()
    const secretKeys = async (): Promise<ReadonlySet<string>> =>
        (known ??= inTurn(async () => listSecretKeys(gpg)))
    return {
        secretKeys,
        hasAgent: async () => /^D \d+$/mu.test(await askAgent("GETINFO pid")),
        endAgent: async () => void (await askAgent("KILLAGENT")),
        wrap: async (fingerprint, dataKey) => inTurn(async () => wrap(gpg, fingerprint, dataKey)),
        unwrap: async (fingerprint, message) => {
            if (!isAmong(await secretKeys(), fingerprint)) return undefined
            return inTurn(async () => {
                // Known by now to those too who waited while somebody was asked.
                const refusal = refusals.get(fingerprint)
                if (refusal !== undefined) throw refusal
                try {
                    return await unwrap(gpg, fingerprint, message)
                } catch (error) {
                    if (error instanceof UserError) refusals.set(fingerprint, error)
                    throw error
                }
            })
        },
    }
}

/** The fingerprint in the form gpg takes it, upper case without blanks. Throws for anything else (D12). */
export function parseFingerprint(text: string): string {
    const fingerprint = text.replaceAll(" ", "").replace(/^0x/iu, "").toUpperCase()
    if (/^(?:[0-9A-F]{16}|[0-9A-F]{40}|[0-9A-F]{64})$/u.test(fingerprint)) return fingerprint
    throw new UserError("a PGP key is named by its fingerprint: 40 hexadecimal digits", {
        hint: "gpg --list-keys --fingerprint shows it",
    })
}

type Call = (args: readonly string[], input: Buffer, deadline: number) => Promise<Result>

async function wrap(gpg: Call, fingerprint: string, dataKey: Buffer): Promise<string> {
    const recipient = parseFingerprint(fingerprint)
    const trust = ["--trusted-key", recipient.slice(-16), "--no-encrypt-to", "--no-auto-key-locate"]
    const args = [
        "--no-default-recipient",
        "--yes",
        "--encrypt",
        "--armor",
        "--recipient",
        recipient,
        ...trust,
    ]
    const { end, stdout, stderr } = await gpg(args, dataKey, quick)
    const message = stdout.toString("latin1").trimEnd()
    if (end.kind === "exit" && end.code === 0 && message.startsWith("-----BEGIN PGP MESSAGE-----"))
        return message
    throw new UserError(`gpg cannot encrypt to ${recipient}`, {
        cause: new Error(lastLine(stderr)),
        hint: `import the public key: gpg --receive-keys ${recipient}`,
    })
}

async function unwrap(gpg: Call, fingerprint: string, message: string): Promise<Buffer | undefined> {
    const args = ["--status-fd", "2", "--decrypt"]
    const { end, stdout, stderr } = await gpg(args, Buffer.from(message), patient)
    if (end.kind === "exit" && end.code === 0 && stdout.length > 0) return stdout
    stdout.fill(0)
    const code = /^\[GNUPG:\] ERROR pkdecrypt_failed (\d{1,10})/mu.exec(stderr)?.[1]
    if (end.kind === "deadline" || (code !== undefined && locked.has(Number(code) % 65_536))) {
        throw new UserError(`the PGP key ${fingerprint} was not unlocked`, {
            hint: "gpg-agent asks for its passphrase; set GPG_TTY if pinentry has no terminal",
        })
    }
    return undefined
}

async function listSecretKeys(gpg: Call): Promise<ReadonlySet<string>> {
    const { stdout } = await gpg(["--with-colons", "--list-secret-keys"], Buffer.alloc(0), quick)
    const records = stdout
        .toString("latin1")
        .split("\n")
        .map((line) => line.split(":"))
    return new Set(records.flatMap(([kind, ...fields]) => (kind === "fpr" ? [fields[8] ?? ""] : [])))
}

/** Files may name a key by its long key ID, the last 16 digits of the fingerprint. */
function isAmong(fingerprints: ReadonlySet<string>, text: string): boolean {
    try {
        const wanted = parseFingerprint(text)
        return [...fingerprints].some((fingerprint) => fingerprint.endsWith(wanted))
    } catch {
        return false
    }
}

function lastLine(stderr: string): string {
    return stderr.trim().split("\n").at(-1) ?? ""
}

/** The terminal on standard input, which `pinentry` has to be told about (gpg-agent(1), GPG_TTY). */
function terminalName(): string | undefined {
    try {
        const name = readlinkSync("/proc/self/fd/0")
        return /^\/dev\/(?:pts\/|tty)\d+$/u.test(name) ? name : undefined
    } catch {
        return undefined
    }
}
