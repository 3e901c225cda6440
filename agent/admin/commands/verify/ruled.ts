import { isCatchAll } from "../../../sops/config/config.ts"
import { type RuledEvidence, type RuledVerdict, verifyRuled } from "../../../repo/verify-ruled.ts"
import type { Repo } from "../../../repo/repo.ts"
import type { Problem } from "../../../repo/verify.ts"
import type { Context } from "../../context.ts"
import { UserError } from "../../../error.ts"
import { SopsError } from "../../../sops/error.ts"
import { configPathOf, loadRuled, optionsText } from "../../repository/ruled-tree.ts"
import type { RuledTree } from "../../repository/ruled-tree.ts"

/** Holds the files of a repository against the rules of its `.sops.yaml`. */
export async function verifyRuledFiles(
    flake: string,
    badKey: RuledEvidence["badKey"],
    context: Context,
): Promise<RuledVerdict & { readonly repo: Repo; readonly files: number }> {
    const tree = await loadOrRefuse(flake, context)
    if (!("files" in tree)) return { repo: nobody, problems: [tree], notes: [], files: 0 }
    const { repo, config, configPath, files, matching, plain, nested } = tree
    const holders = { get: (recipient: string) => tree.holders.get(tree.spelled(recipient)) }
    const rules = config.rules.map((rule) => ({
        ...rule,
        options: optionsText(rule.selection, rule.macOnlyEncrypted),
        catchesAll: isCatchAll(rule),
    }))
    const { findings } = config
    const judged: RuledEvidence["badKey"] = (recipient) =>
        isForeign(recipient) ? undefined : badKey(recipient)
    const evidence = { config: configPath, rules, findings, files, matching, plain, nested, holders }
    const { problems, notes } = verifyRuled({ ...evidence, badKey: judged })
    return { repo, problems: files.size === 0 ? [...problems, nothing] : problems, notes, files: files.size }
}

/** The files, or what sops has against their configuration as a whole. */
async function loadOrRefuse(flake: string, context: Context): Promise<RuledTree | Problem> {
    try {
        return await loadRuled(flake, context, true)
    } catch (error) {
        const cause = error instanceof UserError ? error.cause : undefined
        if (!(cause instanceof SopsError)) throw error
        const config = configPathOf(flake, context)
        const path = cause.line === undefined ? config : `${config}:${cause.line}`
        return {
            code: "bad-config",
            path,
            message: cause.message.replace(/^line \d+: /u, ""),
            hint: "no file was looked at",
        }
    }
}

const nobody: Repo = { users: new Map(), machines: new Map(), groups: new Map(), secrets: new Map() }

const nothing: Problem = {
    code: "not-read",
    path: ".",
    message: "holds no file that sops encrypted: nothing was verified",
    hint: "name the directory of the configuration with --flake",
}

/** Keys of PGP and of a cloud are judged by those who have them. */
function isForeign(recipient: string): boolean {
    return /^[a-z_]+:/u.test(recipient)
}
