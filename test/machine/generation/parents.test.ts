import { chownSync, lstatSync } from "node:fs"
import { expect, test } from "vitest"
import type { Owners } from "../../../agent/machine/owners.ts"
import { parentsOf } from "../../../agent/machine/generation/parents.ts"
import { parseManifest } from "../../../agent/machine/manifest/parse.ts"
import { scratch } from "../machine.ts"
import { asBytes, writtenManifest, writtenSecret } from "../manifest-examples.ts"
import { stranger } from "../world.ts"

const owners: Owners = {
    user: (principal) => ("name" in principal && principal.name === "grmpf" ? undefined : 7),
    group: () => 8,
    keysGroup: 0,
    homes: () => [{ directory: "/home/alice", uid: 1000, gid: 100 }],
}

/** What a directory would be that has to be made at `path`, below a `nearest` that belongs to a stranger. */
function made(path: string, nearest: string, extras: object = {}): object {
    const secrets = [writtenSecret({ name: "s", path: `${path}/s` })]
    const hostseal = { version: 1, secrets: { s: extras } }
    const [entry] = parseManifest(asBytes(writtenManifest({ secrets, hostseal })), "m", () => "").secrets
    if (entry === undefined) return expect.fail("no entry")
    const directory = scratch()
    chownSync(directory, stranger, stranger)
    const status = lstatSync(directory)
    return parentsOf(entry, owners, { uid: 1, gid: 2 })(path, { path: nearest, status })
}

test("elsewhere it belongs to us", () => {
    expect(made("/var/lib/app", "/var/lib")).toEqual({ uid: 1, gid: 2, mode: 0o755 })
})

test("in a home it belongs to the owner of the nearest directory there", () => {
    const expected = { uid: stranger, gid: stranger, mode: 0o755 }
    expect(made("/home/alice/.config/app", "/home/alice/.config")).toEqual(expected)
    expect(made("/home/alice/.config", "/home/alice")).toEqual(expected)
})

test("a home that is not there yet belongs to its user", () => {
    expect(made("/home/alice", "/home")).toEqual({ uid: 1000, gid: 100, mode: 0o755 })
})

test("a name that only begins like a home is elsewhere", () => {
    expect(made("/home/alice2/x", "/home/alice2")).toEqual({ uid: 1, gid: 2, mode: 0o755 })
})

test("what the manifest says goes before", () => {
    const extras = { parentOwner: "app", parentGroup: "app", parentMode: "0700" }
    expect(made("/home/alice/x", "/home/alice", extras)).toEqual({ uid: 7, gid: 8, mode: 0o700 })
    expect(() => made("/var/x", "/var", { parentOwner: "grmpf" })).toThrow(
        "parentOwner or parentGroup is unknown",
    )
})
