import { existsSync, realpathSync, statSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { generateHybridIdentity, generateIdentity } from "../../../age/identity.ts"
import { UserError } from "../../../error.ts"
import { note, printJson, warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { findGit, ignoredPaths } from "../../git/git.ts"
import { appendIdentity } from "../../keys/key-file.ts"
import { fingerprints, whoAmI } from "../../keys/owner.ts"
import { defaultKeyFile } from "../../keys/places.ts"
import { findIdentities } from "../../keys/find.ts"
import type { Identities } from "../../keys/find.ts"
import { usersAround } from "./users.ts"

/**
 * Makes a private key for the user, unless there is one; with `new`, one more. What is in the key file stays in it
 * (docs/clan-contract.md#defects, D8). The private half is never printed.
 */
export async function generate(
    input: { readonly new: boolean; readonly postQuantum: boolean },
    context: Context,
): Promise<void> {
    const identities = await findIdentities(context)
    const present = presentKeys(identities, context)
    if (present.length > 0 && !input.new) return report(present, context)

    const path = keyFile(context)
    if (!input.new) mustBeFree(path, identities)
    await mustNotBeCommitted(path, context)
    if (context.flags.dryRun) {
        if (context.flags.json) printJson(context, { dryRun: true, path })
        else context.out(`${existsSync(path) ? "add a private key to" : "write a private key to"} ${path}\n`)
        return
    }
    const identity = input.postQuantum ? generateHybridIdentity() : generateIdentity()
    await appendIdentity(path, identity, context.now())

    const { recipient } = identity
    if (context.flags.json) printJson(context, { publickey: recipient, path })
    note(context, `Public key: ${recipient}`)
    note(context, `Generated age private key at '${path}' for your user.`)
    note(context, "Please back it up on a secure location or you will lose access to your secrets.")
    addYourself("age", recipient, context)
    const variable = ["SOPS_AGE_KEY", "SOPS_AGE_KEY_CMD", "AGE_KEY", "AGE_KEYFILE"].find(
        (name) => (context.env[name] ?? "") !== "",
    )
    const isOwn = (context.env["SOPS_AGE_KEY_FILE"] ?? "") !== "" && variable !== "SOPS_AGE_KEY"
    if (variable !== undefined && !isOwn)
        warn(context, `$${variable} is set: its key is used, and not the new one, as long as it is`)
}

/** A key of the caller's that is there already. */
interface Present {
    readonly kind: "age" | "pgp"
    readonly key: string
    readonly source: string
    /** Finds whose it is, among the caller's keys this one only. */
    readonly identities: Identities
    readonly env: Context["env"]
}

/** Age keys that were found, and the PGP keys that the caller named. An SSH key is no reason not to make an age key. */
function presentKeys(identities: Identities, { env }: Context): readonly Present[] {
    const age = identities.found
        .filter(({ kind }) => kind === "age")
        .map((one): Present => ({
            kind: "age",
            key: one.identity.recipient,
            source: one.source,
            identities: { ...identities, found: [one] },
            env: { ...env, SOPS_PGP_FP: undefined },
        }))
    const pgp = fingerprints(env).map((key): Present => ({
        kind: "pgp",
        key,
        source: "$SOPS_PGP_FP",
        identities: { ...identities, found: [] },
        env: { ...env, SOPS_PGP_FP: key },
    }))
    return [...age, ...pgp]
}

/** Says of each key that is there whose it is, or how to make it somebody's. */
async function report(present: readonly Present[], context: Context): Promise<void> {
    const users = usersAround(context)
    for (const { kind, key, source, identities, env } of present) {
        if (key === "") {
            note(context, `A key that is locked is already set (${source})`)
            continue
        }
        const user = (await whoAmI(identities, users, env))?.user
        const registered = user === undefined ? "" : ` and registered as user '${user}'`
        note(context, `${kind.toUpperCase()} key ${key} is already set${registered}`)
        if (user === undefined) addYourself(kind, key, context)
    }
    if (context.flags.json) printJson(context, { keys: present.map(({ key }) => ({ publickey: key })) })
}

function addYourself(kind: Present["kind"], key: string, context: Context): void {
    note(context, `Add your ${kind === "age" ? "age" : "PGP"} public key to the repository with:`)
    note(context, `hostseal users add YOUR_USER --${kind}-key ${key}`)
}

/** Where clan has it: `$SOPS_AGE_KEY_FILE`, else the file that sops reads by default. */
function keyFile({ env, cwd }: Context): string {
    const named = env["SOPS_AGE_KEY_FILE"] ?? ""
    return named === "" ? defaultKeyFile(env) : resolve(cwd, named)
}

/**
 * A private key in a working tree is committed sooner or later, and what is built from a tree may end up in the Nix
 * store. Refused among the secrets, and said elsewhere, unless git is told to ignore it.
 */
async function mustNotBeCommitted(path: string, context: Context): Promise<void> {
    const folder = existingFolder(path)
    const git = await findGit(folder, context.env)
    if (git === undefined || (await ignoredPaths(git, [relative(folder, path)])).length > 0) return
    const top = resolve(
        folder,
        ...git.prefix
            .split("/")
            .filter(Boolean)
            .map(() => ".."),
    )
    if (!existsSync(join(top, "sops")))
        return warn(context, `${path} lies in the git repository ${top}: put it into .gitignore`)
    throw new Failure("refused", `the private key would lie among the secrets: ${path}`, {
        hint: "name another place in SOPS_AGE_KEY_FILE, or put it into .gitignore first",
    })
}

function existingFolder(path: string): string {
    for (let at = dirname(path); ; at = dirname(at)) if (existsSync(at)) return realpathSync(at)
}

/** A key file that is there and that no key was found in is somebody's key all the same. */
function mustBeFree(path: string, { tried }: Identities): void {
    if (!existsSync(path) || statSync(path).size === 0) return
    const problem = tried.find(({ place }) => place.includes(path))?.problem ?? "it holds no usable key"
    throw new UserError(`there is a key file already, and it cannot be used: ${path}`, {
        cause: new Error(problem),
        hint: "mend it, or add a key to it with --new",
    })
}
