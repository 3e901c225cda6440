import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import {
    emptyState,
    keyedHash,
    readState,
    removeState,
    writeState,
} from "../../../agent/machine/generation/state.ts"
import type { State } from "../../../agent/machine/generation/state.ts"
import { scratch } from "../machine.ts"

let mountPoint: string
beforeEach(() => {
    mountPoint = scratch()
    mkdirSync(join(mountPoint, ".hostseal"))
})

const file = { mac: "m", uid: 1, gid: 2, mode: 0o400, since: 3, at: "2026-01-01T00:00:00.000Z", stale: false }
const placed = [{ kind: "link", path: "/etc/x", target: "/run/secrets/x", file: "x" }] as const

function stateWith(): State {
    return {
        ...emptyState(),
        files: new Map([
            ["x", file],
            ["__proto__", file],
        ]),
        placed,
    }
}

test("comes back as it was, private", () => {
    const state = stateWith()
    writeState(mountPoint, 7, "1", state)
    const found = readState(mountPoint, 7, "1")
    expect([...found.files]).toEqual([...state.files])
    expect(found.placed).toEqual(placed)
    expect(keyedHash(found.key, Buffer.from("CANARY"))).toBe(keyedHash(state.key, Buffer.from("CANARY")))
    expect(statSync(join(mountPoint, ".hostseal/7.json")).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(mountPoint, ".hostseal"))).toEqual(["7.json"])
})

test("holds no value, and hashes that nobody can guess values from", () => {
    const [one, two] = [emptyState(), emptyState()]
    const hash = keyedHash(one.key, Buffer.from("1234"))
    expect(keyedHash(two.key, Buffer.from("1234"))).not.toBe(hash)
})

test("of another generation nothing is known", () => {
    writeState(mountPoint, 7, "1", stateWith())
    expect(readState(mountPoint, 8, "1").files.size).toBe(0)
})

test("of another version only what has to be taken away is known", () => {
    writeState(mountPoint, 7, "1", stateWith())
    const found = readState(mountPoint, 7, "2")
    expect([found.files.size, found.placed]).toEqual([0, placed])
})

for (const text of [
    "",
    "{",
    "null",
    "[]",
    '{"layout":2}',
    '{"layout":1,"key":"","files":{},"placed":[]}',
    '{"layout":1,"key":"","files":[],"placed":{}}',
    '{"layout":1,"key":"","files":[]}',
    '{"layout":1,"key":1,"files":[],"placed":[]}',
    '{"layout":1,"key":"","placed":[]}',
])
    test(`what is broken says nothing: ${text}`, () => {
        writeFileSync(join(mountPoint, ".hostseal/7.json"), text)
        const { files, placed: known } = readState(mountPoint, 7, "1")
        expect([...files]).toEqual([])
        expect(known).toEqual([])
    })

test("can be forgotten, also twice", () => {
    writeState(mountPoint, 7, "1", stateWith())
    removeState(mountPoint, 7)
    removeState(mountPoint, 7)
    expect(() => readFileSync(join(mountPoint, ".hostseal/7.json"))).toThrow("ENOENT")
})

for (const [what, change] of Object.entries({
    "another layout": { layout: 2 },
    "a key that is no text": { key: 1 },
    "files that are no list": { files: {} },
})) {
    test(`a state with ${what} is none of ours`, () => {
        writeState(mountPoint, 7, "1", stateWith())
        const path = join(mountPoint, ".hostseal/7.json")
        const written: object = JSON.parse(readFileSync(path, "utf8"))
        writeFileSync(path, JSON.stringify({ ...written, ...change }))
        expect([...readState(mountPoint, 7, "1").files]).toEqual([])
        expect(readState(mountPoint, 7, "1").placed).toEqual([])
    })
}
