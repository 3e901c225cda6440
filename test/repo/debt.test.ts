import { expect, test } from "vitest"
import {
    daysOpen,
    type Debt,
    mergeDebts,
    noteDebt,
    parseDebts,
    printDebts,
    unsettled,
} from "../../agent/repo/debt.ts"

const bob: Debt = {
    lost: "user:bob",
    since: null,
    at: "2026-01-02T00:00:00Z",
    recipients: ["age1b", "age1a"],
}
const web: Debt = {
    lost: "machine:web01",
    since: "2025-01-01T00:00:00Z",
    at: "2026-01-03T00:00:00Z",
    recipients: [],
}

test("prints the same bytes in whatever order, and reads them back", () => {
    expect(printDebts([bob, web])).toBe(printDebts([web, bob]))
    expect(parseDebts(printDebts([bob, web]))).toEqual([web, { ...bob, recipients: ["age1a", "age1b"] }])
})

test("a second revocation of the same reader joins the first", () => {
    const again: Debt = {
        ...bob,
        since: "2026-02-01T00:00:00Z",
        at: "2026-02-02T00:00:00Z",
        recipients: ["age1c"],
    }
    expect(noteDebt([web, { ...bob, since: "2025-06-01T00:00:00Z" }], again)).toEqual([
        web,
        {
            lost: "user:bob",
            since: "2025-06-01T00:00:00Z",
            at: "2026-02-02T00:00:00Z",
            recipients: ["age1b", "age1a", "age1c"],
        },
    ])
})

for (const [why, text] of Object.entries({
    "what is not JSON": "<<<<<<< HEAD",
    "a map": "{}",
    "a name that is no reader": JSON.stringify([{ ...bob, lost: "user:../../x" }]),
    "a date that is none": JSON.stringify([{ ...bob, at: "yesterday" }]),
    "a field it does not know": JSON.stringify([{ ...bob, value: "CANARY" }]),
})) {
    test(`refuses ${why}`, () => {
        expect(() => parseDebts(text)).toThrow(/^debt\.json (is not JSON|does not have the expected form)/u)
        expect(() => parseDebts(text)).not.toThrow(/CANARY/u)
    })
}

test("counts whole days", () => {
    expect(daysOpen(bob, new Date("2026-01-04T23:00:00Z"))).toBe(2)
    expect(daysOpen(bob, new Date("2025-12-31T00:00:00Z"))).toBe(0)
})

test("a value that any program has set anew since settles its notes, and a file that was only touched does not", () => {
    const file = { iv: "new", lastModified: "2026-05-01T00:00:00Z" }
    const noted = { ...bob, iv: "old" }
    expect(unsettled([bob, web], file)).toEqual([])
    expect(unsettled([noted], file)).toEqual([])
    expect(unsettled([noted], { ...file, iv: "old" })).toEqual([noted])
    expect(unsettled([noted], { ...file, lastModified: bob.at })).toEqual([noted])
    expect(unsettled([noted], { ...file, lastModified: "rubbish" })).toEqual([noted])
    expect(unsettled([noted], undefined)).toEqual([noted])
    // A merge has sealed it, perhaps, and nobody has changed it.
    expect(unsettled([{ ...bob, iv: "" }], file)).toEqual([{ ...bob, iv: "" }])
    expect(parseDebts(printDebts([noted]))).toEqual([{ ...noted, recipients: ["age1a", "age1b"] }])
})

test("a merge keeps what either side has noted, and drops what either has settled", () => {
    const merged = (...sides: Parameters<typeof mergeDebts>) =>
        mergeDebts(...sides).map(({ lost, at }) => [lost, at])
    const [ofBob, ofWeb] = [bob, web].map(({ lost, at }) => [lost, at])
    expect(merged([], [bob], [web])).toEqual([ofBob, ofWeb])
    expect(merged([bob], [bob], [bob, web])).toEqual([ofBob, ofWeb])
    expect(merged([bob, web], [bob, web], [web])).toEqual([ofWeb])
    expect(merged([bob, web], [web], [bob, web])).toEqual([ofWeb])
    const more: Debt = { ...bob, at: "2026-03-04T00:00:00Z" }
    expect(merged([bob], [], [more])).toEqual([[more.lost, more.at]])
})
