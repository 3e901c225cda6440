import { expect, test } from "vitest"
import { happening } from "../../../agent/admin/past/entries.ts"
import type { Moment } from "../../../agent/admin/past/entries.ts"

const moment: Moment = { readers: ["user:alice"], recipients: ["a"], iv: "1", noted: [] }
const nothing = { made: false, removed: false, value: false, gained: [], lost: [], rekeyed: false }

test.each<[string, Moment | undefined, Moment | undefined, object | undefined]>([
    ["nothing there", undefined, undefined, undefined],
    ["the same", moment, { ...moment }, undefined],
    ["made", undefined, moment, { ...nothing, made: true, gained: ["user:alice"] }],
    ["removed", moment, undefined, { ...nothing, removed: true }],
    ["a new value", moment, { ...moment, iv: "2" }, { ...nothing, value: true }],
    [
        "a new data key with a note of who may still know the old value",
        { ...moment, readers: ["user:alice", "user:bob"], recipients: ["a", "b"] },
        { ...moment, iv: "2", noted: ["2"] },
        { ...nothing, lost: ["user:bob"] },
    ],
    [
        "a new value while an older note stays",
        { ...moment, noted: ["1"] },
        { ...moment, iv: "2", noted: ["1"] },
        { ...nothing, value: true },
    ],
    [
        "somebody more",
        moment,
        { ...moment, readers: ["user:alice", "user:bob"], recipients: ["a", "b"] },
        { ...nothing, gained: ["user:bob"] },
    ],
    ["other keys", moment, { ...moment, recipients: ["a", "a2"] }, { ...nothing, rekeyed: true }],
])("%s", (_what, before, after, expected) => {
    expect(happening(before, after)).toEqual(expected)
})
