import { expect, test } from "vitest"
import { mergeVersions, type MergeSide } from "../../../agent/admin/git/merge.ts"

const version = (value: string, ...recipients: string[]): MergeSide => ({
    value: Buffer.from(`CANARY ${value}`),
    recipients,
})

test("one side grants, the other sets a new value: both happen", () => {
    const merged = mergeVersions(version("old", "a"), version("old", "a", "b"), version("new", "a"))
    expect(merged).toMatchObject({
        from: "theirs",
        value: Buffer.from("CANARY new"),
        recipients: ["a", "b"],
        conflicts: [],
    })
})

test("one side grants, the other revokes: both happen", () => {
    const merged = mergeVersions(version("v", "a", "b"), version("v", "a", "b", "c"), version("v", "a"))
    expect(merged).toMatchObject({ from: "ours", recipients: ["a", "c"] })
})

test("the same new value on both sides is no conflict", () => {
    expect(mergeVersions(version("old", "a"), version("new", "a"), version("new", "a")).from).toBe("ours")
})

test("two different new values are one", () => {
    expect(mergeVersions(version("old", "a"), version("one", "a"), version("two", "a")).conflicts).toEqual([
        "",
    ])
})

test("made on both sides: the same value joins, different ones do not", () => {
    expect(mergeVersions(undefined, version("v", "a"), version("v", "b")).recipients).toEqual(["a", "b"])
    expect(mergeVersions(undefined, version("one", "a"), version("two", "a")).conflicts).toEqual([""])
})
