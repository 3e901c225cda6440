// The creation rules of a `.sops.yaml`: who a file that is made at some path is encrypted for. Read as sops 3.13 reads
// them, which forgives much; what it forgives and nobody can have meant is a finding.

import { lineFinder, SopsError } from "../error.ts"
import { compileRegex } from "../regex/match.ts"
import { defaultRule, selectionOptions } from "../selection.ts"
import type { SelectionRule } from "../selection.ts"
import type { YamlNode } from "../yaml/node.ts"
import { parseYaml } from "../yaml/parse.ts"
import { type ConfigKey, keysOf } from "./keys.ts"
import { fieldsOf, isNothing, meant, problem } from "./nodes.ts"
import { groupsOf, recipientFields } from "./recipients.ts"

/** Something in the configuration that is not what its author meant; the line is counted from 1. */
export interface Finding {
    readonly line: number
    readonly message: string
}

/** One creation rule. */
export interface CreationRule {
    readonly line: number
    /** Undefined where there is none, or an empty one: everything matches. */
    readonly pattern: string | undefined
    /**
     * Recipients by key group, named as in files (`KeyEntry.id`). More than one group means that several people are
     * needed to open a file.
     */
    readonly groups: readonly (readonly string[])[]
    /** What is encrypted in a new file. */
    readonly selection: SelectionRule
    readonly macOnlyEncrypted: boolean
    /**
     * Whether the rule is for the file at this path, relative to the directory of the configuration. Throws `SopsError`
     * of problem "limit" for a pattern that takes too long: it is never taken for no match.
     */
    readonly matches: (path: string) => boolean
}

/** A `.sops.yaml`. */
export interface Config {
    readonly rules: readonly CreationRule[]
    /** Every key that the configuration names or uses, once. */
    readonly keys: readonly ConfigKey[]
    readonly findings: readonly Finding[]
}

/**
 * Reads a configuration. Throws `SopsError` for one that sops refuses as a whole, with the line. A rule that sops would
 * refuse when it comes to it is a finding, and matches nothing.
 */
export function readConfig(source: string): Config {
    const [document] = parseYaml(source).documents
    const root = document?.root
    if (root === undefined || isNothing(root)) return { rules: [], keys: [], findings: [] }
    const findings: Finding[] = []
    const lineOf = lineFinder(source)
    const find = (node: YamlNode, message: string): void => {
        findings.push({ line: lineOf(node.start), message })
    }
    if (meant(root).kind !== "map") throw problem("the configuration is not a mapping", root, source)
    const fields = fieldsOf(root, source)
    const list = fields.get("creation_rules")
    if (list !== undefined && !isNothing(list) && meant(list).kind !== "seq")
        throw problem("creation_rules is not a list", list, source)
    const nodes = list === undefined || isNothing(list) ? [] : meant(list).items
    const rules = nodes.map((node) => ruleOf(node, source, lineOf(node.start), find))
    for (const name of fields.keys())
        if (/^creation[-_ ]?rules?$/iu.test(name) && name !== "creation_rules")
            find(fields.get(name) ?? root, `"${name}" is not "creation_rules": sops reads over it`)
    return { rules, keys: keysOf(root, nodes, source), findings }
}

/** The first rule that is for a path: it alone counts. */
export function ruleFor({ rules }: Pick<Config, "rules">, path: string): CreationRule | undefined {
    return rules.find((rule) => rule.matches(path))
}

/** Whether a rule takes whatever no rule before it took. */
export function isCatchAll({ pattern, matches }: CreationRule): boolean {
    return pattern === undefined || matches("\u0000")
}

type Find = (node: YamlNode, message: string) => void

const known: ReadonlySet<string> = new Set([
    "path_regex",
    ...recipientFields,
    "aws_profile",
    "key_groups",
    "shamir_threshold",
    ...selectionOptions,
    "mac_only_encrypted",
])

function ruleOf(node: YamlNode, source: string, line: number, find: Find): CreationRule {
    if (meant(node).kind !== "map") throw problem("a creation rule is not a mapping", node, source)
    const fields = fieldsOf(node, source)
    for (const [name, value] of fields)
        if (!known.has(name)) find(value, `a creation rule has no field "${name}": sops reads over it`)
    const regex = fields.get("path_regex")
    if (regex !== undefined && meant(regex).kind !== "scalar")
        throw problem("path_regex is not a text", regex, source)
    const pattern = textOf(regex) || undefined
    const given = selectionOptions.flatMap((option) => {
        const text = textOf(fields.get(option))
        return text === "" ? [] : [{ option, pattern: text }]
    })
    if (given.length > 1)
        find(node, `a creation rule has both ${given.map(({ option }) => option).join(" and ")}`)
    const groups = groupsOf(node, fields, source, find)
    if (groups.length > 1 && !fields.has("shamir_threshold"))
        find(
            node,
            `a creation rule has ${groups.length} key groups, so that one key of each is needed to open a file: ` +
                'one dash too many? ("- age:" and "pgp:" below each other are one group)',
        )
    return {
        line,
        pattern,
        groups,
        selection: given[0] ?? defaultRule,
        macOnlyEncrypted: textOf(fields.get("mac_only_encrypted")) === "true",
        matches: matcherOf(pattern, node, line, find),
    }
}

/** Far above what any pattern needs that people write for paths; there may be any number of these. */
const perCharacter = 200

function matcherOf(
    pattern: string | undefined,
    node: YamlNode,
    line: number,
    find: Find,
): CreationRule["matches"] {
    if (pattern === undefined) return () => true
    const test = bounded(() => compileRegex(pattern, perCharacter), line)
    if (test === undefined) {
        find(node, `path_regex is not a pattern that sops understands: ${pattern}`)
        return () => false
    }
    if (/^\^?\\?\.\//u.test(pattern))
        find(node, `path_regex begins with "./", and paths never do: ${pattern}`)
    // A path is asked for by all that look at its rule, and again for each commit of its past.
    const answers = new Map<string, boolean>()
    return (path) => {
        const answer = answers.get(path) ?? bounded(() => test(path), line)
        answers.set(path, answer)
        return answer
    }
}

/** What takes too long says in which line it stands. */
function bounded<T>(work: () => T, line: number): T {
    try {
        return work()
    } catch (error) {
        if (!(error instanceof SopsError) || error.problem !== "limit") throw error
        throw new SopsError("limit", "path_regex is too large, or takes too long", { line })
    }
}

function textOf(node: YamlNode | undefined): string {
    if (node === undefined || isNothing(node)) return ""
    const { kind, value } = meant(node)
    return kind === "scalar" ? value : ""
}
