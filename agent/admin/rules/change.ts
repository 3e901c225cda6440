// Another `.sops.yaml`: what somebody wrote with a change in it, and who may read what by that.

import { isAbsolute } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Repo } from "../../repo/repo.ts"
import { editConfig } from "../../sops/config/edit/edit.ts"
import type { Wish } from "../../sops/config/edit/edit.ts"
import { Unedited } from "../../sops/config/edit/unedited.ts"
import { Failure } from "../failure.ts"
import { matchingIn, modelOf, naming } from "../repository/ruled-tree.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"

/**
 * The tree with a wish fulfilled in its configuration. Throws `Failure` where the text is not edited here, with the lines
 * that somebody can write there; a configuration that a program makes is left to that.
 */
export function withWish(ruled: RuledTree, wish: Wish): RuledTree {
    const { configPath, source, files, paths } = ruled
    mustBeOurs(ruled)
    const [mark = "", text = ""] = /^(\uFEFF?)([^]*)$/u.exec(source)?.slice(1) ?? []
    try {
        const { config: edited, source: next } = editConfig(text, wish)
        const config = naming(edited, configPath)
        const model = modelOf(config, files, paths)
        const repo = sameWhereEqual(ruled.repo, model.repo)
        return { ...ruled, ...model, repo, config, matching: matchingIn(config), source: mark + next }
    } catch (error) {
        if (!(error instanceof Unedited)) throw error
        throw new Failure("refused", `${configPath} was not changed: ${error.message}`, {
            hint: ["write it yourself, then: hostseal key update", ...linesFor(ruled, wish)].join("\n"),
        })
    }
}

function mustBeOurs({ configPath, source }: RuledTree): void {
    if (isAbsolute(configPath))
        throw new Failure("refused", `${configPath} lies outside of the repository, and is not changed`)
    if (source.includes("\uFFFD"))
        throw new Failure("refused", `${configPath} holds bytes that are not UTF-8, and is not changed`)
    const header = /^(?:\uFEFF|---|[ \t]*(?:#.*)?\r?\n)*/u.exec(source)?.[0] ?? ""
    const why = header.split("\n").find((line) => /\bgenerated\b|\bdo not edit\b/iu.test(line))
    if (why === undefined) return
    throw new Failure("refused", `${configPath} is made by a program, and is not changed here`, {
        hint: "change what it is made from, make it again, then: hostseal key update",
    })
}

/** What somebody would write. */
function linesFor({ config }: RuledTree, { define, admit, extend, dismiss }: Wish): readonly string[] {
    const name = define?.name
    const words = (keys: readonly string[]): string =>
        keys
            .map((key) => (name === undefined ? `  - ${key.replace(/^pgp:/u, "")}` : `  - *${name}`))
            .join("\n")
    const at = (rules: readonly number[]): string =>
        rules.map((rule) => `line ${config.rules[rule]?.line ?? 0}`).join(", ")
    return [
        ...(define === undefined ? [] : [`below keys:\n  - &${define.name} ${define.text}`]),
        ...(admit === undefined ? [] : [`to the rule in ${at(admit.rules)}:\n${words(admit.keys)}`]),
        ...(extend === undefined ? [] : [`beside ${extend.keys.join(", ")}:\n${words(extend.by)}`]),
        ...(dismiss === undefined
            ? []
            : [
                  `without, ${dismiss.rules === undefined ? "anywhere" : `in the rule in ${at(dismiss.rules)}`}:\n${words(dismiss.keys)}`,
              ]),
    ]
}

/** What did not change is the same object: who compares two repositories looks at identity first. */
function sameWhereEqual(before: Repo, after: Repo): Repo {
    const same = <V>(old: ReadonlyMap<string, V>, next: ReadonlyMap<string, V>): ReadonlyMap<string, V> =>
        new Map(
            [...next].map(([name, value]) => {
                const known = old.get(name)
                return [name, known !== undefined && isDeepStrictEqual(known, value) ? known : value]
            }),
        )
    return {
        users: same(before.users, after.users),
        machines: same(before.machines, after.machines),
        groups: same(before.groups, after.groups),
        secrets: same(before.secrets, after.secrets),
    }
}
