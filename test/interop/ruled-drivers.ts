// A repository with a `.sops.yaml` in which git has the drivers: one file of each format, two readers.

import { spawnSync } from "node:child_process"
import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { beforeEach, expect } from "vitest"
import { main } from "../admin/drivers.ts"
import { alice, committed, configuration, file, run, sealed, tree } from "./ruled-tree.ts"

export const yaml =
    "# CANARY about db\ndb:\n    password: CANARY\n    port: 5432\nlist:\n    - CANARY 1\n    - CANARY 2\n"
const plain: Readonly<Record<string, string>> = {
    "secrets/a.yaml": yaml,
    "secrets/b.json": '{"a":"CANARY","b":{"c":"CANARY"}}',
    "secrets/c.env": "A=CANARY\nB=CANARY\n",
    "secrets/d.ini": "[a]\nb = CANARY\nc = CANARY\n",
    "secrets/key.pem": "CANARY\n",
}

/** Git with the drivers, as Alice has it. */
export function git(...args: string[]) {
    const { status, stdout, stderr } = spawnSync("git", ["-C", tree, ...args], {
        encoding: "utf8",
        env: {
            HOME: tree,
            PATH: `${tree}/.git/bin:${process.env["PATH"]}`,
            SOPS_AGE_KEY: alice.secret,
            XDG_RUNTIME_DIR: join(tree, ".git"),
        },
    })
    return { status, output: stdout + stderr }
}

export async function set(path: string, key: string, value: string, ...more: string[]): Promise<void> {
    writeFileSync(join(tree, ".git/value"), value)
    const words = [...(key === "" ? [path] : [path, key]), ...more]
    expect(await run("set", ...words, "--file", join(tree, ".git/value"))).toMatchObject({ code: 0 })
}

/** Two branches from here, each with changes of its own, and `main` merging the other one. */
export async function merged(ours: () => Promise<void>, theirs: () => Promise<void>) {
    git("checkout", "-qb", "side")
    await theirs()
    git("checkout", "-q", "main")
    await ours()
    return git("merge", "-m", "merge", "side")
}

beforeEach(async () => {
    file(".git/bin/hostseal", `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`)
    chmodSync(join(tree, ".git/bin/hostseal"), 0o755)
    git("checkout", "-qb", "main")
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob"] }))
    for (const [path, text] of Object.entries(plain)) sealed(path, text)
    expect(await run("git-setup")).toMatchObject({ code: 0 })
    committed()
})
