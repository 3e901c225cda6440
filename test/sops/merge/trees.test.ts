import { expect, test } from "vitest"
import { mergeTrees } from "../../../agent/sops/merge/trees.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"

const documents = (text: string) => yaml.parse(text, "plain").documents

/** What becomes of three versions. */
function merged(base: string | undefined, ours: string, theirs: string) {
    const result = mergeTrees(
        base === undefined ? undefined : documents(base),
        documents(ours),
        documents(theirs),
    )
    const { conflicts, taken } = result
    return { text: yaml.emit(result.documents).toString(), conflicts, taken }
}

const base = "a: CANARY 1\nb:\n    c: CANARY 2\n    d: 3\nlist:\n    - x\n    - v\n"

test.each([
    ["nothing", base, base, base, []],
    ["a value here", base.replace("CANARY 1", "CANARY 9"), base, base.replace("CANARY 1", "CANARY 9"), []],
    [
        "a value there",
        base,
        base.replace("CANARY 2", "CANARY 9"),
        base.replace("CANARY 2", "CANARY 9"),
        ["b/c"],
    ],
    [
        "values beside each other",
        base.replace("CANARY 2", "CANARY 8"),
        base.replace("d: 3", "d: 9"),
        base.replace("CANARY 2", "CANARY 8").replace("d: 3", "d: 9"),
        ["b/d"],
    ],
    ["the same on both sides", base.replace("3", "4"), base.replace("3", "4"), base.replace("3", "4"), []],
    [
        "elements of a list",
        base.replace("- x", "- 1"),
        base.replace("- v", "- 2"),
        base.replace("- x\n    - v", "- 1\n    - 2"),
        ["list/1"],
    ],
    ["what is gone there", base, base.replace("a: CANARY 1\n", ""), base.replace("a: CANARY 1\n", ""), ["a"]],
    [
        "what is gone here",
        base.replace("    d: 3\n", ""),
        base.replace("- x", "- z"),
        base.replace("    d: 3\n", "").replace("- x", "- z"),
        ["list"],
    ],
    [
        "what is new on both sides",
        base.replace("b:", "k: 1\nb:"),
        `${base}m: 2\n`,
        `${base.replace("b:", "k: 1\nb:")}m: 2\n`,
        ["m"],
    ],
    ["another type", base, base.replace("d: 3", 'd: "3"'), base.replace("d: 3", 'd: "3"'), ["b/d"]],
])("%s", (_, ours, theirs, text, taken) => {
    expect(merged(base, ours, theirs)).toEqual({ text, conflicts: [], taken })
})

test.each([
    ["a value on both sides", base.replace("3", "4"), base.replace("3", "5"), ["b/d"]],
    ["a value that is gone there", base.replace("3", "4"), base.replace("    d: 3\n", ""), ["b/d"]],
    ["a value that is gone here", base.replace("    d: 3\n", ""), base.replace("3", "5"), ["b/d"]],
    [
        "a mapping that is a value there",
        base.replace("3", "4"),
        "a: CANARY 1\nb: 1\nlist:\n    - x\n    - v\n",
        ["b"],
    ],
    ["lists that both have made longer", `${base}    - z\n`, `${base}    - w\n`, ["list"]],
    ["an element of a list", base.replace("- x", "- 1"), base.replace("- x", "- 2"), ["list/0"]],
    ["two files", `${base}---\na: 1\n`, `${base}---\na: 2\n`, [""]],
])("a conflict: %s", (_, ours, theirs, conflicts) => {
    const result = merged(base, ours, theirs)
    expect(result.conflicts).toEqual(conflicts)
    expect(result.text).toBe(ours)
})

test("both sides made the file: what they agree in is no conflict", () => {
    expect(merged(undefined, "a: 1\nb: 2\n", "a: 1\nb: 3\nc: 4\n")).toEqual({
        text: "a: 1\nb: 2\nc: 4\n",
        conflicts: ["b"],
        taken: ["c"],
    })
})

test("later documents have their number in front", () => {
    const many = "a: 1\n---\nb: 2\nc: 3\n"
    expect(merged(many, many.replace("2", "4"), many.replace("3", "5"))).toMatchObject({
        text: "a: 1\n---\nb: 4\nc: 5\n",
        taken: ["[1]/c"],
    })
})

test("comments go with their values, and those of both sides are kept", () => {
    const text = "# one\na: 1\n# two\nb: 2\n# last\n"
    expect(
        merged(text, text.replace("# one", "# uno"), text.replace("# two", "# due").replace("b: 2", "b: 3"))
            .text,
    ).toBe("# uno\na: 1\n# due\nb: 3\n# last\n")
    expect(merged(text, text.replace("# one", "# uno"), text.replace("# one", "# eins")).text).toBe(
        "# uno\n# eins\na: 1\n# two\nb: 2\n# last\n",
    )
})
