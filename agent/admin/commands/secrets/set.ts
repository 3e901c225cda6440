import { readersOf } from "../../../repo/access.ts"
import { addSecret, grant, grantsOf } from "../../../repo/edits.ts"
import type { Grantees } from "../../../repo/edits.ts"
import { isVar } from "../../../repo/var-path.ts"
import { note, warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { edit as editText, keepInMemory } from "../../terminal/editor.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { Interrupted } from "../../terminal/interruption.ts"
import { mutate } from "../../change/mutation.ts"
import type { Write } from "../../change/staging.ts"
import { withCaller } from "../../change/own-access.ts"
import { mustBeSecret, publicValue, valueFileOf } from "../../repository/public-var.ts"
import { formatAt, pathOfSecret, readSecret } from "../../repository/secret-file.ts"
import { openSecret } from "../../keys/open-secret.ts"
import { mustHoldSomething, newValue } from "../../terminal/value-source.ts"
import { mustHaveAccess } from "../../keys/access.ts"
import type { Worktree } from "../../repository/worktree.ts"
import { nameProblem } from "../../cli/name-check.ts"
import { valueFrom } from "../../cli/options.ts"
import { layoutOf } from "../../repository/layout.ts"
import { visible, visibleName } from "../../../error.ts"
import { byRule } from "../../repository/by-rule.ts"

interface Input {
    readonly secret: string
    /** Which value of a file with many. */
    readonly key?: string | undefined
    readonly user: readonly string[]
    readonly machine: readonly string[]
    readonly group: readonly string[]
    readonly allowEmpty: boolean
}

/** Makes a secret, or gives one a new value, or many; those who are named can read it from now on. */
export async function set(
    {
        secret,
        from,
        ...options
    }: Omit<Input, "secret"> & {
        readonly secret: string | undefined
        readonly from: string | undefined
        readonly edit: boolean
        readonly file: string | undefined
        readonly force: boolean
        readonly generate?: string | undefined
        readonly length?: string | undefined
    },
    context: Context,
): Promise<void> {
    const { generate, length } = options
    const sources = [from, generate, options.file].filter((each) => each !== undefined).length
    if (generate !== undefined && (options.edit || sources > 1))
        throw new Failure("usage", "--generate makes the value: leave out --edit, --file and --from")
    if (length !== undefined && generate === undefined)
        throw new Failure("usage", "--length is for --generate")
    if (from !== undefined) {
        if (options.edit || secret !== undefined)
            throw new Failure(
                "usage",
                "--from takes names and values from its input, and neither SECRET nor --edit",
            )
        const { setMany } = await import("../../values/set-many.ts")
        return setMany(from === "json" ? "json" : "dotenv", options, context)
    }
    if (secret === undefined)
        throw new Failure("usage", "SECRET is missing: the name of the secret", {
            hint: `"hostseal set --help" shows how it is used`,
        })
    const input = { ...options, secret }
    if (input.edit && input.file !== undefined)
        throw new Failure("usage", "--edit and --file exclude each other")
    checkWords(input, context)
    if (input.edit && input.key !== undefined)
        throw new Failure("usage", "an editor is given a whole file: leave out the key, or --edit")
    if (input.edit) await edit(input, context)
    else {
        const value =
            generate === undefined
                ? await newValue(input, context)
                : await randomly(generate, length, context)
        mustHoldSomething(value, input.allowEmpty, context)
        const check = async (tree: Worktree, path: string): Promise<void> => {
            if (input.key !== undefined) return
            if (input.force) nameReaders(tree, path, context)
            else await mustHaveAccess(tree, path, context)
        }
        await write(input, value, context, { check, anywhere: input.force })
    }
}

/** Nobody sees it: what it is like is said. */
async function randomly(kind: string, length: string | undefined, context: Context): Promise<Buffer> {
    const { generated } = await import("../../generate/kinds.ts")
    const { value, what } = generated(kind, length)
    note(context, `${context.flags.dryRun ? "would make" : "made"} ${what}`)
    return value
}

/** The same with the value from the user's editor. An unchanged value is not written; new readers still are. */
export async function edit(input: Input, context: Context): Promise<void> {
    checkWords(input, context)
    const { secret } = input
    const flake = flakeDirectory(context)
    const path = pathOfSecret(secret, flake, context)
    const file = readSecret(flake, path)
    const old = (await openSecret(flake, path, context)) ?? publicValue(flake, path)
    const edited = await editText(old ?? Buffer.alloc(0), secret, context.env)
    if (edited.kind === "changed") {
        mustHoldSomething(edited.content, input.allowEmpty, context)
        return save(input, { file, value: old }, edited.content, context)
    }
    if (edited.atOnce)
        note(context, "the editor ended at once: if it has a window of its own, tell it to wait")
    if (old === undefined) throw new Failure("refused", `nothing was entered; there is no secret "${secret}"`)
    note(context, "the value is unchanged")
    if (input.user.length + input.machine.length + input.group.length > 0)
        await write(input, undefined, context)
}

/** A secret as it was: its file, and the value in it. Neither when there was none. */
interface Old {
    readonly file: Buffer | undefined
    readonly value: Buffer | undefined
}

/**
 * Gives the secret the value that its user wrote while nobody was kept from changing it: refused when it has become
 * another one than `old`. Whatever fails, what was written is not lost.
 */
async function save(input: Input, old: Old, value: Buffer, context: Context): Promise<void> {
    try {
        const check = async ({ flake }: Worktree, path: string): Promise<void> => {
            // To open the same file once more could take a second touch of a hardware key.
            const file = readSecret(flake, path)
            if (file === undefined ? old.file === undefined : old.file?.equals(file)) return
            const now = (await openSecret(flake, path, context)) ?? publicValue(flake, path)
            if (now === undefined ? old.value === undefined : old.value?.equals(now)) return
            const what =
                now === undefined ? "removed" : old.value === undefined ? "made" : "given another value"
            throw new Failure("conflict", `secret "${input.secret}" was ${what} while you edited it`, {
                hint: `look at it, edit it again, or replace its value: hostseal set ${input.secret} --file FILE`,
            })
        }
        await write(input, value, context, { check, anywhere: false })
    } catch (error) {
        // Who interrupts the program wants nothing of it left.
        if (!(error instanceof Interrupted)) {
            const file = keepInMemory(value, input.secret, context.env)
            warn(context, `not saved; what you wrote is in memory, remove it when you have it: ${file}`)
        }
        throw error
    }
}

/** Who replaces a value that may not be theirs is told whose it is. */
function nameReaders({ repo, sealed }: Worktree, path: string, context: Context): void {
    if (!sealed.has(path)) return
    const names = readersOf(repo, grantsOf(repo, path)).map(({ kind, name }) => `${kind} ${name}`)
    note(context, `this replaces the value that is for ${visible(names.join(", "))}`)
}

/**
 * Without a value only the readers change. `check` sees the tree as it is when nobody else can change it any more; a file
 * that was sealed for another place is replaced only if it may be from `anywhere`.
 */
async function write(
    input: Input,
    value: Buffer | undefined,
    context: Context,
    {
        check,
        anywhere = false,
    }: {
        readonly check?: (tree: Worktree, path: string) => Promise<void>
        readonly anywhere?: boolean
    } = {},
): Promise<void> {
    const flake = flakeDirectory(context)
    const path = pathOfSecret(input.secret, flake, context)
    const message = isVar(path)
        ? `vars: update ${path.slice("vars/".length)}`
        : `secrets: update ${input.secret}`
    const named: Grantees = { users: input.user, machines: input.machine, groups: input.group }
    const besides = isVar(path) && value !== undefined ? await stateAfter(flake, path, context) : []
    if (publicValue(flake, path) !== undefined) {
        if (input.user.length + input.machine.length + input.group.length > 0) mustBeSecret(flake, path)
        return mutate(context, {
            message,
            files:
                value === undefined
                    ? []
                    : [{ kind: "bytes", path: valueFileOf(path), bytes: value }, ...besides],
            edit: async (tree) => {
                await check?.(tree, path)
                return { repo: tree.repo }
            },
        })
    }
    const values = new Map(value === undefined ? [] : [[path, value]])
    await mutate(context, {
        message,
        values,
        key: input.key,
        ...(value === undefined ? {} : { files: besides }),
        anywhere,
        serves: "both",
        edit: async (tree) => {
            const { repo, sealed, ruled } = tree
            await check?.(tree, path)
            if (ruled !== undefined) {
                if (input.key !== undefined && formatAt(path) === "binary")
                    throw new Failure("usage", `${visibleName(path)} is one value, and has no keys`)
                return { repo: byRule(ruled, path, named) }
            }
            const granted = grant(addSecret(repo, path), path, named)
            // Whoever can read it stays the same on an old secret: to overwrite a value is not to be let in.
            const next = sealed.has(path) ? granted : await withCaller(granted, [path], context)
            return { repo: next, named: { grants: new Map([[path, named]]) } }
        },
    })
}

/** Loaded for vars alone. */
async function stateAfter(flake: string, path: string, { now }: Context): Promise<readonly Write[]> {
    const { stateAfterSet } = await import("../../generate/state-file.ts")
    return stateAfterSet(flake, path, now())
}

/** A word of the line may be a value that its user takes for an argument: no error repeats one. */
function checkWords({ secret, key }: Input, context: Context): void {
    if (layoutOf(flakeDirectory(context), context) === "sops") return
    const problem = nameProblem("secret", secret, "new")
    const hint = { hint: valueFrom }
    if (problem !== undefined)
        throw new Failure("usage", `secret: this cannot be the name of a secret: ${problem}`, hint)
    if (key !== undefined) throw new Failure("usage", `"set" takes SECRET, and was given 1 word more`, hint)
}
