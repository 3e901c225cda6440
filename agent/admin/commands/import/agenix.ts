import { dirname, join, resolve } from "node:path"
import { UserError, visible } from "../../../error.ts"
import { secretName } from "../../../repo/edits.ts"
import type { Grantees } from "../../../repo/edits.ts"
import { warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { readGiven } from "../../terminal/given-file.ts"
import { findIdentities } from "../../keys/find.ts"
import { shortened } from "../../keys/recipient-name.ts"
import { noIdentity } from "../../keys/owner.ts"
import { planImport } from "../../import/names.ts"
import { openAgeFiles } from "../../import/open.ts"
import { formsOf, granteesOf, holdersOf, nameOfFile, parseRules } from "../../import/rules.ts"
import type { Rule } from "../../import/rules.ts"
import { NotRegular, readBounded } from "../../../os/regular-file.ts"
import { loadWorktree } from "../../repository/worktree.ts"
import { makeSecrets } from "./sops.ts"
import type { ImportInput } from "../../import/names.ts"

const largestRules = 4 * 1024 * 1024
const largestFile = 16 * 1024 * 1024

/**
 * Makes a secret of each file of agenix rules, for the users and machines that have the keys of the file, in one commit.
 * Files that are not there, and secrets that are, are skipped with a warning; everything else is all or nothing.
 */
export async function importAgenix(
    input: ImportInput & {
        readonly rules: string
        readonly directory: string | undefined
        readonly ignoreUnknownKeys: boolean
    },
    context: Context,
): Promise<void> {
    const { repo, sealed } = loadWorktree(flakeDirectory(context))
    const rules = parseRules(
        (await readGiven(input.rules, largestRules, context)).toString("utf8"),
        input.rules,
    )
    const prefix = input.prefix ?? ""
    const names = new Map(rules.map((rule) => [rule, prefix + nameOfFile(rule.path, input.separator ?? "-")]))

    const existing = new Set([...sealed].map(secretName))
    const fresh = rules.filter((rule) => !existing.has(names.get(rule) ?? ""))
    const { grants, strangers } = grantsFor(fresh, names, holdersOf(repo))
    if (strangers.size > 0) reportStrangers(strangers, input.ignoreUnknownKeys, context)

    const directory = directoryOf(input, context)
    const files = fresh.flatMap((rule) => {
        const bytes = readAgeFile(join(directory, rule.path), rule, context)
        return bytes === undefined ? [] : [{ rule, bytes }]
    })
    const values = await contentsOf(files, context)
    const located = rules.flatMap((rule) => {
        const value = values.get(rule)
        if (value === undefined && fresh.includes(rule)) return []
        const path = [names.get(rule)?.slice(prefix.length) ?? ""]
        return [{ path, scalar: { kind: "str" as const, value: value ?? Buffer.alloc(0) } }]
    })
    const plan = planImport(located, { prefix, separator: undefined, existing })
    await makeSecrets(plan, input.rules, input, context, (name) => grants.get(name) ?? {})
}

/** Whom each secret is for, and the keys that belong to nobody with the files that name them. */
function grantsFor(
    rules: readonly Rule[],
    names: ReadonlyMap<Rule, string>,
    holders: ReturnType<typeof holdersOf>,
): {
    readonly grants: ReadonlyMap<string, Grantees>
    readonly strangers: ReadonlyMap<string, readonly string[]>
} {
    const strangers = new Map<string, string[]>()
    const grants = new Map<string, Grantees>()
    for (const rule of rules) {
        const found = granteesOf(rule, holders)
        grants.set(names.get(rule) ?? "", found.grantees)
        for (const stranger of found.strangers)
            strangers.set(stranger, [...(strangers.get(stranger) ?? []), rule.path])
    }
    return { grants, strangers }
}

function reportStrangers(
    strangers: ReadonlyMap<string, readonly string[]>,
    ignore: boolean,
    context: Context,
): void {
    const list = [...strangers].map(([key, paths]) => {
        const more = paths.length > 3 ? ` and ${paths.length - 3} more` : ""
        return `\n  ${shortened(key)} (${paths.slice(0, 3).map(visible).join(", ")}${more})`
    })
    const message = `keys in the rules belong to no user and no machine of this repository:${list.join("")}`
    if (ignore) return warn(context, `${message}\nwhoever has only these keys will not be able to read`)
    throw new Failure("refused", message, {
        hint: "add them first (hostseal users add, hostseal machines add --ssh-key), or use --ignore-unknown-keys",
    })
}

function directoryOf(
    input: { readonly rules: string; readonly directory: string | undefined },
    { cwd }: Context,
): string {
    if (input.directory !== undefined) return resolve(cwd, input.directory)
    return input.rules === "-" ? cwd : dirname(resolve(cwd, input.rules))
}

/** A file of the rules; rules may name files that were never made. */
function readAgeFile(path: string, rule: Rule, context: Context): Buffer | undefined {
    try {
        const bytes = readBounded(path, largestFile)
        if (bytes === undefined)
            warn(context, `there is no file ${visible(path)}, skipping ${visible(rule.path)}`)
        return bytes
    } catch (error) {
        if (!(error instanceof NotRegular)) throw error
        throw new Failure("refused", `${visible(path)} ${error.message}`)
    }
}

async function contentsOf(
    files: readonly { readonly rule: Rule; readonly bytes: Buffer }[],
    context: Context,
): Promise<ReadonlyMap<Rule, Buffer>> {
    if (files.length === 0) return new Map()
    const identities = await findIdentities(context)
    if (identities.found.length === 0) throw noIdentity(identities)
    const results = await openAgeFiles(
        files.map(({ rule, bytes }) => ({ bytes, recipients: formsOf(rule.recipients) })),
        identities.keyring.identities,
    )
    const contents = new Map<Rule, Buffer>()
    const failures: Error[] = []
    for (const [index, { rule }] of files.entries()) {
        const result = results[index]
        if (result instanceof Buffer) contents.set(rule, result)
        else failures.push(new UserError(`cannot decrypt ${visible(rule.path)}`, { cause: result }))
    }
    if (failures.length === 0) return contents
    throw new Failure("cannot-decrypt", "nothing was imported", {
        cause:
            failures.length === 1
                ? failures[0]
                : new AggregateError(failures, `${failures.length} files cannot be decrypted`),
        hint: "use a key that they are encrypted to: --identity FILE",
    })
}
