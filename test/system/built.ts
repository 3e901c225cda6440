// What Nix builds of a configuration of test/nix: its units, its activation scripts and everything that they start.

import { execFileSync } from "node:child_process"
import { lstatSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../agent/build/build.ts"
import { nixEnvironment } from "../nix/build/environment.ts"
import type { Machine } from "./machine.ts"

function nix(program: string, ...args: readonly string[]): string {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"]
    return execFileSync(program, args, { env: nixEnvironment(), encoding: "utf8", stdio }).trim()
}

/** A path of the store with `etc/systemd/system` and `activate`, made by nix-build; nothing is done where it is there. */
export function builtSystem(configuration: string): string {
    const all = join(root, "test", "nix", "build", "all.nix")
    return nix("nix-build", "--no-out-link", all, "-A", `systems.${configuration}`)
}

/** Puts a built system and what it needs into the store of a machine that is switched off. Files are its own copies. */
export function bringClosure(machine: Machine, system: string): void {
    for (const path of nix("nix-store", "--query", "--requisites", system).split("\n")) {
        if (lstatSync(path).isDirectory()) machine.options = [...machine.options, `--bind-ro=${path}`]
        else machine.write(path, readFileSync(path), lstatSync(path).mode & 0o777)
    }
}
