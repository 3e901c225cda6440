// Users and machines of a `.sops.yaml`: names for keys, and their places in the rules.

import type { Reader } from "../../repo/access.ts"
import { recipientsIn } from "../../repo/consent/accepted.ts"
import { readerName } from "../../repo/difference.ts"
import { plural } from "../../repo/edits.ts"
import type { ReaderKind } from "../../repo/edits.ts"
import { recipientOf } from "../../repo/recipients.ts"
import { Refusal } from "../../repo/refusal.ts"
import type { Key } from "../../repo/repo.ts"
import { note, warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { severalNames } from "../keys/error.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"
import type { TreeEdit } from "../repository/working-tree.ts"
import { withWish } from "./change.ts"
import { mustBeReader, readerNamed, writtenKeys } from "./reader.ts"
import { askAboutOthers } from "./shared.ts"

/** Somebody new, or with `force` other keys for somebody who is there; in the rules where `like` is. */
export async function added(
    ruled: RuledTree,
    {
        kind,
        name,
        keys,
        force,
        like,
    }: {
        readonly kind: ReaderKind
        readonly name: string
        readonly keys: readonly Key[]
        readonly force: boolean
        readonly like: string | undefined
    },
    context: Context,
): Promise<TreeEdit> {
    const known = readerNamed(ruled, kind, name)
    if (known !== undefined && !force)
        throw new Refusal("exists", `${known.kind} "${name}" exists already`, {
            hint: "--force replaces its keys, add-key adds one",
        })
    mustBeOneScalar(keys)
    const other = like === undefined ? undefined : mustBeReader(ruled, kind, like)
    if (known !== undefined) {
        const next = extended(ruled, known, keys)
        const old = writtenKeys(ruled, known).filter((key) => !recipientsIn(keys).includes(key))
        const rules = old.length === 0 ? next : withWish(next, { dismiss: { keys: old, name } })
        return {
            repo: rules.repo,
            rules,
            named: { keys: new Map([[readerName(known), recipientsIn(keys)]]) },
        }
    }
    mustBeNobodys(ruled, keys)
    const alike = (other && writtenKeys(ruled, other)) ?? []
    const rules = ruled.config.rules.flatMap(({ groups }, number) =>
        groups.flat().some((recipient) => alike.includes(recipient)) ? [number] : [],
    )
    const define = {
        name,
        text: keys.map(({ publickey }) => publickey).join(","),
        beside: [...alike, ...ofKind(ruled, kind)],
    }
    const admit = { rules, keys: recipientsIn(keys) }
    const next = withWish(ruled, other === undefined ? { define } : { define, admit })
    if (other !== undefined) {
        if (rules.length === 0) warn(context, `no rule names ${other.name}: ${name} is put in none`)
        const readable = [...ruled.files].flatMap(([path, file]) =>
            file.kind === "sealed" && file.groups.flat().some((each) => alike.includes(each)) ? [path] : [],
        )
        await askAboutOthers(ruled, next, new Set(readable), context)
    }
    const reader = mustBeReader(next, kind, name)
    if (reader.kind !== kind)
        note(
            context,
            `nothing in ${ruled.configPath} says that ${name} is a ${kind}: it is listed as a ${reader.kind}`,
        )
    return {
        repo: next.repo,
        rules: next,
        named: { keys: new Map([[readerName(reader), recipientsIn(keys)]]) },
    }
}

/** Without somebody: in no rule, and with no name. */
export function removed(ruled: RuledTree, kind: ReaderKind, name: string, context: Context): TreeEdit {
    const reader = mustBeReader(ruled, kind, name)
    const keys = writtenKeys(ruled, reader)
    const rules = withWish(ruled, { dismiss: { keys, name } })
    const held = new Set(keys.map(ruled.spelled))
    const left = [...ruled.files].flatMap(([path, file]) => {
        const isHeld =
            file.kind === "sealed" && file.groups.flat().some((each) => held.has(ruled.spelled(each)))
        return isHeld && !ruled.repo.secrets.get(path)?.[plural(reader.kind)].has(reader.name) ? [path] : []
    })
    const unruled = [...rules.files.keys()].filter(
        (path) =>
            rules.repo.secrets.get(path) !== undefined &&
            rules.matching(path).length === 0 &&
            ruled.repo.secrets.get(path)?.[plural(reader.kind)].has(reader.name),
    )
    if (left.length + unruled.length > 0)
        warn(context, `${name} can still read what no rule lets them: ${severalNames([...left, ...unruled])}`)
    return { repo: rules.repo, rules }
}

/** More keys for somebody, or fewer. */
export function rekeyed(
    ruled: RuledTree,
    how: "add" | "remove",
    { kind, name, keys }: { readonly kind: ReaderKind; readonly name: string; readonly keys: readonly Key[] },
): TreeEdit {
    const reader = mustBeReader(ruled, kind, name)
    const own = writtenKeys(ruled, reader)
    if (how === "add") {
        const rules = extended(ruled, reader, keys)
        return {
            repo: rules.repo,
            rules,
            named: { keys: new Map([[readerName(reader), recipientsIn(keys)]]) },
        }
    }
    const gone = own.filter((key) => recipientsIn(keys).includes(ruled.spelled(key)))
    if (gone.length === 0) return { repo: ruled.repo }
    if (gone.length === own.length)
        throw new Refusal(
            "refused",
            `no key would remain for ${reader.kind} "${name}"; it needs at least one`,
            {
                hint: `add the new key first, or use "hostseal ${kind}s remove ${name}"`,
            },
        )
    const rules = withWish(ruled, { dismiss: { keys: gone, name } })
    return { repo: rules.repo, rules }
}

function extended(ruled: RuledTree, reader: Reader, keys: readonly Key[]): RuledTree {
    const own = writtenKeys(ruled, reader)
    const fresh = keys.filter((key) => !own.map(ruled.spelled).includes(recipientOf(key)))
    if (fresh.length === 0) return ruled
    mustBeNobodys(ruled, fresh)
    if ([...fresh.map(recipientOf), ...own].some((key) => key.startsWith("pgp:")))
        throw new Failure("refused", `one name has one PGP key, and no other, in ${ruled.configPath}`, {
            hint: "give the other key a name of its own",
        })
    return withWish(ruled, { extend: { keys: own, by: fresh.map(({ publickey }) => publickey) } })
}

/** A name stands for one text: age and SSH keys between commas, or a PGP key. */
function mustBeOneScalar(keys: readonly Key[]): void {
    if (keys.length === 1 || keys.every(({ type }) => type === "age")) return
    throw new Failure("usage", "a .sops.yaml gives one name to one PGP key", {
        hint: "give each of them a name of its own",
    })
}

function mustBeNobodys({ config, configPath, holders, spelled }: RuledTree, keys: readonly Key[]): void {
    const names = new Map(config.keys.map((key) => [spelled(key.recipient), key.name]))
    for (const key of keys) {
        const name = names.get(recipientOf(key))
        if (name === undefined) continue
        const kind = holders.get(recipientOf(key))?.kind ?? "user"
        throw new Refusal("exists", `that key is the one of ${kind} "${name}" in ${configPath}`)
    }
}

/** Keys of those who are surely of a kind, the last in the text first. */
function ofKind({ config, holders, spelled }: RuledTree, kind: ReaderKind): readonly string[] {
    return config.keys
        .map(({ recipient }) => recipient)
        .filter((recipient) => {
            const holder = holders.get(spelled(recipient))
            return holder?.kind === kind && holder.guessed
        })
        .toReversed()
}
