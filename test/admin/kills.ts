// Kills admin commands, together with the git that they have started, at any moment, and looks whether the next command
// needs a hand. A test runs a few; `node test/admin/kills.ts 500` runs as many as one likes and prints what came of them.

import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv, execPath } from "node:process"
import { setTimeout as wait } from "node:timers/promises"
import { generateIdentity } from "../../agent/age/identity.ts"
import { bundle, cli } from "../../agent/build/build.ts"
import { Scene } from "./scene.ts"

const commands: readonly (readonly string[])[] = [
    ["users", "remove", "bob"],
    ["set", "--machine", "web01", "--user", "bob", "vpn"],
    ["rename", "wifi", "radio"],
    ["groups", "remove-user", "admins", "bob"],
    ["remove", "wifi"],
]

/** What became of one command that was killed: how long it lived, and why a next one was of no use, if it was not. */
export interface Kill {
    readonly words: string
    readonly after: number
    readonly ended: "killed" | "done"
    readonly locks: readonly string[]
    readonly problem: string | undefined
}

/** The repository that commands are killed in. */
export async function killScene(program: string): Promise<Scene> {
    const scene = new Scene()
    for (const words of [
        ["users", "add", "alice", scene.key("alice").recipient],
        ["users", "add", "bob", scene.key("bob").recipient],
        ["machines", "add", "web01", scene.key("web01").recipient],
        ["groups", "add-user", "admins", "bob"],
        ["groups", "add-user", "admins", "alice"],
        ["set", "--group", "admins", "--user", "bob", "wifi"],
        ["set", "--user", "bob", "mail"],
    ]) {
        const { code, err } = await scene.outside(program, words, { stdin: "CANARY" })
        if (code !== 0) throw new Error(`${words.join(" ")}: ${err}`)
    }
    return scene
}

/** Kills one command with all that it has started, after so many milliseconds, and then lets another one work. */
export async function killOnce(program: string, origin: Scene, nth: number, after: number): Promise<Kill> {
    using scene = new Scene(origin)
    const words = commands[nth % commands.length] ?? []
    const child = spawn(execPath, [program, ...words], {
        cwd: scene.tree,
        env: scene.env(),
        stdio: ["pipe", "ignore", "ignore"],
        // A group of its own: git is in it.
        detached: true,
    })
    child.stdin.on("error", () => undefined)
    child.stdin.end("CANARY of a new value")
    const ended = new Promise<number | null>((resolve) => {
        child.once("close", (code) => resolve(code))
    })
    const first = await Promise.race([ended, wait(after, "time" as const)])
    if (first === "time" && child.pid !== undefined) {
        try {
            process.kill(-child.pid, "SIGKILL")
        } catch {
            // It has just ended.
        }
    }
    await ended
    const locks = readdirSync(join(scene.tree, ".git")).filter((name) => /(?<!clan)\.lock$/u.test(name))
    const next = await scene.outside(program, ["users", "add", "zoe", generateIdentity().recipient])
    const kill = {
        words: words.join(" "),
        after,
        ended: first === "time" ? "killed" : "done",
        locks,
    } as const
    return { ...kill, problem: next.code === 0 ? await stateOf(program, scene) : next.err }
}

async function stateOf(program: string, scene: Scene): Promise<string | undefined> {
    const status = scene.git("status", "--porcelain", "--untracked-files=all")
    if (status !== "") return `git status: ${status}`
    if (existsSync(join(scene.tree, "sops/.hostseal"))) return "the folder of changes is left"
    const left = readdirSync(join(scene.tree, ".git")).filter((name) =>
        /hostseal-journal|(?<!clan)\.lock$/u.test(name),
    )
    if (left.length > 0) return `left in .git: ${left.join(", ")}`
    const { code, out } = await scene.outside(program, ["verify", "--decrypt"])
    return code === 0 ? undefined : `verify: ${out}`
}

if (argv[1] === import.meta.filename) {
    const folder = mkdtempSync(join(tmpdir(), "hostseal-kills-"))
    await bundle(cli, folder)
    const program = join(folder, "hostseal.cjs")
    using origin = await killScene(program)
    const count = Number(argv[2] ?? 500)
    let [killed, locked, problems] = [0, 0, 0]
    for (let nth = 0; nth < count; nth++) {
        const { words, after, ended, locks, problem } = await killOnce(
            program,
            origin,
            nth,
            20 + Math.random() * Number(argv[3] ?? 400),
        )
        if (ended === "killed") killed++
        if (locks.length > 0) locked++
        if (problem === undefined) continue
        problems++
        console.log(`${words}, after ${after.toFixed(1)} ms: ${problem}`)
    }
    console.log(
        `${count} commands, ${killed} killed, ${locked} with a lock of git left, ${problems} that need a hand`,
    )
    rmSync(folder, { recursive: true })
}
