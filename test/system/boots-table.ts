// npm run test:boots -- --times 10: boots every machine that often, and prints how many boots lost nothing.

import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env, execPath } from "node:process"
import { parseArgs } from "node:util"

const { values } = parseArgs({ options: { times: { type: "string", default: "10" } } })
const directory = mkdtempSync(join(tmpdir(), "hostseal-boots-"))
const table = join(directory, "table.md")
const vitest = join(import.meta.dirname, "..", "..", "node_modules", "vitest", "vitest.mjs")
const args = ["run", "-c", join(import.meta.dirname, "vitest.config.ts"), "test/system/boots.test.ts"]
const { status } = spawnSync(execPath, [vitest, ...args], {
    stdio: "inherit",
    env: { ...env, HOSTSEAL_BOOTS: values.times, HOSTSEAL_BOOTS_TABLE: table },
})
if (existsSync(table))
    console.log(`| boot | what has to be so | boots |\n| --- | --- | --- |\n${readFileSync(table, "utf8")}`)
rmSync(directory, { recursive: true })
process.exitCode = status ?? 1
