// The user's private keys: found in the places of docs/command-line.md#keys, and opened no sooner than a file needs them.

import { AgeError } from "../../age/error.ts"
import { readHeader } from "../../age/file.ts"
import { parseIdentityFile, spreadIdentities } from "../../age/identity-file.ts"
import type { PluginIdentity } from "../../age/identity-file.ts"
import type { Identity } from "../../age/key.ts"
import { needsPassphrase, openWithPassphrase } from "../../age/passphrase.ts"
import { chosenEnvironment, findProgram, run } from "../../os/children.ts"
import { UserError } from "../../error.ts"
import { largestIdentityFile, largestSshKey, readKeyFile } from "../../os/key-file.ts"
import type { KeyEntry } from "../../sops/key-entry.ts"
import type { Keyring } from "../../sops/unlock.ts"
import { detail, warn } from "../context.ts"
import type { Context } from "../context.ts"
import { findGpg } from "../../os/gpg.ts"
import { once, unknownIdentity, withPassphrase } from "./locked.ts"
import type { Opener } from "./locked.ts"
import { places } from "./places.ts"
import type { Place } from "./places.ts"
import { sshFileIdentities } from "./ssh.ts"
import { shortened } from "./recipient-name.ts"
import { shellWord } from "../../os/shell-words.ts"
import { utf16Of } from "../../utf16.ts"
import { splitWords } from "../../os/shell-words.ts"

/** An identity and where it was found. */
export interface FoundKey {
    /** Its `recipient` is "" as long as only opening it would tell. */
    readonly identity: Identity
    /** The place, for people; and as clan prints it: the path, or the bare name of the variable. */
    readonly source: string
    readonly origin: string
    /** An SSH key gives identities of both looks, `age1…` and `ssh-…`. */
    readonly kind: "age" | "ssh"
    /** Tells the recipients at the price of opening: of a passphrase, or of running a command. */
    readonly reveal?: () => Promise<readonly string[]>
}

/** A place that was looked at. Without a problem it is one that identities were found in. */
export interface Tried {
    readonly place: string
    readonly recipients: readonly string[]
    readonly problem?: string
    /** What to run against the problem, where that is known. */
    readonly remedy?: string
    /** What is unsafe about it, although it is used. */
    readonly warning?: string
    /** Nothing is there, and nobody said that something was. */
    readonly isVacant?: true
}

export interface Identities {
    readonly keyring: Keyring
    readonly found: readonly FoundKey[]
    readonly tried: readonly Tried[]
}

/** A command that prints a key may ask for a master password first. */
const commandDeadline = 10 * 60_000

/** What was found for each command: who looks again must not ask again. */
const known = new WeakMap<Context, Promise<Identities>>()

/**
 * Everything that the user can open files with, best first; see `places` for the order. Asks nothing and starts
 * nothing: that happens when a file needs it, once per identity and command. A named place (`--identity`) that cannot be
 * used is an error; elsewhere it is noted in `tried`.
 */
export async function findIdentities(context: Context): Promise<Identities> {
    const before = known.get(context)
    if (before !== undefined) return before
    const found = lookEverywhere(context)
    known.set(context, found)
    return found
}

async function lookEverywhere(context: Context): Promise<Identities> {
    const found: FoundKey[] = []
    const tried: Tried[] = []
    let ageFound = false
    for (const place of places(context.env, context.flags.identity, context.cwd)) {
        if (place.holds === "age" && ageFound) continue
        let warning: string | undefined
        try {
            const here = await lookAt(place, context, (text) => {
                warning = text
                warn(context, text)
            })
            if (here === undefined) {
                const isVacant = place.kind === "file" && !place.named ? { isVacant: true as const } : {}
                tried.push({ place: place.name, recipients: [], problem: "not there", ...isVacant })
                continue
            }
            found.push(...here)
            if (place.holds === "age") ageFound = true
            tried.push({
                place: place.name,
                ...(warning !== undefined && { warning }),
                // What is locked now may be open by the time that somebody asks.
                get recipients() {
                    return here.map(({ identity }) => identity.recipient)
                },
            })
        } catch (error) {
            if (!(error instanceof UserError || error instanceof AgeError)) throw error
            if (place.holds === "any")
                throw new UserError(`--identity ${place.name} cannot be used`, { cause: error })
            const remedy =
                error instanceof UserError && error.hint !== undefined ? { remedy: error.hint } : {}
            // Who tells the problem tells the remedy too, or has a better one.
            tried.push({ place: place.name, recipients: [], problem: error.message, ...remedy })
        }
    }
    const identities = found.map(({ identity, source }) => announced(identity, source, context))
    return { keyring: { identities, foreign: foreignOpener(context) }, found, tried }
}

/** What a place holds; `undefined` when there is no such place. Throws when it cannot be used. */
async function lookAt(
    place: Place,
    context: Context,
    warning: (text: string) => void,
): Promise<readonly FoundKey[] | undefined> {
    if (place.kind === "text")
        return readable(await ageIdentities(spreadIdentities(place.text), context), place, "age")
    if (place.kind === "command") {
        return locked(async () => ageIdentities(await runKeyCommand(place.command, context), context), place)
    }
    const bytes = readKeyFile(place.path, {
        uid: process.getuid?.() ?? 0,
        largest: largestIdentityFile,
        warn: warning,
    })
    if (bytes === undefined && place.holds === "any") throw new UserError("there is no such file")
    return bytes && fileIdentities(place, bytes, context)
}

