import { expect, test } from "vitest"
import { sharing } from "../../../agent/admin/past/sharing.ts"
import { grant, renameMember } from "../../../agent/repo/edits.ts"
import { age, estate } from "../../repo/estate.ts"

const copy = structuredClone(estate)

test("what is equal becomes the same object", () => {
    const repo = sharing(estate, copy)
    for (const kind of ["users", "machines", "groups", "secrets"] as const)
        for (const [name, value] of estate[kind]) expect(repo[kind].get(name)).toBe(value)
})

test("what differs stays as it is", () => {
    const changed = grant(renameMember(copy, "user", "bob", "rob"), "sops/secrets/own", {
        machines: ["web01"],
    })
    const other = { ...changed, users: new Map([...changed.users, ["alice", age("new")] as const]) }
    const repo = sharing(estate, other)
    expect(repo).toEqual(other)
    expect(repo.secrets.get("sops/secrets/tls")).toBe(estate.secrets.get("sops/secrets/tls"))
})
