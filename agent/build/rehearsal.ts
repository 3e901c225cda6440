// Runs a program while it is built, as it will be run most often, to ship the code that V8 makes of it on the way. What
// does not run then is compiled when it does: code that lies ready but is not needed would only be more to read.

import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { generateIdentity } from "../age/identity.ts"
import { makeHost, seal } from "../../test/host.ts"
import { writtenManifest, writtenSecret, writtenTemplate } from "../../test/machine/manifest-examples.ts"

/** Prepares a directory in memory that is empty. */
export type Scene = (directory: string) => Promise<Play>

/** What is rehearsed. */
export interface Play {
    /** What the program is called with, one after the other. */
    readonly commands: readonly (readonly string[])[]
    /** What the files of the machine are taken for, by their paths: whoever builds has another machine, and no say in it. */
    readonly props?: Readonly<Record<string, string>>
}

/** Plaintexts lie in memory, also in a rehearsal. Where there is no such place, little is rehearsed. */
const memory = "/dev/shm"

/** An installation, like that of a boot. Only root could mount something: it is mounted already. */
export const installScene: Scene = async (directory) => {
    const at = (name: string): string => join(directory, name)
    const host = makeHost()
    writeFileSync(at("host_key"), host.privateKey, { mode: 0o600 })
    writeFileSync(at("binary"), await seal("CANARY", "binary", makeHost().recipient, host.recipient))
    writeFileSync(at("yaml"), await seal("text: CANARY\nnested:\n    number: 1\n", "yaml", host.recipient))
    const [symlinkPath, mountPoint] = [at("secrets"), at("secrets.d")]
    const [uid, gid] = [process.getuid?.(), process.getgid?.()]
    const entry = { owner: "somebody", group: "keys" }
    const secret = (name: string, fields: object): object =>
        writtenSecret({ name, path: `${symlinkPath}/${name}`, ...entry, ...fields })
    const manifest = writtenManifest({
        ageSshKeyPaths: [at("host_key")],
        secretsMountPoint: mountPoint,
        symlinkPath,
        placeholderBySecretName: { binary: "<SOPS:binary:PLACEHOLDER>" },
        secrets: [
            secret("binary", { sopsFile: at("binary"), owner: null, uid, group: null, gid }),
            secret("text", { sopsFile: at("yaml"), format: "yaml", path: at("elsewhere") }),
            secret("number", { sopsFile: at("yaml"), format: "yaml", key: "nested/number" }),
        ],
        templates: [
            writtenTemplate({
                name: "template",
                content: "<SOPS:binary:PLACEHOLDER>",
                path: `${symlinkPath}/rendered/template`,
                ...entry,
            }),
        ],
    })
    writeFileSync(at("manifest.json"), JSON.stringify(manifest))
    const props = {
        "/proc/self/mountinfo": `1 0 0:1 / ${mountPoint} rw,nosuid,nodev,noexec - tmpfs none rw,noswap,mode=751\n`,
        "/etc/passwd": `somebody:x:${uid}:${gid}::/:/bin/sh\n`,
        "/etc/group": `keys:x:${gid}:\n`,
    }
    return { commands: [["install", at("manifest.json")]], props }
}

/** What an admin does every day, in a repository without git, which may not be there. */
export const repositoryScene: Scene = (directory) => {
    const at = (name: string): string => join(directory, name)
    const [alice, bob] = [generateIdentity(), generateIdentity()]
    writeFileSync(at(keyFile), `${alice.secret}\n`, { mode: 0o600 })
    writeFileSync(at("value"), "CANARY")
    mkdirSync(at("sops"))
    const commands = [
        ["users", "add", "alice", alice.recipient],
        ["users", "add", "bob", bob.recipient],
        ["groups", "add-user", "team", "alice"],
        ["set", "--group", "team", "--file", at("value"), "wifi"],
        ["groups", "add-user", "team", "bob"],
        ["groups", "remove-user", "team", "bob"],
        ["get", "wifi"],
        ["list"],
        ["verify"],
    ]
    return Promise.resolve({ commands: commands.map((words) => [...words, "--flake", directory]) })
}

const keyFile = "keys.txt"

/**
 * Runs a program file, and returns the compiled code of each script that it left in `globalThis.scripts`. The same file
 * gives the same code, whoever runs it. Throws when the program fails.
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
    const command = [
        "--hash-seed=7",
        "--random-seed=7",
        "--no-sparkplug",
        "--require",
        preload,
        program,
        ...words,
    ]
    const options = { env: { ...env, CODE: result }, encoding: "utf8" } as const
    const { status, stderr } = spawnSync(execPath, command, options)
    if (status !== 0) throw new Error(`the rehearsal of the program failed: ${stderr}`)
    const code: [string, string][] = JSON.parse(readFileSync(result, "utf8"))
    return new Map(code.map(([name, text]) => [name, Buffer.from(text, "base64")]))
}

/**
 * The seeds make the code the same each time, and so does having no compiler at work in another thread: which function it
 * has in hand at the end is a bit in the code. They have to be as usual again when it is written.
 */
const hook = `const props = JSON.parse(process.env.PROPS)
const fs = require("node:fs")
const { readFileSync } = fs
fs.readFileSync = (path, ...more) => props[path] ?? readFileSync(path, ...more)
process.on("exit", () => {
    const { setFlagsFromString } = require("node:v8")
    for (const flag of ["--hash-seed=0", "--random-seed=0", "--sparkplug"]) setFlagsFromString(flag)
    const code = [...globalThis.scripts].map(([name, script]) => [name, script.createCachedData().toString("base64")])
    fs.writeFileSync(process.env.CODE, JSON.stringify(code))
})`
