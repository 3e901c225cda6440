import { expect, test } from "vitest"
import { debtsAfter } from "../../agent/repo/debt-after.ts"
import type { Reader } from "../../agent/repo/access.ts"
import { estate } from "./estate.ts"

const now = new Date("2026-03-04T05:06:07.890Z")
const at = "2026-03-04T05:06:07Z"
const rest = ["age1alice"]
const since = ({ name }: Reader): string | null => (name === "bob" ? "2026-01-01T00:00:00Z" : null)

test("whoever loses a key is noted with it, also when another key of theirs stays", () => {
    const recipients = [...rest, "age1bob"]
    expect(debtsAfter([], estate, { recipients, extra: ["age1bob2", "age1web01"] }, now, since)).toEqual([
        { lost: "user:bob", since: "2026-01-01T00:00:00Z", at, recipients: ["age1bob2"] },
        { lost: "machine:web01", since: null, at, recipients: ["age1web01"] },
    ])
})

test("recipients that are nobody's cannot be noted", () => {
    expect(debtsAfter([], estate, { recipients: rest, extra: ["age1stranger"] }, now, since)).toEqual([])
})

test("older notes stay until every key in them reads again", () => {
    const then = "2025-01-01T00:00:00Z"
    const known = [
        { lost: "user:bob", since: then, at: then, recipients: ["age1bob", "age1bob2"] },
        { lost: "user:gone", since: null, at: then, recipients: ["age1gone"] },
    ]
    expect(debtsAfter(known, estate, { recipients: [...rest, "age1bob"], extra: [] }, now, since)).toEqual(
        known,
    )
    expect(
        debtsAfter(known, estate, { recipients: [...rest, "age1bob", "age1bob2"], extra: [] }, now, since),
    ).toEqual(known.slice(1))
    const [, again] = debtsAfter(known, estate, { recipients: rest, extra: ["age1bob"] }, now, since)
    expect(again).toEqual({ lost: "user:bob", since: then, at, recipients: ["age1bob", "age1bob2"] })
})
