import { join, relative, resolve } from "node:path"
import { visibleName } from "../../../error.ts"
import { recipientsIn } from "../../../repo/consent/accepted.ts"
import { readerName } from "../../../repo/difference.ts"
import { addSecrets, grantEach, plural, secretName, secretPath } from "../../../repo/edits.ts"
import type { Grantees, ReaderKind } from "../../../repo/edits.ts"
import { ownersOf, recipientOf } from "../../../repo/recipients.ts"
import type { Grants } from "../../../repo/repo.ts"
import type { Located } from "../../../sops/lookup.ts"
import { formatOf } from "../../../sops/format.ts"
import { mutate } from "../../change/mutation.ts"
import { withCaller } from "../../change/own-access.ts"
import { note, warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { mustBeNew, planImport } from "../../import/names.ts"
import { settled } from "../../import/readers.ts"
import type { Settled } from "../../import/readers.ts"
import { quantity, someOf } from "../../quantity.ts"
import { loadRuled } from "../../repository/ruled-tree.ts"
import type { RuledTree } from "../../repository/ruled-tree.ts"
import { readSecret } from "../../repository/secret-file.ts"
import { loadWorktree } from "../../repository/worktree.ts"
import { valuesIn } from "../../import/sops-values.ts"
import type { ImportInput } from "../../import/names.ts"

/**
 * Makes a secret of each value of all files under a `.sops.yaml`, for those whom its rule names, and users and machines of
 * these; all in one commit, or nothing. The files stay.
 */
export async function importRules(
    directory: string | undefined,
    input: ImportInput,
    { flags, ...rest }: Context,
): Promise<void> {
    const context: Context = { ...rest, flags: { ...flags, layout: "clan" } }
    const flake = flakeDirectory(context)
    const place = directory === undefined ? flake : resolve(context.cwd, directory)
    const ruled = await loadRuled(place, context)
    const { separator = ".", prefix = "" } = input
    const target = loadWorktree(flake)
    const origins = new Map<string, string>()
    const values: Located[] = []
    for (const { path, located } of await openAll(ruled, context)) {
        const keys = [...stemOf(path, ruled), ...located.path.map(String)]
        origins.set(prefix + keys.join(separator), path)
        values.push({ ...located, path: keys })
    }
    const existing = new Set([...target.sealed].map(secretName))
    const { secrets, skipped } = planImport(values, { prefix, separator, existing })
    for (const { name, why } of skipped) warn(context, `${visibleName(name)} ${why}, skipping`)
    if (secrets.length === 0) return note(context, "nothing to import: everything is there already")
    const from = relative(context.cwd, join(place, ruled.configPath))
    const allowed = new Map([...ruled.files.keys()].map((path) => [path, readersAt(path, ruled, context)]))
    await mutate(context, {
        message: `secrets: import ${quantity(secrets.length, "secret")} by the rules of ${from}`,
        values: new Map(secrets.map(({ name, value }) => [secretPath(name), value])),
        edit: async ({ repo, sealed }) => {
            mustBeNew(secrets, sealed)
            const readers = settled(repo, ruled.repo)
            const grants = new Map(
                secrets.map(({ name }) => {
                    const rule = allowed.get(origins.get(name) ?? "")
                    return [secretPath(name), granteesOf(rule, readers, input)] as const
                }),
            )
            const paths = [...grants.keys()]
            const granted = grantEach(addSecrets(readers.repo, paths), grants)
            const unread = paths.filter(
                (path) => [...(grants.get(path)?.users ?? [])].length === 0 && input.group.length === 0,
            )
            const keys = new Map(readers.fresh.map((each) => [readerName(each), recipientsIn(each.keys)]))
            return {
                repo: unread.length === 0 ? granted : await withCaller(granted, unread, context),
                named: { grants, keys },
            }
        },
    })
    if (!context.flags.dryRun)
        note(
            context,
            `imported ${quantity(secrets.length, "secret")}; the files that they come from stay where they are`,
        )
}

/** All values of all files. Every file that does not open is named, before anything is made. */
async function openAll(
    { flake, files, repo, config }: RuledTree,
    context: Context,
): Promise<readonly { readonly path: string; readonly located: Located }[]> {
    const found: { path: string; located: Located }[] = []
    const failures: Error[] = []
    for (const [path, file] of files) {
        const clouds =
            file.kind === "sealed" ? file.groups.flat().filter((each) => /^(?!pgp:)[a-z_]+:/u.test(each)) : []
        if (clouds.length > 0) warn(context, `${visibleName(path)}: keys in a cloud are left behind`)
        if (config.rules.length > 0 && !config.rules.some(({ matches }) => matches(path)))
            warn(context, `${visibleName(path)}: no rule is for it; its readers are those of the file`)
        try {
            const located = await valuesIn(
                readSecret(flake, path) ?? Buffer.alloc(0),
                path,
                ownersOf(repo),
                context,
            )
            for (const each of located)
                found.push({ path, located: formatOf(path) === "binary" ? { ...each, path: [] } : each })
        } catch (error) {
            if (!(error instanceof Failure)) throw error
            failures.push(error)
        }
    }
    if (failures.length === 0) return found
    throw new Failure("cannot-decrypt", "nothing was imported", {
        cause:
            failures.length === 1
                ? failures[0]
                : new AggregateError(failures, `${failures.length} of ${files.size} files do not open`),
    })
}

/** What the values of a file are called by: its path below the folder of all, without the extension; nothing for one alone. */
function stemOf(path: string, { files }: RuledTree): readonly string[] {
    const folders = [...files.keys()].map((each) => each.split("/").slice(0, -1))
    const [first = []] = folders
    const common = first.findIndex((folder, index) => folders.some((each) => each[index] !== folder))
    const parts = path
        .split("/")
        .slice(common === -1 ? Math.min(...folders.map(({ length }) => length)) : common)
    if (files.size === 1 && formatOf(path) !== "binary") return []
    const name = parts.at(-1) ?? ""
    return [...parts.slice(0, -1), name.replace(/(?<=.)\.[^.]*$/u, "")]
}

/** Those whom the rule for a file names and the file, too: anybody may have written a rule, and sops asks before it obeys. */
function readersAt(path: string, { repo, files, spelled }: RuledTree, context: Context): Grants | undefined {
    const rule = repo.secrets.get(path)
    const file = files.get(path)
    if (rule === undefined || file?.kind !== "sealed") return rule
    const labels = new Set(file.groups.flat().map(spelled))
    const has = (kind: ReaderKind, name: string): boolean =>
        repo[plural(kind)].get(name)?.some((key) => labels.has(spelled(recipientOf(key)))) === true
    const left = (["user", "machine"] as const).flatMap((kind) =>
        [...rule[plural(kind)]].filter((name) => !has(kind, name)),
    )
    if (left.length > 0)
        warn(
            context,
            `${visibleName(path)} is not encrypted for ${someOf(left)}, whom its rule names: left out (hostseal grant)`,
        )
    const those = (kind: ReaderKind): ReadonlySet<string> =>
        new Set([...rule[plural(kind)]].filter((name) => has(kind, name)))
    return { ...rule, users: those("user"), machines: those("machine") }
}

function granteesOf(rule: Grants | undefined, { names }: Settled, input: ImportInput): Grantees {
    const found = { users: new Set(input.user), machines: new Set(input.machine), groups: input.group }
    for (const kind of ["user", "machine"] as const)
        for (const name of rule?.[plural(kind)] ?? []) {
            const reader = names.get(readerName({ kind, name }))
            if (reader !== undefined) found[plural(reader.kind)].add(reader.name)
        }
    return found
}
