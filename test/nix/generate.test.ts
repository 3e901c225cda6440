// `hostseal generate` in a flake, evaluated by Nix itself.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { nixEnvironment } from "./build/environment.ts"
import { hasNix } from "./nix.ts"

const folder = mkdtempSync(join(tmpdir(), "hostseal-flake-"))
afterAll(() => rmSync(folder, { recursive: true }))
const flake = join(folder, "flake")
const main = join(import.meta.dirname, "..", "..", "agent", "admin", "main.ts")

/** One generator needs a public value that another one makes. */
const outputs = `{
  outputs = { self }:
    let
      public = ./vars/per-machine/web01/vpn/key.pub/value;
      guarded = value: let tried = builtins.tryEval (builtins.deepSeq value value); in
        if tried.success then tried.value else { error = true; };
    in {
      hostseal.generators = {
        version = 1;
        machines.web01 = builtins.mapAttrs (_: guarded) {
          vpn.files = {
            key.make.wireguard = { };
            "key.pub" = { secret = false; make.public-of = "key"; };
          };
          peer.files.config.make.template =
            if builtins.pathExists public then "CANARY \${builtins.readFile public}" else throw "no key yet";
        };
      };
    };
}
`

function git(...args: readonly string[]): void {
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: flake })
}

function hostseal(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const home = {
        HOME: folder,
        XDG_CONFIG_HOME: join(folder, "config"),
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@example.org",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@example.org",
    }
    const result = spawnSync(process.execPath, [main, ...args], {
        cwd: flake,
        env: { ...nixEnvironment(), ...home, ...env },
        encoding: "utf8",
    })
    return { code: result.status, out: result.stdout, err: result.stderr }
}

describe.runIf(hasNix())("in a flake", () => {
    beforeAll(() => {
        execFileSync("mkdir", ["-p", flake])
        git("init", "-q")
        expect(hostseal(["key", "generate"]).code).toBe(0)
        const recipient = hostseal(["key", "show"]).out.match(/age1[a-z0-9]+/u)?.[0] ?? ""
        expect(hostseal(["users", "add", "alice", recipient]).err).not.toContain("error")
        expect(hostseal(["machines", "add", "web01", recipient]).err).not.toContain("error")
    })

    test("what is missing is said", () => {
        expect(hostseal(["generate"]).err).toContain("--manifest FILE is missing")
        writeFileSync(join(flake, "flake.nix"), "{ outputs = { self }: { }; }")
        git("add", ".")
        expect(hostseal(["generate"]).err).toContain("the flake has no output hostseal.generators")
        expect(hostseal(["generate"], { PATH: join(folder, "nothing") }).err).toContain(
            "there is no program nix",
        )
        writeFileSync(
            join(flake, "flake.nix"),
            '{ outputs = { self }: { hostseal.generators = throw "CANARY broken"; }; }',
        )
        expect(hostseal(["generate"]).err).toMatch(/cannot be evaluated[^]*CANARY broken/u)
    })

    test("one evaluation after the other makes what waits for another value", () => {
        writeFileSync(join(flake, "flake.nix"), outputs)
        git("add", ".")
        git("commit", "-q", "-m", "flake")
        const { code, err } = hostseal(["generate"])
        expect(err).toContain('generator "peer" of web01 could not be evaluated, and waits')
        expect(code).toBe(0)
        expect(hostseal(["get", "vars/per-machine/web01/peer/config"]).out).toMatch(
            /^CANARY [A-Za-z0-9+/]{43}=$/mu,
        )
        expect(hostseal(["generate"]).err).toContain("nothing to generate")
    })
})
