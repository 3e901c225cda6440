// The shapes that repositories with a `.sops.yaml` have: what `verify` says of each, without a key.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { env } from "node:process"
import { afterEach, beforeEach, expect, test } from "vitest"
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
        for (const file of filesOf(shape.files)) put(file.path, file.text ?? unopened(file, keys))
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

/** What stands for a key without a name. */
const starts = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key.slice(0, 12)]))
