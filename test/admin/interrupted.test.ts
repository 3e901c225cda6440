// A person who gives up, at a prompt or in an editor: nothing is written, no plaintext stays, and the next command works.

import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { Scene } from "./scene.ts"
import { atTerminal } from "./terminal.ts"
import type { Step } from "./terminal.ts"
import { mainProgram } from "./world.ts"

let scene: Scene
beforeEach(async () => {
    scene = new Scene()
    expect(await scene.inside(["users", "add", "alice", scene.key("alice").recipient])).toMatchObject({
        code: 0,
    })
    expect(await scene.inside(["set", "interrupted"], { stdin: "CANARY" })).toMatchObject({ code: 0 })
})
afterEach(() => scene[Symbol.dispose]())

async function gives(
    words: readonly string[],
    steps: readonly Step[],
    status: number,
    env: Record<string, string> = {},
): Promise<void> {
    const [before, commits] = [await scene.picture(), scene.commits()]
    const session = await atTerminal([process.execPath, mainProgram, ...words], steps, {
        env: { ...scene.env(), TERM: "xterm", ...env },
        cwd: scene.tree,
    })
    expect(session).toMatchObject({ status, restored: true })
    expect(session.shown).not.toContain("CANARY")
    expect(await scene.picture()).toEqual(before)
    expect(scene.commits()).toBe(commits)
    scene.mustBeClean()
    expect(await scene.inside(["rename", "interrupted", "radio"])).toMatchObject({ code: 0 })
}

test.each([
    ["Ctrl-C", { type: "\x03" }, 130],
    ["SIGTERM", { signal: "SIGTERM" }, 143],
    ["SIGHUP", { signal: "SIGHUP" }, 129],
] as const)("at the prompt for a value: %s", async (_how, end, status) => {
    const steps = [{ expect: "Paste your secret: " }, { type: "CANARY half" }, { wait: 200 }, end]
    await gives(["set", "new"], steps, status)
})

test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
] as const)("while the editor has the value open: %s", async (signal, status) => {
    const editor = join(scene.directory, "editor")
    // Ctrl-C goes to the editor, everything else to the program.
    const whom = signal === "SIGINT" ? "$$" : "$PPID"
    writeFileSync(
        editor,
        `#!/bin/sh\necho CANARY changed > "$1"\nkill -${signal.slice(3)} ${whom}\nsleep 5\n`,
        { mode: 0o755 },
    )
    await gives(["edit", "interrupted"], [], status, { EDITOR: editor })
    // Other tests edit other secrets meanwhile.
    const edited = readdirSync("/dev/shm").filter((name) => name.startsWith("hostseal-edit-"))
    expect(edited.filter((name) => existsSync(join("/dev/shm", name, "interrupted")))).toEqual([])
})