/** A key file of any kind; what kind it is, its first bytes tell. */
async function fileIdentities(
    place: Place & { readonly kind: "file" },
    bytes: Buffer,
    context: Context,
): Promise<FoundKey[]> {
    const { path } = place
    const wide = utf16Of(bytes)
    if (wide !== undefined) {
        const [file, aside] = [shellWord(path), shellWord(`${path}.new`)]
        throw new UserError("it is UTF-16, and keys are plain text", {
            hint: `(umask 077; iconv -f ${wide} -t UTF-8 ${file} > ${aside}) && mv ${aside} ${file}`,
        })
    }
    const begin = bytes.subarray(0, 64).toString("latin1").trimStart()
    if (
        begin.startsWith("-----BEGIN AGE ENCRYPTED FILE-----") ||
        begin.startsWith("age-encryption.org/v1\n")
    ) {
        if (!needsPassphrase(readHeader(bytes)))
            throw new AgeError("key", "the identity file is encrypted to a recipient, not with a passphrase")
        const open = async (passphrase: Buffer): Promise<Buffer> => openWithPassphrase(bytes, passphrase)
        return locked(async () => ageIdentities(await withPassphrase(path, context, open), context), place)
    }
    if (/^[ \t]*-----BEGIN [A-Z ]*KEY-----/mu.test(bytes.toString("latin1", 0, largestSshKey)))
        return readable(sshFileIdentities(path, bytes, context), place, "ssh")
    return readable(await ageIdentities(bytes, context), place, "age")
}

/** The identities of a key file in plain text, those of plugins included. */
async function ageIdentities(bytes: Buffer, context: Context): Promise<readonly Identity[]> {
    const { identities, plugins } = parseIdentityFile(bytes)
    if (plugins.length === 0) return identities
    return [...identities, ...(await pluginIdentities(plugins, context))]
}

async function pluginIdentities(plugins: readonly PluginIdentity[], context: Context): Promise<Identity[]> {
    const { pluginIdentity } = await import("./plugin-run.ts")
    return plugins.map((plugin) => pluginIdentity(plugin, context))
}

function readable(
    identities: readonly Identity[],
    { name, origin }: Place,
    kind: FoundKey["kind"],
): FoundKey[] {
    return identities.map((identity) => ({ identity, source: name, origin, kind }))
}

function locked(open: Opener, { name, origin }: Place): FoundKey[] {
    const opener = once(open)
    const reveal = async (): Promise<readonly string[]> => (await opener()).map(({ recipient }) => recipient)
    return [{ identity: unknownIdentity(opener), source: name, origin, kind: "age", reveal }]
}

/** Runs `$SOPS_AGE_KEY_CMD` without a shell and takes what it prints for a key file. */
async function runKeyCommand(command: string, { env }: Context): Promise<Buffer> {
    const [name = "", ...args] = splitWords(command, "SOPS_AGE_KEY_CMD")
    const program = findProgram(name, env["PATH"])
    if (program === undefined)
        throw new UserError(
            `the program "${name}" of $SOPS_AGE_KEY_CMD was not found in an absolute entry of PATH`,
        )
    const result = await run({ program, args, env: chosenEnvironment(env), deadline: commandDeadline })
    if (result.end.kind === "exit" && result.end.code === 0) return result.stdout
    const how = result.end.kind === "exit" ? `ended with status ${result.end.code}` : "was ended"
    throw new UserError(`$SOPS_AGE_KEY_CMD ${how}`, {
        cause: new Error(result.stderr.trim() || "it said nothing"),
    })
}

/** PGP entries go to gpg, if there is one. */
function foreignOpener({ env }: Context): (entry: KeyEntry) => Promise<Buffer | undefined> {
    let gpg: ReturnType<typeof findGpg> | "not looked for" = "not looked for"
    return async (entry) => {
        if (entry.type !== "pgp") return undefined
        if (gpg === "not looked for") gpg = findGpg(env)
        return gpg?.unwrap(entry.id.slice("pgp:".length), entry.enc)
    }
}

/** The same identity, which says with -v that it was of use. */
function announced(identity: Identity, source: string, context: Context): Identity {
    if (context.flags.verbose === 0) return identity
    let said = false
    const say = <T extends Buffer | undefined>(fileKey: T): T => {
        if (fileKey !== undefined && !said)
            detail(context, `opened with ${shortened(identity.recipient)} from ${source}`)
        said ||= fileKey !== undefined
        return fileKey
    }
    const unwrapAll = identity.unwrapAll?.bind(identity)
    return {
        get recipient() {
            return identity.recipient
        },
        unwrap: async (stanzas) => say(await identity.unwrap(stanzas)),
        ...(unwrapAll && { unwrapAll: async (files) => (await unwrapAll(files)).map(say) }),
    }
}
