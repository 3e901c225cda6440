import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { flakeDirectory } from "../../agent/admin/flake.ts"
import { testContext } from "./world.ts"

const root = realpathSync(mkdtempSync(join(tmpdir(), "hostseal-flake-")))
afterAll(() => rmSync(root, { recursive: true }))
const at = (...parts: readonly string[]): string => join(root, ...parts)
mkdirSync(at("git/flake/deep"), { recursive: true })
mkdirSync(at("git/.git"))
writeFileSync(at("git/flake/flake.nix"), "")
mkdirSync(at("clan/.git"), { recursive: true })
mkdirSync(at("clan/inner/deep"), { recursive: true })
writeFileSync(at("clan/inner/.clan-flake"), "")

const find = (cwd: string, env: Record<string, string> = {}, flake?: string): string =>
    flakeDirectory(testContext(env, { cwd, flags: { flake } }).context)

test("the nearest parent with a marker, each marker up to the root before the next", () => {
    expect(find(at("clan/inner/deep"))).toBe(at("clan/inner"))
    // As clan: .git before flake.nix, although flake.nix is nearer.
    expect(find(at("git/flake/deep"))).toBe(at("git"))
    expect(find(at("git"))).toBe(at("git"))
})

test("--flake before CLAN_DIR before the current directory; relative to the current directory", () => {
    const env = { CLAN_DIR: "../git" }
    expect(find(at("clan"), env)).toBe(at("git"))
    expect(find(at("clan"), env, "inner")).toBe(at("clan/inner"))
    expect(find(at("clan"), env, `path:${at("git/flake")}`)).toBe(at("git/flake"))
    expect(find(at("clan"), { CLAN_DIR: "" })).toBe(at("clan"))
})

test("what is no directory is named as it was written", () => {
    for (const [flake, env] of [
        ["No/Where", {}],
        ["git+https://example.org/x", {}],
        [undefined, { CLAN_DIR: "No/Where" }],
    ] as const) {
        expect(() => find(at("clan"), env, flake)).toThrow(`"${flake ?? "No/Where"}" is not a directory`)
    }
})
