import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { afterAll, beforeAll, expect, test } from "vitest"
import { nodeProblem } from "../../agent/os/node-floor.ts"
import { bundledAgent, bundledCli } from "../bundled.ts"

const directory = mkdtempSync(join(tmpdir(), "hostseal-floor-"))
beforeAll(() => {
    writeFileSync(
        join(directory, "old.cjs"),
        `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })`,
    )
})
afterAll(() => rmSync(directory, { recursive: true }))

for (const [name, bundled] of [
    ["hostseal", bundledCli],
    ["hostseal-agent", bundledAgent],
] as const) {
    test(`${name} says at once that Node is too old, and does nothing`, async () => {
        const args = ["--require", join(directory, "old.cjs"), await bundled(), "version"]
        const { status, stdout, stderr } = spawnSync(execPath, args, { encoding: "utf8" })
        expect([status, stdout]).toEqual([1, ""])
        expect(stderr).toMatch(
            /^(?:hostseal-agent: )?error: this takes Node 24\.7 or later, and is Node 20\.20\.2\n$/u,
        )
    })
}

test("nothing is said of a newer one", () => {
    for (const version of ["24.7.0", "26.0.0", "100.1.2", process.versions.node])
        expect(nodeProblem(version)).toBeUndefined()
    expect(nodeProblem("8.17.0")).toContain("Node 8.17.0")
})
