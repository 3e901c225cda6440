import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { repository } from "./repository.ts"
import type { Repository } from "./repository.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-color-"))
afterAll(() => rmSync(root, { recursive: true }))
const terminals = { stdin: true, stdout: true, stderr: true }
let repo: Repository
beforeAll(async () => {
    repo = await repository(root)
    await repo.must(["set", "wifi"], { env: { ...repo.env, SOPS_NIX_SECRET: "CANARY" } })
    // A value that is no document: nothing agrees any more, and to set it anew is warned of.
    writeFileSync(join(repo.flake, "sops/secrets/wifi/secret"), "CANARY")
})

const red = (text: string): string => `\x1b[1;31m${text}\x1b[0m`

test("on a terminal errors, problems and verdicts are found by their colour", async () => {
    const isTerminal = terminals
    expect((await repo.run(["nope"], { isTerminal })).err).toContain(`${red("error:")} there is no command`)
    expect((await repo.run(["get", "nope"], { isTerminal })).err).toContain(`${red("error:")} secret "nope"`)
    expect((await repo.run(["verify"], { isTerminal })).out).toContain(`${red("sops/secrets/wifi:")} `)
    const { out } = await repo.run(["doctor"], { isTerminal })
    expect(out).toContain("\x1b[32mok\x1b[0m keys")
})

test("elsewhere, and for those who say so, there are none", async () => {
    for (const [argv, more] of [
        [["nope"], {}],
        [["--no-color", "nope"], { isTerminal: terminals }],
        [["nope", "--color=never"], { isTerminal: terminals }],
        [["nope"], { isTerminal: terminals, env: { ...repo.env, NO_COLOR: "1" } }],
        [["verify"], {}],
        [["verify", "--color", "never"], { isTerminal: terminals }],
        [["nope", "--json"], { isTerminal: terminals }],
        [["verify", "--json"], { isTerminal: terminals }],
    ] as const) {
        const { out, err } = await repo.run(argv, more)
        expect(out + err, argv.join(" ")).not.toContain("\x1b")
    }
    expect((await repo.run(["--color=always", "nope"])).err).toContain(red("error:"))
    expect((await repo.run(["verify", "--color", "always"])).out).toContain(red("sops/secrets/wifi:"))
})
