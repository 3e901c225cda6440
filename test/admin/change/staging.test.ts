import {
    chmodSync,
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import {
    apply,
    discard,
    mustStayInside,
    removeEmptied,
    stage,
    takeBack,
} from "../../../agent/admin/change/staging.ts"
import type { Write } from "../../../agent/admin/change/staging.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-staging-"))
afterAll(() => rmSync(root, { recursive: true }))

function tree(): string {
    const flake = mkdtempSync(join(root, "flake-"))
    for (const [path, text] of Object.entries({
        "sops/users/alice/key.json": "[]",
        "sops/users/bob/key.json": "[]",
        "sops/secrets/wifi/secret": "CANARY",
        "sops/secrets/vpn/secret": "CANARY",
        "sops/secrets/old/secret": "CANARY",
    })) {
        mkdirSync(join(flake, dirname(path)), { recursive: true })
        writeFileSync(join(flake, path), text)
    }
    mkdirSync(join(flake, "sops/secrets/wifi/users"))
    symlinkSync("../../../users/alice", join(flake, "sops/secrets/wifi/users/alice"))
    symlinkSync("/etc", join(flake, "sops/secrets/old/users"))
    return flake
}

/** Everything below a folder: what files hold, where links lead, and that folders are there. */
function everything(folder: string): Record<string, string> {
    return Object.fromEntries(
        readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
            const path = join(folder, entry.name)
            if (entry.isSymbolicLink()) return [[entry.name, `-> ${readlinkSync(path)}`]]
            if (entry.isFile())
                return [
                    [
                        entry.name,
                        `${readFileSync(path, "utf8")} ${(lstatSync(path).mode & 0o777).toString(8)}`,
                    ],
                ]
            return [
                [entry.name, "folder"],
                ...Object.entries(everything(path)).map(([name, what]) => [`${entry.name}/${name}`, what]),
            ]
        }),
    )
}

const all: readonly Write[] = [
    { kind: "move", from: "sops/secrets/old", path: "sops/secrets/new" },
    { kind: "bytes", path: "sops/secrets/new/secret", bytes: Buffer.from("CANARY bound anew") },
    { kind: "text", path: "sops/users/carol/key.json", text: "[1]" },
    { kind: "text", path: "sops/users/alice/key.json", text: "[2]" },
    { kind: "bytes", path: "sops/secrets/wifi/secret", bytes: Buffer.from("CANARY 2") },
    { kind: "unlink", path: "sops/secrets/wifi/users/alice" },
    { kind: "link", path: "sops/secrets/wifi/groups/admins", target: "../../../groups/admins" },
    { kind: "drop", path: "sops/users/bob" },
    { kind: "drop", path: "sops/secrets/vpn" },
    { kind: "unlink", path: "sops/secrets/wifi/users/nobody" },
]

test("nothing is touched before it is applied; then everything is as it should be", async () => {
    const flake = tree()
    const before = everything(join(flake, "sops/secrets"))
    const staged = await stage(flake, all)
    expect(everything(join(flake, "sops/secrets"))).toEqual({ ...before, "wifi/groups": "folder" })
    apply(flake, staged)
    removeEmptied(flake, staged)
    discard(flake)
    expect(everything(join(flake, "sops"))).toEqual({
        users: "folder",
        "users/alice": "folder",
        "users/alice/key.json": "[2] 644",
        "users/carol": "folder",
        "users/carol/key.json": "[1] 644",
        secrets: "folder",
        "secrets/wifi": "folder",
        "secrets/wifi/secret": "CANARY 2 644",
        "secrets/wifi/groups": "folder",
        "secrets/wifi/groups/admins": "-> ../../../groups/admins",
        "secrets/new": "folder",
        "secrets/new/secret": "CANARY bound anew 644",
        "secrets/new/users": "-> /etc",
    })
    // A link in a folder that moves is moved, and not looked behind.
    expect(new Set(staged.paths)).toEqual(
        new Set([
            "sops/secrets/old/secret",
            "sops/secrets/old/users",
            "sops/secrets/new/secret",
            "sops/secrets/new/users",
            "sops/secrets/vpn/secret",
            "sops/secrets/wifi/groups/admins",
            "sops/secrets/wifi/secret",
            "sops/secrets/wifi/users/alice",
            "sops/users/alice/key.json",
            "sops/users/bob/key.json",
            "sops/users/carol/key.json",
        ]),
    )
})

