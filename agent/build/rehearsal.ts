// Runs a program while it is built, as it will be run most often, to ship the code that V8 makes of it on the way. What
// does not run then is compiled when it does: code that lies ready but is not needed would only be more to read.

import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { keyFile } from "./scene.ts"
import type { Play, Scene } from "./scene.ts"

/** Plaintexts lie in memory, also in a rehearsal. Where there is no such place, little is rehearsed. */
const memory = "/dev/shm"

/**
 * Runs a program file, and returns the compiled code of each script that it left in `globalThis.scripts`. The same file
 * gives the same code, whoever runs it, however busy the machine is. Throws when the program fails.
 */
export async function rehearse(file: string, scene: Scene): Promise<Map<string, Buffer>> {
    const directory = mkdtempSync(join(tmpdir(), "hostseal-build-"))
    const stage = existsSync(memory) ? mkdtempSync(join(memory, "hostseal-build-")) : undefined
    try {
        const { commands, props = {} }: Play =
            stage === undefined ? { commands: [["--help"]] } : await scene(stage)
        const env = {
            PATH: process.env["PATH"],
            XDG_RUNTIME_DIR: stage,
            SOPS_AGE_KEY_FILE: stage && join(stage, keyFile),
            PROPS: JSON.stringify(props),
        }
        const compiled = new Map<string, Buffer>()
        for (const words of commands)
            for (const [name, code] of run(file, words, directory, env))
                // More of it has run the more there is.
                if (code.length > (compiled.get(name)?.length ?? 0)) compiled.set(name, code)
        return compiled
    } finally {
        for (const path of [directory, stage]) if (path !== undefined) rmSync(path, { recursive: true })
    }
}

function run(file: string, words: readonly string[], directory: string, env: object): Map<string, Buffer> {
    const [program, preload] = [join(directory, "program.cjs"), join(directory, "hook.cjs")]
    const result = join(directory, "code")
    writeFileSync(program, file)
    writeFileSync(preload, hook)
    const command = [...Object.keys(flags), "--require", preload, program, ...words]
    const options = { env: { ...env, CODE: result }, encoding: "utf8" } as const
    const { status, stderr } = spawnSync(execPath, command, options)
    if (status !== 0) throw new Error(`the rehearsal of the program failed: ${stderr}`)
    const code: [string, string][] = JSON.parse(readFileSync(result, "utf8"))
    return new Map(code.map(([name, text]) => [name, Buffer.from(text, "base64")]))
}

/**
 * What would make the code another one from run to run, and how V8 is told to be as usual again when the code is
 * written, for it names the flags that it was made with. Some flags leave a trace for good, `--no-opt` among them.
 */
const flags: Readonly<Record<string, string>> = {
    // Tables are laid out by them.
    "--hash-seed=7": "--hash-seed=0",
    "--random-seed=7": "--random-seed=0",
    // Other threads compile what is hot, and a function's code says how far they have come with it.
    "--no-sparkplug": "--sparkplug",
    "--maglev-filter=none": "--maglev-filter=*",
    "--turbo-filter=none": "--turbo-filter=*",
    // Code that has not run for some collections of garbage is thrown away, and when those happen is up to the machine.
    "--no-flush-bytecode": "--flush-bytecode",
}

// Another program ends before ours goes on, and tells it so in the same order each time: the order in which functions
// are called for the first time shows in the code.
const hook = `const props = JSON.parse(process.env.PROPS)
const fs = require("node:fs")
const { readFileSync } = fs
fs.readFileSync = (path, ...more) => props[path] ?? readFileSync(path, ...more)
const children = require("node:child_process")
const { PassThrough } = require("node:stream")
children.spawn = (program, args, options) => {
    const { status, error, stdout, stderr } = children.spawnSync(program, args, options)
    const child = Object.assign(new (require("node:events"))(), { exitCode: status, signalCode: null })
    for (const name of ["stdin", "stdout", "stderr"]) child[name] = new PassThrough()
    const events = error ? [() => child.emit("error", error)] : [
        () => child.emit("spawn"),
        () => child.stdout.end(stdout),
        () => child.stderr.end(stderr),
        () => child.emit("exit", status, null),
        () => child.emit("close", status, null),
    ]
    const next = () => {
        events.shift()?.()
        if (events.length > 0) setImmediate(next)
    }
    setImmediate(next)
    return child
}
process.on("exit", () => {
    const { setFlagsFromString } = require("node:v8")
    for (const flag of ${JSON.stringify(Object.values(flags))}) setFlagsFromString(flag)
    const code = [...globalThis.scripts].map(([name, script]) => [name, script.createCachedData().toString("base64")])
    fs.writeFileSync(process.env.CODE, JSON.stringify(code))
})`
