// What can be known about a repository with a `.sops.yaml` without any private key: whether its files are encrypted for
// those whom the rules name, and whether the rules say what their author meant.

import type { Holder } from "./ruled.ts"
import { disagreements, mend } from "./verify.ts"
import type { Claim, Problem } from "./verify.ts"

/** A creation rule, as far as it is judged here. */
export interface Rule {
    readonly line: number
    readonly pattern: string | undefined
    readonly groups: readonly (readonly string[])[]
    /** What is encrypted, as `unencrypted_suffix _unencrypted`. */
    readonly options: string
    readonly catchesAll: boolean
}

/** What an encrypted file says of itself. */
export type RuledFile =
    | { readonly kind: "unreadable"; readonly problem: string }
    | {
          readonly kind: "sealed"
          readonly groups: readonly (readonly string[])[]
          readonly options: string
          /** What is wrong with it, and what its binding claims; of files that were looked at closely. */
          readonly flaws?: readonly string[]
          readonly claim?: Claim | undefined
      }

/** What is looked at. */
export interface RuledEvidence {
    /** The path of the configuration. */
    readonly config: string
    readonly rules: readonly Rule[]
    readonly findings: readonly { readonly line: number; readonly message: string }[]
    /** Encrypted files by path. */
    readonly files: ReadonlyMap<string, RuledFile>
    /** The rules, by their place in `rules`, that a path matches; the first one counts. */
    readonly matching: (path: string) => readonly number[]
    /** Files that could be encrypted and are not. */
    readonly plain: readonly string[]
    /** Configurations in folders: sops uses them when it runs there, and only then. */
    readonly nested: readonly string[]
    readonly holders: Pick<ReadonlyMap<string, Holder>, "get">
    /** Says why a recipient cannot be encrypted to; undefined for a good one. */
    readonly badKey: (recipient: string) => string | undefined
}

/** What is wrong, and what is only worth a look. */
export interface RuledVerdict {
    readonly problems: readonly Problem[]
    readonly notes: readonly Problem[]
}