test("taking it back restores every byte, mode and link", async () => {
    const flake = tree()
    chmodSync(join(flake, "sops/secrets/wifi/secret"), 0o600)
    const before = everything(flake)
    const staged = await stage(flake, all)
    apply(flake, staged)
    removeEmptied(flake, staged)
    takeBack(flake, staged)
    discard(flake, staged)
    expect(everything(flake)).toEqual(before)
})

test("however many files there are, few are open at a time", async () => {
    const flake = tree()
    const open: number[] = []
    const writes = Array.from({ length: 1000 }, (_, index): Write => ({
        kind: "bytes",
        path: `sops/secrets/many-${index}/secret`,
        get bytes() {
            open.push(readdirSync("/proc/self/fd").length)
            return Buffer.from(`CANARY ${index}`)
        },
    }))
    const staged = await stage(flake, writes)
    expect(staged.steps).toHaveLength(1000)
    expect(Math.max(...open)).toBeLessThan(400)
    apply(flake, staged)
    expect(readFileSync(join(flake, "sops/secrets/many-999/secret"), "utf8")).toBe("CANARY 999")
})

describe("modes", () => {
    test("of a secret stay, without execution; a key file is never executable, and 0644 whatever the umask", async () => {
        const flake = tree()
        chmodSync(join(flake, "sops/secrets/wifi/secret"), 0o600)
        chmodSync(join(flake, "sops/secrets/vpn/secret"), 0o755)
        chmodSync(join(flake, "sops/users/alice/key.json"), 0o755)
        const staged = await stage(flake, [
            { kind: "bytes", path: "sops/secrets/wifi/secret", bytes: Buffer.from("x") },
            { kind: "bytes", path: "sops/secrets/vpn/secret", bytes: Buffer.from("x") },
            { kind: "bytes", path: "sops/secrets/fresh/secret", bytes: Buffer.from("x") },
            { kind: "text", path: "sops/users/alice/key.json", text: "[]" },
        ])
        apply(flake, staged)
        const mode = (path: string): string => (lstatSync(join(flake, path)).mode & 0o777).toString(8)
        expect(mode("sops/secrets/wifi/secret")).toBe("600")
        expect(mode("sops/secrets/vpn/secret")).toBe("644")
        expect(mode("sops/secrets/fresh/secret")).toBe("644")
        expect(mode("sops/users/alice/key.json")).toBe("644")
    })
})

describe("what is the same already", () => {
    test("is no step", async () => {
        const flake = tree()
        const before = everything(flake)
        const staged = await stage(flake, [
            { kind: "text", path: "sops/users/alice/key.json", text: "[]" },
            { kind: "link", path: "sops/secrets/wifi/users/alice", target: "../../../users/alice" },
            { kind: "drop", path: "sops/users/nobody" },
        ])
        expect(staged.steps).toEqual([])
        discard(flake, staged)
        expect(everything(flake)).toEqual(before)
    })
})

