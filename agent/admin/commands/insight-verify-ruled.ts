import { isCatchAll } from "../../sops/config/config.ts"
import { type RuledEvidence, type RuledVerdict, verifyRuled } from "../../repo/verify-ruled.ts"
import type { Context } from "../context.ts"
import { loadRuled, optionsText } from "../repository/ruled-tree.ts"

/** Holds the files of a repository against the rules of its `.sops.yaml`. */
export async function verifyRuledFiles(
    flake: string,
    badKey: RuledEvidence["badKey"],
    context: Context,
): Promise<RuledVerdict & { readonly files: number }> {
    const { config, configPath, files, matching, plain, nested, holders } = await loadRuled(flake, context)
    const rules = config.rules.map((rule) => ({
        ...rule,
        options: optionsText(rule.selection, rule.macOnlyEncrypted),
        catchesAll: isCatchAll(rule),
    }))
    const { findings } = config
    const evidence = { config: configPath, rules, findings, files, matching, plain, nested, holders }
    return {
        ...verifyRuled({
            ...evidence,
            badKey: (recipient) => (isForeign(recipient) ? undefined : badKey(recipient)),
        }),
        files: files.size,
    }
}

/** Keys of PGP and of a cloud are judged by those who have them. */
function isForeign(recipient: string): boolean {
    return /^[a-z_]+:/u.test(recipient)
}
