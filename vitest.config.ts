import { spawnSync } from "node:child_process"
import { argv, execPath, exit, getuid, stderr } from "node:process"
import { defineConfig } from "vitest/config"
import { slowTests } from "./test/slow.ts"

// Tests mount real memory file systems. Who is not root becomes root of a user and mount namespace of their own, with a
// /dev/shm of its root: the one of the machine belongs to nobody there.
if (getuid?.() !== 0) {
    const inside = (script: string, ...args: readonly string[]) =>
        spawnSync("unshare", ["-rm", "sh", "-c", script, "sh", ...args], { stdio: "inherit" })
    const mount = "mount -t tmpfs -o mode=1777 tmpfs /dev/shm"
    const { status, error } = inside(mount)
    if (status !== 0) {
        stderr.write(`the tests need root, or unshare -rm to work${error ? `: ${error.message}` : ""}\n`)
        exit(1)
    }
    exit(inside(`${mount} && exec "$@"`, execPath, ...argv.slice(1)).status ?? 1)
}

/** What touches no file and starts no program: these test files need no process of their own. */
const pure = "test/{age,repo,sops}/**/*.test.ts"
// What proves is what happens, not how long that takes on a machine that has other things to do.
const timeouts = { testTimeout: 120_000, hookTimeout: 120_000 }

// Suites that need more than Node have configurations of their own: test/interop, test/system, test/nix.
export default defineConfig({
    test: {
        maxWorkers: "100%",
        globalSetup: ["test/bundled.ts"],
        projects: [
            { test: { name: "pure", include: [pure], exclude: slowTests, isolate: false, ...timeouts } },
            {
                test: {
                    name: "programs",
                    include: ["test/{admin,build,house,machine,os}/**/*.test.ts", "test/*.test.ts"],
                    exclude: slowTests,
                    ...timeouts,
                },
            },
            { test: { name: "slow", include: slowTests, ...timeouts } },
        ],
    },
})
