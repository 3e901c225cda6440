import { basename } from "node:path"
import { addSecrets, grantEach, secretName, secretPath } from "../../../repo/edits.ts"
import type { Grantees } from "../../../repo/edits.ts"
import { ownersOf } from "../../../repo/recipients.ts"
import { visibleName } from "../../../error.ts"
import { withoutMark } from "../../../utf16.ts"
import { maxSize } from "../../../sops/codec.ts"
import type { Document } from "../../../sops/document.ts"
import { formatOf } from "../../../sops/format.ts"
import type { Format } from "../../../sops/format.ts"
import { emptyOnes, leavesOf } from "../../../sops/lookup.ts"
import type { Located } from "../../../sops/lookup.ts"
import { note, warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { quantity } from "../../quantity.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { readGiven } from "../../terminal/given-file.ts"
import { mustBeNew, planImport } from "../../import/names.ts"
import type { ImportInput, ImportPlan } from "../../import/names.ts"
import { openValues, parse, shown } from "../../import/sops-values.ts"
import { mutate } from "../../change/mutation.ts"
import { withCaller } from "../../change/own-access.ts"
import { loadWorktree } from "../../repository/worktree.ts"

/**
 * Makes a secret of each value of a sops file, in one commit. Names that are taken are skipped with a warning; a name
 * that cannot be stops everything before anything is written (docs/clan-contract.md#defects, D10).
 */
export async function importSops(
    input: ImportInput & {
        readonly sopsFile: string | undefined
        readonly inputType: string | undefined
        readonly rules: boolean
    },
    context: Context,
): Promise<void> {
    const { sopsFile, prefix = "", separator } = input
    if (input.rules) {
        if (input.inputType !== undefined)
            throw new Failure("usage", "--rules goes by the names of files, and takes no --input-type")
        return (await import("./rules.ts")).importRules(sopsFile, input, context)
    }
    if (sopsFile === undefined)
        throw new Failure("usage", "SOPS-FILE is missing: an encrypted file of sops, or - for standard input")
    const tree = loadWorktree(flakeDirectory(context))
    const bytes = withoutMark(await readGiven(sopsFile, maxSize, context))
    const document = await parse(
        bytes,
        sopsFile,
        formatGiven(input.inputType) ?? formatGuessed(sopsFile, bytes),
    )
    const owners = ownersOf(tree.repo)
    const values = await openValues(document, sopsFile, owners, context)
    for (const path of document.parsed.documents.flatMap((branch) => [...emptyOnes(branch)]))
        warn(context, `${visibleName(path.join("/"))} is empty: there is no value in it`)
    const named = document.format === "binary" ? [wholeFile(values, sopsFile)] : values
    warnOfClear(document, context)
    const existing = new Set([...tree.sealed].map(secretName))
    const plan = planImport(named, { prefix, separator, existing })
    await makeSecrets(plan, sopsFile, input, context)
}

/** Says what is skipped, and makes the rest in one commit. */
export async function makeSecrets(
    { secrets, skipped }: ImportPlan,
    source: string,
    input: ImportInput,
    context: Context,
    grantsFor: (name: string) => Grantees = () => ({}),
): Promise<void> {
    for (const { name, why, values = [] } of skipped)
        warn(context, `${visibleName(name)} ${why}, skipping ${values.map(visibleName).join(", ")}`.trimEnd())
    if (
        secrets.length === 0 &&
        (skipped.length === 0 || skipped.some(({ why }) => why === "already exists"))
    ) {
        return note(context, "nothing to import: everything is there already")
    }
    if (secrets.length === 0) throw new Failure("refused", `nothing in ${shown(source)} could be imported`)

    const named: Grantees = { users: input.user, machines: input.machine, groups: input.group }
    const paths = secrets.map(({ name }) => secretPath(name))
    const count = secrets.length === 1 ? secrets[0]?.name : `${secrets.length} secrets`
    await mutate(context, {
        message: `secrets: import ${count} from ${source === "-" ? "standard input" : basename(source)}`,
        values: new Map(secrets.map(({ name, value }) => [secretPath(name), value])),
        edit: async ({ repo, sealed }) => {
            mustBeNew(secrets, sealed)
            const own = new Map(secrets.map(({ name }) => [secretPath(name), grantsFor(name)]))
            const everybody = new Map(paths.map((path) => [path, named]))
            const granted = grantEach(grantEach(addSecrets(repo, paths), own), everybody)
            const all = new Map(
                [...own].map(([path, { users = [], machines = [], groups = [] }]) => [
                    path,
                    {
                        users: [...users, ...input.user],
                        machines: [...machines, ...input.machine],
                        groups: [...groups, ...input.group],
                    },
                ]),
            )
            return { repo: await withCaller(granted, paths, context), named: { grants: all } }
        },
    })
    if (!context.flags.dryRun) note(context, `imported ${quantity(secrets.length, "secret")}`)
}

/** Names the values that everybody could read: they are imported, and are no secrets. */
function warnOfClear({ parsed }: Document, context: Context): void {
    const clear = parsed.documents
        .flatMap((branch) => [...leavesOf(branch)])
        .filter(({ scalar }) => scalar.kind !== "null" && !isSealed(scalar))
        .map(({ path }) => path.join("/"))
    if (clear.length === 0) return
    const what = clear.length === 1 ? "a value was" : `${clear.length} values were`
    warn(context, `${what} in the clear, for all who can read the file: ${clear.map(visibleName).join(", ")}`)
}

/** Sops writes an empty string as it is. */
function isSealed(scalar: Located["scalar"]): boolean {
    if (scalar.kind !== "str") return false
    return scalar.value.length === 0 || scalar.value.toString().startsWith("ENC[AES256_GCM,")
}

/** A binary file is one value; it is called as the file is, without its last extension. */
function wholeFile(values: readonly Located[], file: string): Located {
    const [value] = values
    if (value === undefined) throw new Failure("refused", `${shown(file)} holds nothing`)
    const name = file === "-" ? "" : basename(file).replace(/(?<=.)\.[^.]*$/u, "")
    return { path: [name], scalar: value.scalar }
}

function formatGiven(type: string | undefined): Format | undefined {
    const formats: readonly Format[] = ["yaml", "json", "dotenv", "ini", "binary"]
    return formats.find((format) => format === type)
}

/** Standard input has no name to go by: JSON begins with a brace, and nearly everything else is YAML. */
function formatGuessed(file: string, bytes: Buffer): Format {
    if (file !== "-") return formatOf(file)
    return bytes.subarray(0, 64).toString("latin1").trimStart().startsWith("{") ? "json" : "yaml"
}
