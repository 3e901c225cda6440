import { visible, visibleName } from "../../error.ts"
import { readersOf } from "../../repo/access.ts"
import { grantsOf, secretName } from "../../repo/edits.ts"
import { openDebts } from "../change/debts.ts"
import { type Context, printJson } from "../context.ts"
import { quantity, someOf } from "../quantity.ts"
import { findGit } from "../git/git.ts"
import { lastChanges } from "../git/last-change.ts"
import type { LastChange } from "../git/last-change.ts"
import { layoutOf } from "../repository/layout.ts"
import { loadRepo } from "../repository/load.ts"
import { fileOf } from "../repository/secret-file.ts"

interface Row {
    /** Its path, by which every command names it for programs. */
    readonly secret: string
    readonly name: string
    readonly users: readonly string[]
    readonly machines: readonly string[]
    readonly changed: LastChange | null
    /** How many people and machines still know the value who may not. */
    readonly debts: number
}

/** Prints what there is to say of each secret whose name `isMeant`. Opens no value and needs no key. */
export async function listLong(
    flake: string,
    isMeant: (name: string) => boolean,
    context: Context,
): Promise<void> {
    const isClan = layoutOf(flake, context) === "clan"
    const repo = await loadRepo(flake, context)
    const git = await findGit(flake, context.env)
    const changes = git === undefined ? undefined : await lastChanges(git, isClan ? ["sops", "vars"] : [""])
    const rows = [...repo.secrets.keys()]
        .filter((path) => isMeant(secretName(path)))
        .toSorted()
        .map((path): Row => {
            const readers = readersOf(repo, grantsOf(repo, path))
            const names = (kind: "user" | "machine"): readonly string[] =>
                readers.filter((reader) => reader.kind === kind).map(({ name }) => name)
            return {
                secret: path,
                name: secretName(path),
                users: names("user"),
                machines: names("machine"),
                changed: changes?.get(fileOf(path)) ?? null,
                debts: isClan ? openDebts(flake, path).length : 0,
            }
        })
    if (context.flags.json) return printJson(context, { secrets: rows })
    const cells = rows.map(({ name, users, machines, changed, debts }) => [
        visibleName(name),
        listed("user", users),
        listed("machine", machines),
        changed === null ? "not committed" : `${changed.date.slice(0, 10)} by ${visible(changed.author)}`,
        debts === 0 ? "" : `to change: ${quantity(debts, "reader")} too many knew it`,
    ])
    const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...cells.map((row) => row[column]?.length ?? 0)))
    context.out(
        cells
            .map(
                (row) =>
                    `${row
                        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
                        .join("  ")
                        .trimEnd()}\n`,
            )
            .join(""),
    )
}

function listed(kind: string, names: readonly string[]): string {
    return names.length === 0 ? `no ${kind}` : visibleName(someOf(names))
}
