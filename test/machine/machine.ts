// A place for a test to install into: a temporary directory, real mounts in it, and the traces of what was said.

import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { execFileSync } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import type { Host } from "../../agent/machine/host.ts"

export interface TestHost extends Host {
    readonly printed: string[]
    readonly told: string[]
}

/** A directory that is gone when the test is over, together with everything that was mounted in it. */
export function scratch(): string {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "hostseal-")))
    onTestFinished(() => {
        for (const mount of mountsIn(directory).toReversed()) execFileSync("umount", [mount])
        rmSync(directory, { recursive: true })
    })
    return directory
}

/** The mount points below a directory, in the order in which they were made; one on top of another comes twice. */
export function mountsIn(directory: string): string[] {
    return readFileSync("/proc/self/mountinfo", "utf8")
        .split("\n")
        .map((line) => line.split(" ")[4] ?? "")
        .filter((path) => path.startsWith(`${directory}/`))
}

/** The real process, with what it says collected. */
export function testHost(directory: string, changes: Partial<Host> = {}): TestHost {
    const printed: string[] = []
    const told: string[] = []
    return {
        program: "hostseal-agent",
        programFile: fileURLToPath(new URL("../../agent/machine/main.ts", import.meta.url)),
        env: { PATH: process.env["PATH"] },
        uid: process.getuid?.() ?? -1,
        gid: process.getgid?.() ?? -1,
        runDirectory: join(directory, "run"),
        now: () => new Date(),
        print: (line) => printed.push(line),
        tell: (line) => told.push(`hostseal-agent: ${line}`),
        tellBare: (line) => told.push(line),
        printed,
        told,
        ...changes,
    }
}

/** Mounts a tmpfs that is soon full; answers whether nothing of it can reach a disk. */
export function mountSmall(mountPoint: string, size: string): boolean {
    const mount = (options: string): void => {
        execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=0751${options}`, "none", mountPoint], {
            stdio: "ignore",
        })
    }
    try {
        mount(",noswap")
        return true
    } catch {
        mount("")
        return readFileSync("/proc/swaps", "utf8").trimEnd().split("\n").length === 1
    }
}
