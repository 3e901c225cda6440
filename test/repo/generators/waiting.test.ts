import { expect, test } from "vitest"
import type { Declared } from "../../../agent/repo/generators/generator.ts"
import { withoutWaiting } from "../../../agent/repo/generators/waiting.ts"
import { declared, generator } from "./declared.ts"

const needs = (...dependencies: readonly string[]) => generator({ dependencies })
const shared = (...dependencies: readonly string[]) => generator({ share: true, dependencies })

test.each<[string, readonly string[], Declared, readonly string[]]>([
    ["nothing failed", [], declared({ a: { x: needs("y"), y: needs() } }), ["a/x", "a/y"]],
    [
        "those that depend on it wait, however far away",
        ["a/z"],
        declared({ a: { w: needs(), x: needs("y"), y: needs("z") }, b: { x: needs("z"), z: needs() } }),
        ["a/w", "b/x", "b/z"],
    ],
    [
        "a shared one waits for all that declare it",
        ["b/ca"],
        declared({ a: { ca: shared(), leaf: needs("ca") }, c: { leaf: needs("ca"), other: needs() } }),
        ["c/other"],
    ],
    [
        "a shared one that needs one that waits is waited for on every machine",
        ["b/root"],
        declared({ a: { ca: shared("root"), root: shared() }, c: { leaf: needs("ca") } }),
        [],
    ],
])("%s", (_what, failed, given, left) => {
    const unevaluated = failed.map((each) => {
        const [machine = "", name = ""] = each.split("/")
        return { machine, name }
    })
    const rest = withoutWaiting(given, unevaluated)
    expect(
        [...rest].flatMap(([machine, own]) => [...own.keys()].map((name) => `${machine}/${name}`)),
    ).toEqual(left)
})