/** Every problem, in the order of the tree. */
export function verifyRuled(evidence: RuledEvidence): RuledVerdict {
    const { config, rules, findings, files, matching, plain, nested } = evidence
    const matched = new Map([...files.keys()].map((path) => [path, matching(path)]))
    const problems = [
        ...findings.map(({ line, message }) => badConfig(`${config}:${line}`, message)),
        ...keyProblems(evidence),
        ...shadowed(evidence, matched),
        ...[...files].flatMap(([path, file]) => {
            const [first] = matched.get(path) ?? []
            return fileProblems(path, file, first === undefined ? undefined : rules[first], evidence)
        }),
    ]
    const notes = [
        ...unused(evidence, matched),
        ...nested.map((path): Problem => ({
            code: "nested-config",
            path,
            message: "counts for sops when it is run below this folder, and is not looked at here",
        })),
        ...plain.flatMap((path): readonly Problem[] => {
            const rule = rules[matching(path)[0] ?? -1]
            if (rule === undefined || rule.catchesAll) return []
            return [
                {
                    code: "plain",
                    path,
                    message: `is not encrypted, although a rule is for it (${at(rule, config)})`,
                },
            ]
        }),
    ]
    return { problems: sorted(problems), notes: sorted(notes) }
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
    return problems.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

function badConfig(path: string, message: string): Problem {
    return { code: "bad-config", path, message }
}

function at({ line }: Rule, config: string): string {
    return `${config}:${line}`
}

function keyProblems({ config, rules, badKey }: RuledEvidence): readonly Problem[] {
    return rules.flatMap((rule) =>
        [...new Set(rule.groups.flat())].flatMap((recipient) => {
            const reason = badKey(recipient)
            return reason === undefined
                ? []
                : [{ code: "bad-key" as const, path: at(rule, config), message: `${recipient}: ${reason}` }]
        }),
    )
}

/**
 * Rules that never count, because an earlier one takes all that they match. That is asked of the files that are there,
 * and of others beside them: a general rule behind a special one has its sense, even where nothing needs it yet.
 */
function shadowed(
    { config, rules, matching }: RuledEvidence,
    matched: ReadonlyMap<string, readonly number[]>,
): readonly Problem[] {
    return rules.flatMap((rule, index): readonly Problem[] => {
        const paths = [...matched].flatMap(([path, found]) => (found.includes(index) ? [path] : []))
        const asked = [...paths, ...new Set(paths.map(besides))]
            .map(matching)
            .filter((found) => found.includes(index))
        const by = rules
            .slice(0, index)
            .find(
                ({ pattern, catchesAll }, other) =>
                    catchesAll ||
                    pattern === rule.pattern ||
                    (!rule.catchesAll && asked.length > 0 && asked.every((found) => found.includes(other))),
            )
        if (by === undefined) return []
        return [
            {
                code: "shadowed-rule",
                path: at(rule, config),
                message: `never counts: whatever it matches, the rule in line ${by.line} matches first`,
                hint: "the first rule that matches wins: put it before that one",
            },
        ]
    })
}

/** The path of a file beside another one, of its kind, that nobody has. */
function besides(path: string): string {
    return path.replace(/[^/]*?(\.[^./]*)?$/u, (_name, extension: string = "") => `zz-beside-zz${extension}`)
}

function unused(
    { config, rules }: RuledEvidence,
    matched: ReadonlyMap<string, readonly number[]>,
): readonly Problem[] {
    const all = new Set([...matched.values()].flat())
    return rules.flatMap((rule, index): readonly Problem[] =>
        all.has(index) || rule.catchesAll
            ? []
            : [{ code: "unused-rule", path: at(rule, config), message: "matches no encrypted file" }],
    )
}

function fileProblems(
    path: string,
    file: RuledFile,
    rule: Rule | undefined,
    evidence: RuledEvidence,
): readonly Problem[] {
    if (file.kind === "unreadable") return [{ code: "unreadable", path, message: file.problem }]
    const own = [
        ...(file.flaws ?? []).map((message): Problem => ({ code: "damaged", path, message, hint: mend })),
        ...disagreements(path, file.claim),
    ]
    if (rule === undefined)
        return [
            ...own,
            {
                code: "no-rule",
                path,
                message: `is encrypted, and no rule of ${evidence.config} is for it: nobody can say for whom it should be`,
                hint: "add a rule whose path_regex matches it",
            },
        ]
    const options: readonly Problem[] =
        file.options === rule.options
            ? []
            : [
                  {
                      code: "rule-options",
                      path,
                      message: `was encrypted with ${file.options}, and its rule (${at(rule, evidence.config)}) says ${rule.options}`,
                      hint: "no command of sops brings this to a file that exists: decrypt it, and encrypt it anew",
                  },
              ]
    return [...own, ...recipientProblems(path, file.groups, rule, evidence), ...options]
}

function recipientProblems(
    path: string,
    groups: readonly (readonly string[])[],
    rule: Rule,
    { config, holders }: RuledEvidence,
): readonly Problem[] {
    // Said of the rule, once.
    if (rule.groups.flat().length === 0) return []
    if (groups.length !== rule.groups.length)
        return [
            {
                code: "key-groups",
                path,
                message: `has ${counted(groups.length)}, and its rule (${at(rule, config)}) ${counted(rule.groups.length)}`,
                hint: "run: sops updatekeys",
            },
        ]
    const whose = (recipient: string): string => {
        const holder = holders.get(recipient)
        return holder === undefined ? recipient : `${holder.kind} "${holder.name}" (${recipient})`
    }
    return groups.flatMap((actual, index) => {
        const wanted = rule.groups[index] ?? []
        const lacks = (some: readonly string[], recipient: string): boolean =>
            !some.some((other) => isSame(other, recipient))
        return [
            ...wanted
                .filter((recipient) => lacks(actual, recipient))
                .map((recipient): Problem => ({
                    code: "missing-recipient",
                    path,
                    message: `is not encrypted for ${whose(recipient)}, whom its rule names (${at(rule, config)})`,
                    hint: "run: hostseal key update",
                })),
            ...actual
                .filter((recipient) => lacks(wanted, recipient))
                .map((recipient): Problem => ({
                    code: "extra-recipient",
                    path,
                    message: `is encrypted for ${whose(recipient)}, whom its rule does not name (${at(rule, config)})`,
                    hint: "run: hostseal key update, then change the values at their origin",
                })),
        ]
    })
}

/** A PGP key may be named by the last 16 digits of its fingerprint. */
function isSame(one: string, other: string): boolean {
    if (one === other) return true
    if (!one.startsWith("pgp:") || !other.startsWith("pgp:")) return false
    const [a, b] = [one.slice(4), other.slice(4)]
    return (a.length === 16 && b.endsWith(a)) || (b.length === 16 && a.endsWith(b))
}

function counted(groups: number): string {
    return groups === 1 ? "one key group" : `${groups} key groups`
}
