// The shapes that repositories with a `.sops.yaml` have: what `verify` says of each, without a key.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { env } from "node:process"
import { afterEach, beforeEach, expect, test } from "vitest"
import { rules } from "./shapes/shape.ts"
import { filesOf, filled, keysWith } from "./shapes/keys.ts"
import { misread } from "./shapes/misread.ts"
import { mistaken } from "./shapes/mistaken.ts"
import { unopened } from "./shapes/unopened.ts"
import { written } from "./shapes/written.ts"
import { hostseal } from "./world.ts"

const keys = keysWith("85D77543B3D624B63CEA9E6DBC17301B491B3F21", "0E1B3FD5B0C6C1F5D2F3A4B5C6D7E8F901234567")
let tree: string

beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), "hostseal-shapes-"))
})
afterEach(() => rmSync(tree, { recursive: true }))

function put(path: string, text: string): void {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
}
const run = (...args: string[]) =>
    hostseal([...args, "--flake", tree], { PATH: env["PATH"] ?? "", HOME: tree })

test.each([...written, ...mistaken, ...misread].map((shape) => [shape.about, shape] as const))(
    "%s",
    async (_, shape) => {
        put(".sops.yaml", filled(shape.config, keys))
        for (const file of filesOf(shape.files)) put(file.path, file.text ?? (await unopened(file, keys)))
        const { code, out } = await run("verify", "--json")
        type Found = { readonly code: string; readonly path: string }
        const { problems, notes = [] }: { problems: Found[]; notes?: Found[] } = JSON.parse(out)
        const short = (all: readonly Found[]) => all.map((each) => `${each.code} ${each.path}`).toSorted()
        expect({ problems: short(problems), notes: short(notes), code }).toEqual({
            problems: (shape.finds ?? []).toSorted(),
            notes: (shape.notes ?? []).toSorted(),
            code: shape.finds === undefined ? 0 : 5,
        })
        if (shape.who === undefined) return
        const [users, machines] = await Promise.all(["users", "machines"].map((kind) => run(kind, "list")))
        const [names = "", hosts = ""] = shape.who.split("|").map((some) => filled(some, starts))
        const lines = (some: string) =>
            some
                .split(" ")
                .filter((name) => name !== "")
                .toSorted()
        expect(users?.out.split("\n").slice(0, -1)).toEqual(lines(names))
        expect(machines?.out.split("\n").slice(0, -1)).toEqual(lines(hosts))
    },
)

test("the shell completes files, the keys in them, people and machines", async () => {
    put(".sops.yaml", filled(rules({ "": "alice web" }), keys))
    put("hosts/web/default.nix", "{ }\n")
    const files = { "secrets/a.yaml": "alice", "secrets/key.pem": "alice" }
    for (const file of filesOf(files)) put(file.path, await unopened(file, keys))
    const next = async (...words: string[]) =>
        (await hostseal(["completion", "words", "--", ...words], { PATH: env["PATH"] ?? "", HOME: tree })).out
            .split("\n")
            .flatMap((line) => line.split("\t")[0] || [])
    expect(await next("get", "--flake", tree, "sec")).toEqual(["secrets/a.yaml", "secrets/key.pem"])
    expect(await next("get", "--flake", tree, "secrets/a.yaml", "")).toEqual(["a"])
    expect(await next("set", "--flake", tree, "secrets/a.yaml", "")).toEqual(["a"])
    expect(await next("set", "--flake", tree, "secrets/key.pem", "")).toEqual([])
    expect(await next("users", "get", "--flake", tree, "")).toEqual(["alice", "bob", "db"])
    expect(await next("machines", "get", "--flake", tree, "")).toEqual(["web"])
})

test("doctor counts what is there, and names configurations that do not count", async () => {
    put(".sops.yaml", filled(rules({ "": "alice web" }), keys))
    put("sub/.sops.yaml", "creation_rules: []\n")
    for (const file of filesOf({ "secrets/a.yaml": "alice", "sub/b.yaml": "bob" }))
        put(file.path, await unopened(file, keys))
    const { out } = await run("doctor")
    expect(out).toContain(`${tree}: 4 users, 0 machines, 1 encrypted file`)
    expect(out).toContain("sub/.sops.yaml is for sops that runs below its folder")
})

/** What stands for a key without a name. */
const starts = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key.slice(0, 12)]))
