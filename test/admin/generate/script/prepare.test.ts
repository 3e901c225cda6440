// Whether scripts may run, which without the sandbox a person says.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Scene } from "../../scene.ts"
import { atTerminal } from "../../terminal.ts"
import { mainProgram } from "../../world.ts"

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    for (const [kind, name] of [
        ["machines", "web01"],
        ["users", "alice"],
    ] as const)
        expect(await origin.inside([kind, "add", name, origin.key(name).recipient])).toMatchObject({
            code: 0,
        })
    const app = { files: { own: {} }, script: `cat ${join(origin.directory, "canary")} > $out/own` }
    writeFileSync(join(origin.directory, "canary"), "CANARY of the caller")
    writeFileSync(
        join(origin.directory, "manifest.json"),
        JSON.stringify({ version: 1, machines: { web01: { app } } }),
    )
})
afterAll(() => origin[Symbol.dispose]())

test.each([
    ["yes", "y\r", 0],
    ["no", "\r", 1],
])("a person who says %s", async (_said, typed, expected) => {
    using scene = new Scene(origin)
    const { shown, status } = await atTerminal(
        [
            process.execPath,
            mainProgram,
            "generate",
            "--no-sandbox",
            "--manifest",
            join(origin.directory, "manifest.json"),
        ],
        [
            {
                expect: "Run the scripts of app of web01 with all that you may do, your keys and files included? [y/N] ",
            },
            { type: typed },
        ],
        { cwd: scene.tree, env: scene.env() },
    )
    expect(shown).not.toContain("CANARY")
    expect(status === 0, shown).toBe(expected === 0)
    expect((await scene.secrets()).get("vars/per-machine/web01/app/own")?.value).toBe(
        expected === 0 ? "CANARY of the caller" : undefined,
    )
})

test("in the sandbox nobody is asked, and the same script finds nothing", async () => {
    using scene = new Scene(origin)
    const { code, err } = await scene.inside([
        "generate",
        "--manifest",
        join(origin.directory, "manifest.json"),
    ])
    expect(code).toBe(1)
    expect(err).toContain("the script of generator app of web01 failed with status 1")
    expect(err).toContain("No such file or directory")
})
