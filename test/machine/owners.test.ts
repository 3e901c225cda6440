import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { lookUpOwners, onlyOwner } from "../../agent/machine/owners.ts"
import { scratch, testHost } from "./machine.ts"
import { stranger } from "./world.ts"

const root = { name: "root" }

/** A machine with these files and a `getent` that knows one more user and group, and notes what it is asked. */
function machine(files: { passwd?: string; group?: string } = {}) {
    const directory = scratch()
    const bin = join(directory, "bin")
    const asked = join(directory, "asked")
    mkdirSync(bin)
    writeFileSync(
        join(bin, "getent"),
        `#!/bin/sh\necho "$@" >> ${asked}\ncase "$2" in passwd) echo ldap:x:7001:7002::/home/ldap:/bin/sh;; group) echo team:x:8001:;; esac\nexit 2\n`,
    )
    chmodSync(join(bin, "getent"), 0o755)
    writeFileSync(asked, "")
    const paths = { passwd: join(directory, "passwd"), group: join(directory, "group") }
    writeFileSync(
        paths.passwd,
        files.passwd ?? "root:x:0:0::/root:/bin/sh\nalice:x:1000:100::/home/alice:/bin/sh\n",
    )
    writeFileSync(paths.group, files.group ?? "root:x:0:\nusers:x:100:alice\nkeys:x:96:\n")
    const host = testHost(directory, { env: { PATH: bin } })
    return { host, paths, asked: () => readFileSync(asked, "utf8") }
}

test("finds names in the files and starts nothing", async () => {
    const { host, paths, asked } = machine()
    const owners = await lookUpOwners([{ owner: { name: "alice" }, group: { name: "users" } }], host, paths)
    expect(owners.user({ name: "alice" })).toBe(1000)
    expect(owners.group({ name: "users" })).toBe(100)
    expect(owners.user({ id: 4242 })).toBe(4242)
    expect(owners.keysGroup).toBe(96)
    expect(asked()).toBe("")
})

test("asks getent once for all other names", async () => {
    const { host, paths, asked } = machine()
    const wanted = ["ldap", "grmpf", "root"].map((name) => ({ owner: { name }, group: { name: "team" } }))
    const owners = await lookUpOwners(wanted, host, paths)
    expect(owners.user({ name: "ldap" })).toBe(7001)
    expect(owners.group({ name: "team" })).toBe(8001)
    expect(owners.user({ name: "grmpf" })).toBeUndefined()
    expect(asked()).toBe("-- passwd ldap grmpf\n-- group team\n")
})

test("takes digits for a number unless somebody is called that", async () => {
    const { host, paths } = machine({ passwd: "77:x:5:5::/:/bin/sh\n" })
    const owners = await lookUpOwners([{ owner: { name: "77" }, group: { id: 0 } }], host, paths)
    expect(owners.user({ name: "77" })).toBe(5)
    expect(owners.user({ name: "1001" })).toBe(1001)
    expect(owners.user({ name: "99999999999" })).toBeUndefined()
    expect(owners.user({ name: "4294967295" })).toBeUndefined()
})

test("reads the lines as the C library does", async () => {
    const passwd =
        "alice\nalice:x\nalice:x:many:\nalice:x:7:7\nalice:x:8:8\nmalice:x:9:9\nlast:x:10\n:x:11:11"
    const { host, paths } = machine({ passwd })
    const wanted = ["alice", "last", "lice", "malice:x", "x", "alice:x\nmalice", ""]
    const owners = await lookUpOwners(
        wanted.map((name) => ({ owner: { name }, group: root })),
        host,
        paths,
    )
    expect(wanted.map((name) => owners.user({ name }))).toEqual([
        7,
        10,
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
    ])
})

test("falls back from keys to nogroup", async () => {
    const { host, paths, asked } = machine({ group: `nogroup:x:${stranger}:\n` })
    expect((await lookUpOwners([], host, paths)).keysGroup).toBe(stranger)
    expect(asked()).toBe("")
})

test("a group that this user namespace does not know is not taken for nogroup", async () => {
    const { host, paths } = machine({ group: "nogroup:x:4294967295:\n" })
    expect((await lookUpOwners([], host, paths)).keysGroup).toBe(0)
})

test("does without getent and without the files", async () => {
    const { host } = machine()
    const bare = { ...host, env: { PATH: "/nowhere" } }
    const owners = await lookUpOwners([{ owner: root, group: root }], bare, {
        passwd: "/nowhere/p",
        group: "/nowhere/g",
    })
    // The real getent may be there, and knows root.
    expect([0, undefined]).toContain(owners.user(root))
    expect(owners.user({ id: 3 })).toBe(3)
})

test("knows the homes that belong to one user", async () => {
    const passwd = "a:x:1:1::/home/a:\nb:x:2:2::/var/empty:\nc:x:3:3::/var/empty:\nd:x:4:4::/:\n"
    const { host, paths } = machine({ passwd })
    const owners = await lookUpOwners([], host, paths)
    expect(owners.homes()).toEqual([{ directory: "/home/a", uid: 1, gid: 1 }])
})

test("only one owner, whoever is asked for", () => {
    expect(onlyOwner(0, 0).user({ name: "alice" })).toBe(0)
    expect(onlyOwner(5, 6).keysGroup).toBe(6)
    expect(onlyOwner(5, 6).homes()).toEqual([])
})