describe("refuses, and leaves nothing behind", () => {
    const cases: Record<string, [Write, (flake: string) => void]> = {
        "a folder in the place of a file": [
            { kind: "text", path: "sops/users/alice/key.json", text: "x" },
            (flake) => {
                rmSync(join(flake, "sops/users/alice/key.json"))
                mkdirSync(join(flake, "sops/users/alice/key.json"))
            },
        ],
        "a link in the place of a file": [
            { kind: "bytes", path: "sops/secrets/wifi/secret", bytes: Buffer.from("x") },
            (flake) => {
                rmSync(join(flake, "sops/secrets/wifi/secret"))
                symlinkSync("/etc/passwd", join(flake, "sops/secrets/wifi/secret"))
            },
        ],
        "a file in the place of a link": [
            { kind: "link", path: "sops/secrets/wifi/users/bob", target: "x" },
            (flake) => writeFileSync(join(flake, "sops/secrets/wifi/users/bob"), ""),
        ],
        "a link in the way of a folder": [
            { kind: "link", path: "sops/secrets/old/users/bob", target: "x" },
            () => undefined,
        ],
        "something where a secret is to move": [
            { kind: "move", from: "sops/secrets/old", path: "sops/secrets/wifi" },
            () => undefined,
        ],
    }
    for (const [what, [write, prepare]] of Object.entries(cases)) {
        test(what, async () => {
            const flake = tree()
            prepare(flake)
            const before = everything(flake)
            await expect(stage(flake, [...all.slice(1, 3), write])).rejects.toThrow("is in the way")
            expect(everything(flake)).toEqual(before)
        })
    }
})

test("a journal that leads through a link is not followed", () => {
    const flake = tree()
    const to = "sops/secrets/old/users/passwd"
    const inside = {
        steps: [{ from: "sops/.hostseal/0", to: "sops/secrets/wifi/secret" }],
        made: [],
        emptied: [],
    }
    expect(() => mustStayInside(flake, inside)).not.toThrow()
    for (const change of [
        { ...inside, steps: [{ from: "sops/.hostseal/0", to }] },
        { ...inside, steps: [{ from: to, to: "sops/.hostseal/0" }] },
        { ...inside, made: ["sops/secrets/old/users/x"] },
        { ...inside, emptied: ["sops/secrets/old/users"] },
    ]) {
        expect(() => mustStayInside(flake, change)).toThrow("sops/secrets/old/users is in the way")
    }
})

test("a file is not staged through what somebody put in its way", async () => {
    const flake = tree()
    const theirs = join(root, "theirs")
    writeFileSync(theirs, "theirs")
    const bytes = Buffer.from("CANARY")
    const writes: readonly Write[] = [
        {
            kind: "bytes",
            path: "sops/secrets/new/secret",
            get bytes() {
                symlinkSync(theirs, join(flake, "sops/.hostseal/0"))
                return bytes
            },
        },
    ]
    await expect(stage(flake, writes)).rejects.toThrow("EEXIST")
    expect(readFileSync(theirs, "utf8")).toBe("theirs")
})

test("a staged file is private until it is whole", async () => {
    const flake = tree()
    const modes: number[] = []
    const bytes = Buffer.from("CANARY")
    Object.defineProperty(bytes, "length", {
        get() {
            const made = lstatSync(join(flake, "sops/.hostseal/0"), { throwIfNoEntry: false })
            if (made !== undefined) modes.push(made.mode & 0o777)
            return bytes.byteLength
        },
    })
    await stage(flake, [{ kind: "bytes", path: "sops/secrets/new/secret", bytes }])
    expect(new Set(modes)).toEqual(new Set([0o600]))
})

for (const kind of ["users", "machines"])
    test(`the folder of ${kind} goes with the last of them`, async () => {
        const flake = mkdtempSync(join(root, "flake-"))
        mkdirSync(join(flake, `sops/${kind}/one`), { recursive: true })
        mkdirSync(join(flake, "sops/secrets"))
        writeFileSync(join(flake, `sops/${kind}/one/key.json`), "[]")
        const staged = await stage(flake, [{ kind: "drop", path: `sops/${kind}/one` }])
        apply(flake, staged)
        removeEmptied(flake, staged)
        discard(flake)
        expect(readdirSync(join(flake, "sops"))).toEqual(["secrets"])
    })
