import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { execPath } from "node:process"
import { expect, test } from "vitest"

test("where there are no namespaces the demonstration says what is missing, and what helps", () => {
    const demo = join(import.meta.dirname, "demo.ts")
    const script = `echo 0 > /proc/sys/user/max_mnt_namespaces && exec '${execPath}' '${demo}'`
    const { status, stdout, stderr } = spawnSync("unshare", ["--map-root-user", "sh", "-c", script], {
        encoding: "utf8",
    })
    expect([status, stderr]).toEqual([1, ""])
    expect(stdout).toMatch(/needs a mount namespace .* gives it none: unshare: .+\nIn a container: /u)
})
