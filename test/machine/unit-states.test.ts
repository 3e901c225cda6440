import { expect, test } from "vitest"
import { parseStates, rescueOf } from "../../agent/machine/unit-states.ts"
import { fakeSystemctl } from "./systemctl.ts"
import { World } from "./world.ts"

const unit = (fields: Readonly<Record<string, string | number>>): string =>
    Object.entries({ Id: "a.service", ConditionResult: "yes", AssertResult: "yes", ...fields })
        .map(([name, value]) => `${name}=${value}\n`)
        .join("")

const nothing = { reset: [], start: [], maybe: new Map() }
const started = { ...nothing, reset: ["a.service"], start: ["a.service"] }
const wanted = { WantedBy: "multi-user.target", RequiredBy: "b.service" }
const waiting = new Map([["a.service", ["multi-user.target", "b.service"]]])

test.each([
    ["runs", { ActiveState: "active" }, nothing],
    ["reloads", { ActiveState: "reloading" }, nothing],
    ["waits for its automatic restart", { ActiveState: "activating" }, { ...nothing, reset: ["a.service"] }],
    ["never came to run", { ActiveState: "failed" }, started],
    [
        "ran and failed by itself",
        { ActiveState: "failed", ExecMainExitTimestampMonotonic: 5, ActiveExitTimestampMonotonic: 5 },
        started,
    ],
    [
        "was stopped by hand and ended with an error",
        { ActiveState: "failed", ExecMainExitTimestampMonotonic: 6, ActiveExitTimestampMonotonic: 5 },
        nothing,
    ],
    ["lost something that it needs", { ActiveState: "inactive", ...wanted }, { ...nothing, maybe: waiting }],
    [
        "had a condition that did not hold",
        { ActiveState: "inactive", ConditionTimestampMonotonic: 4, ConditionResult: "no", ...wanted },
        { ...nothing, maybe: waiting },
    ],
    [
        "had an assertion that did not hold",
        { ActiveState: "inactive", ConditionTimestampMonotonic: 4, AssertResult: "no", ...wanted },
        { ...nothing, maybe: waiting },
    ],
    [
        "was stopped by hand",
        { ActiveState: "inactive", ActiveEnterTimestampMonotonic: 3, ...wanted },
        nothing,
    ],
    [
        "did its work and ended",
        { ActiveState: "inactive", ConditionTimestampMonotonic: 4, ...wanted },
        nothing,
    ],
    ["is being stopped", { ActiveState: "deactivating" }, nothing],
])("a unit that %s", (_, fields, rescue) => {
    expect(rescueOf(parseStates(unit(fields)))).toEqual(rescue)
})

test("units are told apart by the empty line between them, and one that is not there is none", () => {
    const shown = `${unit({ ActiveState: "failed" })}\n${unit({ Id: "b.service", ActiveState: "failed" })}\n\nLoadState=not-found\n`
    expect(rescueOf(parseStates(shown)).start).toEqual(["a.service", "b.service"])
})

test("a unit that is new in a switch is left to the switch", () => {
    const shown = (job: string): string =>
        `${unit({ ActiveState: "inactive", ...wanted })}\n${unit({ Id: "sysinit-reactivation.target", ActiveState: "inactive", Job: job })}`
    expect(rescueOf(parseStates(shown("317")))).toEqual(nothing)
    expect(rescueOf(parseStates(shown("")))).toEqual({ ...nothing, maybe: waiting })
})

const secrets = [{ name: "s", sopsFile: "s", restartUnits: ["a.service"] }]

test("a unit that has failed is started when its secret arrives, after the others were restarted", async () => {
    const world = new World()
    const { asked } = fakeSystemctl(world, "running", unit({ ActiveState: "failed" }))
    await world.seal("s", "CANARY")
    await world.install({ secrets })
    expect(asked()).toEqual([
        "--no-block reset-failed -- a.service [1]",
        "--no-block try-restart -- a.service [1]",
        "--no-block start -- a.service [1]",
    ])
})

test("while the machine boots only what has failed is asked for", async () => {
    for (const [state, expected] of [
        ["failed", ["--no-block reset-failed -- a.service [1]", "--no-block start -- a.service [1]"]],
        ["activating", []],
        ["inactive", []],
    ] as const) {
        const world = new World()
        const { asked } = fakeSystemctl(world, "starting", unit({ ActiveState: state, ...wanted }))
        await world.seal("s", "CANARY")
        await world.install({ secrets })
        expect(asked()).toEqual(expected)
    }
})
