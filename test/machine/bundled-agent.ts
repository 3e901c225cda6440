import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The agent as one file, for tests that start it many times: it starts much faster than the sources. */
export function bundleAgent(): string {
    const directory = mkdtempSync(join(tmpdir(), "hostseal-agent-"))
    const agent = join(directory, "agent.cjs")
    const options = ["--bundle", "--platform=node", "--format=cjs", "--log-level=error", `--outfile=${agent}`]
    execFileSync(join(root, "node_modules/.bin/esbuild"), ["agent/machine/main.ts", ...options], {
        cwd: root,
    })
    afterAll(() => rmSync(directory, { recursive: true }))
    return agent
}
