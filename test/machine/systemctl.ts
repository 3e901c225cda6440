import { existsSync, readFileSync } from "node:fs"
import type { World } from "./world.ts"

/**
 * Puts a `systemctl` in front of the real one that notes what it is asked, and what the symlink led to at that
 * moment. It knows no unit called nosuch.service, the machine's state is what the world says, and so is what it shows.
 */
export function fakeSystemctl(world: World, state = "running", shown = ""): { asked: () => string[] } {
    const log = world.at("systemctl.log")
    world.write("shown", shown)
    world.write(
        "bin/systemctl",
        `#!/bin/sh
case "$*" in
*is-system-running*) echo ${state}; exit 0;;
show*|*" show "*) cat ${world.at("shown")}; exit 0;;
esac
echo "$* [$(basename "$(readlink ${world.symlink})")]" >> ${log}
case "$*" in
*nosuch.service*) echo "Failed to try-restart nosuch.service: Unit nosuch.service not found." >&2; exit 5;;
esac
`,
        0o755,
    )
    world.env["PATH"] = `${world.at("bin")}:${process.env["PATH"] ?? ""}`
    world.env["SOPS_RESTART_UNITS_VIA_SYSTEMCTL"] = "1"
    return { asked: () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []) }
}
