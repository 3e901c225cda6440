// Sides of a merge that are bound, that are not, and that somebody has meddled with.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { parseIdentity } from "../../../agent/age/identity.ts"
import { bindDocument } from "../../../agent/sops/bind.ts"
import { parseDocument } from "../../../agent/sops/document.ts"
import { openDocument } from "../../../agent/sops/open.ts"
import { unlock } from "../../../agent/sops/unlock.ts"
import {
    begin,
    end,
    alice,
    bob,
    carol,
    commit,
    content,
    folder,
    git,
    grant,
    here,
    hostseal,
    put,
    seal,
    secret,
    unbind,
    verdict,
} from "../drivers.ts"

beforeEach(begin)
afterEach(end)

test("what is merged is bound to place and readers", async () => {
    await grant(alice, bob)
    commit("bob comes")
    git("checkout", "-qb", "side")
    await seal("CANARY new", alice, bob)
    commit("value")
    git("checkout", "-q", "main")
    await seal("CANARY old", alice)
    commit("bob goes")
    expect(git("merge", "-q", "-m", "merge", "side").status).toBe(0)
    expect(await content()).toEqual({ value: "CANARY new", recipients: [alice.recipient] })
    expect(await verdict()).toBe("bound")
    git("checkout", "-qb", "back")
    await grant(alice, bob)
    commit("bob comes again")
    git("checkout", "-q", "main")
    await seal("CANARY newer", alice)
    commit("value again")
    expect(git("merge", "-q", "-m", "merge", "back").status).toBe(0)
    expect((await content()).recipients).toEqual([alice.recipient, bob.recipient].toSorted())
    expect(await verdict()).toBe("bound")
})

test("a side that has other readers and is not bound is a conflict, whichever has the value", async () => {
    git("checkout", "-qb", "side")
    await grant(alice, bob)
    await unbind()
    commit("bob comes, by clan")
    git("checkout", "-q", "main")
    await seal("CANARY new", alice)
    commit("value")
    const first = git("merge", "-m", "merge", "side")
    expect(first.status).toBe(1)
    expect(first.output).toContain("one side has other readers, and is not bound to them")
    expect(await content()).toEqual({ value: "CANARY new", recipients: [alice.recipient] })
    git("merge", "--abort")
    git("checkout", "-q", "side")
    const second = git("merge", "-m", "merge", "main")
    expect(second.status).toBe(1)
    expect(second.output).toContain("one side has other readers, and is not bound to them")
})

test("a side that is not bound and has the same readers is merged, and stays so", async () => {
    git("checkout", "-qb", "side")
    await seal("CANARY new", alice)
    await unbind()
    commit("value, by clan")
    git("checkout", "-q", "main")
    await grant(alice, bob)
    commit("bob comes")
    expect(git("merge", "-q", "-m", "merge", "side").status).toBe(0)
    expect((await content()).value).toBe("CANARY new")
    expect(await verdict()).toBe("unbound")
})

test("in strict mode a side that is not bound is a conflict, whoever has the value and whoever reads it", async () => {
    hostseal("bind", "--all", "--strict", "on")
    git("checkout", "-qb", "side")
    await seal("CANARY new", alice)
    await unbind()
    commit("value, by clan")
    git("checkout", "-q", "main")
    await grant(alice, bob)
    commit("bob comes")
    for (const [on, other] of [
        ["main", "side"],
        ["side", "main"],
    ] as const) {
        git("checkout", "-q", on)
        const kept = readFileSync(join(folder, secret), "utf8")
        const { status, output } = git("merge", "-m", "merge", other)
        expect(status).toBe(1)
        expect(output).toContain("one side is not bound to its place and readers")
        expect(readFileSync(join(folder, secret), "utf8")).toBe(kept)
        git("merge", "--abort")
    }
    // A person takes it back, and no commit; whom this clone has not let in stays out.
    hostseal("bind", "--strict", "off", "--accept", "all")
    const lax = git("merge", "-m", "merge", "main").output
    expect(lax).not.toContain("not bound")
    expect(lax).toContain("would gain it, which was not accepted in this clone")
})

test("a reader whom a side has, but not its binding, is not merged in", async () => {
    git("checkout", "-qb", "side")
    const bound = readFileSync(join(folder, secret), "utf8")
    await grant(alice, bob)
    const planted = JSON.parse(readFileSync(join(folder, secret), "utf8"))
    planted.sops.hostseal = JSON.parse(bound).sops.hostseal
    put(secret, JSON.stringify(planted, undefined, "\t"))
    expect(await verdict()).toBe("readers")
    commit("tidy up")
    git("checkout", "-q", "main")
    await seal("CANARY new", alice)
    commit("value")
    expect(git("merge", "-q", "-m", "merge", "side").status).toBe(0)
    expect(await content()).toEqual({ value: "CANARY new", recipients: [alice.recipient] })
    expect(await verdict()).toBe("bound")
})

test("a side that was sealed for another place is a conflict", async () => {
    const { document, dataKey } = await here()
    git("checkout", "-qb", "side")
    put(secret, bindDocument(document, dataKey, "sops/secrets/other"))
    commit("exchange")
    git("checkout", "-q", "main")
    await grant(alice, bob)
    commit("bob comes")
    const { status, output } = git("merge", "-m", "merge", "side")
    expect(status).toBe(1)
    expect(output).toContain("the file of one side was sealed for sops/secrets/other")
})

test("an entry that is not the one a side was bound with is made anew", async () => {
    await grant(alice, bob)
    commit("bob comes")
    const before = JSON.parse(readFileSync(join(folder, secret), "utf8"))
    git("checkout", "-qb", "side")
    await seal("CANARY new", alice, bob)
    const exchanged = JSON.parse(readFileSync(join(folder, secret), "utf8"))
    const entryOf = (of: { sops: { age: { recipient: string; enc: string }[] } }) =>
        of.sops.age.find(({ recipient }) => recipient === bob.recipient)
    Object.assign(entryOf(exchanged) ?? {}, { enc: entryOf(before)?.enc })
    put(secret, JSON.stringify(exchanged, undefined, "\t"))
    expect(await verdict()).toBe("entries")
    commit("value")
    git("checkout", "-q", "main")
    await grant(alice, bob, carol)
    commit("carol comes")
    const { status, output } = git("merge", "-m", "merge", "side")
    expect(status).toBe(0)
    expect(output).toContain("are made anew: ")
    expect(await verdict()).toBe("bound")
    const merged = await parseDocument(readFileSync(join(folder, secret)), "binary")
    for (const { secret: own } of [alice, bob, carol])
        expect(
            openDocument(merged, await unlock(merged, { identities: [parseIdentity(own)] }))
                .whole()
                .toString(),
        ).toBe("CANARY new")
})
