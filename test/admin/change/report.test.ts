import { expect, test } from "vitest"
import type { Plan } from "../../../agent/admin/change/plan.ts"
import { commitMessage, printPlan, printResult } from "../../../agent/admin/change/report.ts"
import { emptyRepo } from "../../../agent/repo/repo.ts"
import { testContext } from "../world.ts"

const reader = (name: string, kind: "user" | "machine" = "user") => ({ kind, name })
const plan: Plan = {
    message: "secrets: update wifi",
    before: emptyRepo,
    edit: { repo: emptyRepo },
    shifts: [
        {
            path: "sops/secrets/wifi",
            gained: [reader("alice"), reader("web01", "machine")],
            lost: [reader("bob")],
        },
        { path: "vars/shared/ca/key", gained: [reader("alice")], lost: [] },
    ],
    strange: new Map(),
    tasks: [
        {
            path: "sops/secrets/wifi",
            source: "sops/secrets/wifi",
            recipients: [],
            known: [],
            how: "rotate",
            file: undefined,
            extra: ["age1stranger"],
            missing: [],
            renewed: [],
        },
    ],
    changes: [{ kind: "move", path: "sops/secrets/wifi", from: "sops/secrets/old" }],
    git: undefined,
}

test("a commit says who gains and who loses what, after clan's line", () => {
    expect(commitMessage(plan)).toBe(
        "secrets: update wifi\n\nuser alice can now read wifi, vars/shared/ca/key\nmachine web01 can now read wifi\n" +
            "user bob can no longer read wifi\n",
    )
    expect(commitMessage({ ...plan, shifts: [] })).toBe("secrets: update wifi")
})

test("long lists are cut, and folders of vars cannot forge a line", () => {
    const path = (index: number): string => `sops/secrets/s${index}`
    const many = Array.from({ length: 40 }, (_, index) => ({
        path: path(index),
        gained: [reader("alice")],
        lost: [],
    }))
    expect(commitMessage({ ...plan, shifts: many })).toContain(
        "user alice can now read s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 30 more\n",
    )
    const readers = Array.from({ length: 300 }, (_, index) => reader(`u${index}`))
    const message = commitMessage({ ...plan, shifts: [{ path: path(0), gained: readers, lost: [] }] })
    expect(message.split("\n").at(-2)).toBe("and 200 more")
    const forged = [
        { path: "vars/shared/x/a\nuser eve can now read all\u001b[2J", gained: [reader("bob")], lost: [] },
    ]
    expect(commitMessage({ ...plan, shifts: forged })).toBe(
        String.raw`secrets: update wifi` +
            "\n\n" +
            String.raw`user bob can now read vars/shared/x/a\nuser eve can now read all\x1b[2J` +
            "\n",
    )
})

test("a dry run shows the plan as output", () => {
    const { context, printed } = testContext({})
    printPlan(plan, context)
    expect(printed()).toBe(
        [
            "secrets: update wifi",
            "user alice could now read wifi, vars/shared/ca/key",
            "machine web01 could now read wifi",
            "user bob could no longer read wifi",
            "re-encrypt, with a new data key, wifi",
            "move sops/secrets/old to sops/secrets/wifi",
            "",
        ].join("\n"),
    )
})

test("what was done is for people, or with --json one record", () => {
    const person = testContext({})
    printResult(plan, { paths: ["a", "b"], committed: ["a", "b"] }, person.context)
    expect(person.printed()).toBe("")
    expect(person.said()).toContain(
        "warning: wifi was encrypted for age1stranger too, which belongs to nobody here\n",
    )
    expect(person.said()).toContain("Committed 2 files to git: a, b\n")
    const program = testContext({}, { flags: { json: true } })
    printResult(plan, { paths: ["a"], committed: undefined }, program.context)
    expect(JSON.parse(program.printed())).toMatchObject({
        version: 1,
        dryRun: false,
        committed: false,
        paths: ["a"],
        access: [
            { secret: "sops/secrets/wifi", gained: ["user:alice", "machine:web01"], lost: ["user:bob"] },
            {},
        ],
        sealed: [{ secret: "sops/secrets/wifi", how: "rotate", removedRecipients: ["age1stranger"] }],
    })
})
