// A small Debian with systemd as PID 1, made once with debootstrap and kept in the user's cache directory. Machines
// never write to it: they run on an overlay (machine.ts).

import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { env } from "node:process"
import type { TestProject } from "vitest/node"
import { build } from "../../agent/build/build.ts"

declare module "vitest" {
    export interface ProvidedContext {
        /** The directory that holds the pristine Debian. */
        readonly debian: string
        /** The directory that holds `hostseal.cjs` and `hostseal-agent.cjs`, built from the current sources. */
        readonly dist: string
    }
}

// systemd 257. A new list of packages needs a new name, or the old cache would be used.
const release = "trixie"
const packages = ["systemd", "systemd-sysv", "dbus", "util-linux"]
const cached = join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "hostseal", `debian-${release}-1`)

/** Runs once before all tests of this suite. */
export const setup = async (project: TestProject): Promise<void> => {
    if (!existsSync(cached)) debootstrap(cached)
    const dist = join(import.meta.dirname, "..", "..", "dist")
    await build(dist)
    project.provide("debian", cached)
    project.provide("dist", dist)
}

function debootstrap(into: string): void {
    const unfinished = `${into}.part`
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { recursive: true })
    const options = ["--variant=minbase", `--include=${packages.join(",")}`]
    execFileSync("debootstrap", [...options, release, unfinished], { stdio: ["ignore", "ignore", "inherit"] })
    for (const waste of [
        "usr/share/doc",
        "usr/share/locale",
        "usr/share/man",
        "var/lib/apt/lists",
        "var/cache/apt",
    ])
        rmSync(join(unfinished, waste), { recursive: true, force: true })
    renameSync(unfinished, into)
}
