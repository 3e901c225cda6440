import { expect, test } from "vitest"
import { type Rule, type RuledEvidence, type RuledFile, verifyRuled } from "../../agent/repo/verify-ruled.ts"

const options = "unencrypted_suffix _unencrypted"

function rule(pattern: string | undefined, ...groups: string[][]): Rule {
    return { line: 1, pattern, groups, options, catchesAll: pattern === undefined }
}

function sealed(...groups: string[][]): RuledFile {
    return { kind: "sealed", groups, options }
}

/** The codes and paths of what is found; patterns are the beginnings of paths. */
function found(rules: readonly Rule[], files: Record<string, RuledFile>, more: Partial<RuledEvidence> = {}) {
    const matching = (path: string): number[] =>
        rules.flatMap(({ pattern }, index) => (path.startsWith(pattern ?? "") ? [index] : []))
    const evidence: RuledEvidence = {
        config: ".sops.yaml",
        rules,
        findings: [],
        files: new Map(Object.entries(files)),
        matching,
        plain: [],
        nested: [],
        holders: new Map(),
        badKey: () => undefined,
        ...more,
    }
    const { problems, notes } = verifyRuled(evidence)
    const short = ({ code, path }: { code: string; path: string }): string => `${code} ${path}`
    return { problems: problems.map(short), notes: notes.map(short) }
}

test("files that are for those whom their rule names are right, in whatever order", () => {
    expect(found([rule("a", ["x", "y"])], { a: sealed(["y", "x"]) })).toEqual({ problems: [], notes: [] })
})

test.each([
    ["somebody cannot read", sealed(["x"]), ["missing-recipient a"]],
    ["somebody still can", sealed(["x", "y", "z"]), ["extra-recipient a"]],
    ["both", sealed(["x", "z"]), ["missing-recipient a", "extra-recipient a"]],
    ["two groups where the rule has one", sealed(["x"], ["y"]), ["key-groups a"]],
    ["a file that cannot be read", { kind: "unreadable", problem: "no" } as const, ["unreadable a"]],
    ["other options", { kind: "sealed", groups: [["x", "y"]], options: "b" } as const, ["rule-options a"]],
])("%s", (_, file, problems) => {
    expect(found([rule("a", ["x", "y"])], { a: file }).problems).toEqual(problems)
})

test("a PGP key is the same by its last 16 digits", () => {
    const long = "pgp:85D77543B3D624B63CEA9E6DBC17301B491B3F21"
    expect(found([rule("a", ["pgp:BC17301B491B3F21"])], { a: sealed([long]) }).problems).toEqual([])
    expect(found([rule("a", ["pgp:AC17301B491B3F21"])], { a: sealed([long]) }).problems).toHaveLength(2)
})

test("a file without a rule", () => {
    expect(found([rule("a", ["x"])], { b: sealed(["x"]), a: sealed(["x"]) }).problems).toEqual(["no-rule b"])
})

test.each([
    ["an equal pattern", ["a", "a"], ["shadowed-rule .sops.yaml:2"]],
    ["a wider one", ["a", "a/b"], ["shadowed-rule .sops.yaml:2"]],
    ["one for everything", [undefined, "a"], ["shadowed-rule .sops.yaml:2"]],
    ["not a special one before a general one", ["a/b.yaml", "a"], []],
    ["not one before a rule for everything", ["a", undefined], []],
])("a rule never counts behind %s", (_, patterns, problems) => {
    const rules = patterns.map((pattern, index) => ({ ...rule(pattern, ["x"]), line: index + 1 }))
    expect(found(rules, { "a/b.yaml": sealed(["x"]) }).problems).toEqual(problems)
})

test("a rule that matches nothing is worth a note", () => {
    expect(found([rule("a", ["x"]), rule("c", ["x"])], { a: sealed(["x"]) }).notes).toEqual([
        "unused-rule .sops.yaml:1",
    ])
})

test("a plain file is worth a note where a rule is for it that does not take everything", () => {
    const rules = [rule("a", ["x"]), rule(undefined, ["x"])]
    const files = { a0: sealed(["x"]) }
    expect(found(rules, files, { plain: ["a.yaml", "b.yaml"] }).notes).toEqual(["plain a.yaml"])
})
