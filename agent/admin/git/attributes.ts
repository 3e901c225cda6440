// The lines of .gitattributes that give files to the drivers.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { ledgerName } from "../../repo/ruled-debt.ts"
import type { Context } from "../context.ts"
import { configName, layoutOf } from "../repository/layout.ts"

const drivers = "diff=hostseal merge=hostseal"
// Notes about who could read what: as text, two branches that each take somebody's access are in conflict.
const joined = "merge=hostseal"
const ofClan = [
    ...["sops/secrets/*/secret", "vars/**/secret"].map((pattern) => `${pattern} ${drivers}`),
    ...["sops/secrets/*/debt.json", "vars/**/debt.json"].map((pattern) => `${pattern} ${joined}`),
    // What values were made of: as text, half of each side would be in it.
    ...["vars/**/.generator.json", "vars/**/.validation-hash"].map((pattern) => `${pattern} ${joined}`),
]

/** Whether a line is one that was added here, whatever it is for. */
export function isOurLine(line: string): boolean {
    return line.endsWith(` ${joined}`)
}

/**
 * The lines for what lies there. Under a `.sops.yaml` they name the kinds of files in each folder that has encrypted ones,
 * so that they are for new ones too; what else they match, the drivers treat as git does.
 */
export async function attributesFor(flake: string, context: Context): Promise<readonly string[]> {
    const isClan = layoutOf(flake, context) === "clan"
    const clan = isClan ? ofClan : []
    if (isClan && !existsSync(join(flake, configName))) return clan
    const { loadRuled } = await import("../repository/ruled-tree.ts")
    const { files } = await loadRuled(flake, context)
    const patterns = new Set([...files.keys()].map(patternFor))
    return [
        ...clan,
        ...[...patterns].toSorted().map((pattern) => `${pattern} ${drivers}`),
        `${ledgerName} ${joined}`,
    ]
}

/** A pattern for the files beside one, of its kind: `/secrets/*.yaml`. One without an extension stands for itself. */
function patternFor(path: string): string {
    const [, folder = "", name = "", extension] = /^(.*\/)?([^/]*?)(\.[^./]+)?$/su.exec(path) ?? []
    const exact = (text: string): string => text.replaceAll(/[\\*?[\]]/gu, String.raw`\$&`)
    const pattern = `/${exact(folder)}${extension === undefined || name === "" ? exact(`${name}${extension ?? ""}`) : `*${exact(extension)}`}`
    // As a string of C, where a space or a quote would end it.
    return /[\s"\p{Cc}]/u.test(pattern) ? JSON.stringify(pattern) : pattern
}
