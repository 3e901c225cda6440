import {
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeEach, expect, test } from "vitest"
import { edit, findEditor } from "../../../agent/admin/terminal/editor.ts"
import { isInMemory, memoryPlace } from "../../../agent/admin/terminal/memory.ts"
import { atTerminal, nodeProgram } from "../terminal.ts"
import type { Step } from "../terminal.ts"

// In memory, so that it can stand for XDG_RUNTIME_DIR: what is left behind is seen here and nowhere else.
const runtime = mkdtempSync("/dev/shm/hostseal-test-")
const directory = mkdtempSync(join(tmpdir(), "hostseal-test-"))
const seen = join(directory, "seen")
const path = "/usr/bin:/bin"
afterAll(() => {
    rmSync(runtime, { recursive: true })
    rmSync(directory, { recursive: true })
})
beforeEach(() => rmSync(seen, { force: true }))

let scripts = 0
/** A shell script as an editor; it gets the file as `$1`. */
function script(body: string): string {
    const file = join(directory, `editor-${scripts++}`)
    writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
    return file
}

function env(editor: string, more: Record<string, string> = {}): Record<string, string> {
    return { PATH: path, XDG_RUNTIME_DIR: runtime, EDITOR: editor, ...more }
}

const before = Buffer.from("CANARY\n")

test("edits a private file in a private directory in memory, and removes it", async () => {
    const look = `stat -c '%a %n' "$1" "$(dirname "$1")" > ${seen}; df --output=fstype "$1" >> ${seen}; printf 'new CANARY' > "$1"`
    const edited = await edit(before, "sops/secrets/wifi", env(script(look)))
    expect(edited).toEqual({ kind: "changed", content: Buffer.from("new CANARY") })
    expect(readFileSync(seen, "utf8")).toMatch(
        new RegExp(
            `^600 ${runtime}/hostseal-edit-\\w+/wifi\n700 ${runtime}/hostseal-edit-\\w+\nType\ntmpfs\n$`,
            "u",
        ),
    )
    expect(readdirSync(runtime)).toEqual([])
})

test("takes what an editor wrote by replacing the file", async () => {
    const edited = await edit(
        before,
        "wifi",
        env(script(`echo CANARY2 > "$1.new"; mv "$1.new" "$1"; cp "$1" "$1~"`)),
    )
    expect(edited).toEqual({ kind: "changed", content: Buffer.from("CANARY2\n") })
    expect(readdirSync(runtime)).toEqual([])
})

test("an unchanged file is no edit, and an editor that did not wait is noticed", async () => {
    expect(await edit(before, "wifi", env(script("sleep 0.7")))).toEqual({ kind: "unchanged", atOnce: false })
    expect(await edit(before, "wifi", env("true"))).toEqual({ kind: "unchanged", atOnce: true })
})

for (const [why, body, message] of [
    ["fails", "exit 3", /ended with status 3; nothing was changed/u],
    ["dies", "kill -9 $$", /ended by SIGKILL; nothing was changed/u],
    ["removes the file", `rm "$1"`, /ENOENT/u],
    ["leaves a link", `rm "$1"; ln -s /etc/passwd "$1"`, /ELOOP/u],
    ["leaves a pipe", `rm "$1"; mkfifo "$1"`, /not a file/u],
    ["leaves too much", `truncate -s 17M "$1"`, /larger than 16 MiB/u],
] as const) {
    test(`an editor that ${why} changes nothing and leaves nothing`, async () => {
        const edited = edit(before, "wifi", env(script(body)))
        await expect(edited).rejects.toThrow(message)
        await expect(edited).rejects.not.toThrow(/CANARY/u)
        expect(readdirSync(runtime)).toEqual([])
    })
}

test("the editor gets its arguments without a shell, and no identity", async () => {
    const editor = script(`printf '%s|' "$@" > ${seen}; echo >> ${seen}; env >> ${seen}`)
    await edit(
        before,
        "wifi",
        env(`${editor} --wait 'a b' $HOME;id`, { SOPS_AGE_KEY: "CANARY", MY_SETTING: "kept" }),
    )
    const [args = "", ...variables] = readFileSync(seen, "utf8").split("\n")
    expect(args).toMatch(/^--wait\|a b\|\$HOME;id\|\/dev\/shm\/.*\/wifi\|/u)
    expect(variables.join("\n")).toContain("MY_SETTING=kept")
    expect(readFileSync(seen, "utf8")).not.toContain("CANARY")
})

for (const [why, typed, steps, status] of [
    ["Ctrl-C", "\x03", [], 130],
    ["SIGTERM", "", [{ signal: "SIGTERM" }], 143],
    ["SIGHUP", "", [{ signal: "SIGHUP" }], 129],
] as const) {
    test(`nothing is left and the editor is gone after ${why}`, async () => {
        const editor = script(`echo $$ > ${seen}; echo ready; exec sleep 30`)
        const program = nodeProgram(`
            import { edit } from "agent:admin/terminal/editor.ts"
            try { await edit(Buffer.from("CANARY"), "wifi", process.env) } catch (error) { process.exitCode = error.exitCode }
        `)
        const all: Step[] = [{ expect: "ready" }, { type: typed }, ...steps]
        const session = await atTerminal(program, all, { env: env(editor) })
        expect(session.status).toBe(status)
        expect(readdirSync(runtime)).toEqual([])
        const pid = Number(readFileSync(seen, "utf8"))
        await expect.poll(() => isRunning(pid)).toBe(false)
    })
}

test("an editor that lives through Ctrl-C goes on", async () => {
    const editor = script(`trap 'echo caught' INT; echo ready; read line; echo "$line" > "$1"`)
    const program = nodeProgram(`
        import { edit } from "agent:admin/terminal/editor.ts"
        const edited = await edit(Buffer.from("CANARY"), "wifi", process.env)
        console.log(edited.kind)
    `)
    const steps: Step[] = [{ expect: "ready" }, { type: "\x03" }, { expect: "caught" }, { type: "new\n" }]
    const session = await atTerminal(program, steps, { env: env(editor) })
    expect(session.shown).toContain("changed")
    expect(session.status).toBe(0)
})

test("an editor is found through absolute entries of PATH, in the order of the variables", () => {
    const bin = join(directory, "bin")
    mkdirSync(bin)
    for (const name of ["ed1", "ed2", "vim.basic", "nano"])
        writeFileSync(join(bin, name), "", { mode: 0o755 })
    symlinkSync("vim.basic", join(bin, "vim"))
    const find = (variables: Record<string, string>) => findEditor({ PATH: `.:${bin}`, ...variables })
    expect(find({ EDITOR: "ed1", VISUAL: "ed2 -x" })).toEqual({
        program: join(bin, "ed2"),
        args: ["-x"],
        source: "VISUAL",
    })
    expect(find({ EDITOR: "ed1", VISUAL: " " }).source).toBe("EDITOR")
    expect(find({ SOPS_EDITOR: "ed2", VISUAL: "ed1" }).program).toBe(join(bin, "ed2"))
    const vim = find({})
    expect(vim.program).toBe(join(bin, "vim"))
    expect(vim.args).toContain("NONE")
    expect(() => find({ EDITOR: "absent" })).toThrow(`the editor "absent" of $EDITOR was not found`)
    expect(() => findEditor({ PATH: "" })).toThrow("no editor was found")
})

test("an editor in the current directory is never started", async () => {
    const here = mkdtempSync(join(directory, "here-"))
    writeFileSync(join(here, "vi"), `#!/bin/sh\ntouch ${seen}\n`, { mode: 0o755 })
    for (const editor of ["vi", "./vi", "here/../vi"]) {
        const program = nodeProgram(`
            import { edit } from "agent:admin/terminal/editor.ts"
            await edit(Buffer.from("CANARY"), "wifi", process.env).catch(() => console.log("refused"))
        `)
        const options = { env: { ...env(editor), PATH: ".::" }, cwd: here }
        expect((await atTerminal(program, [], options)).shown).toContain("refused")
    }
    expect(readdirSync(directory)).not.toContain("seen")
})

test("plaintext goes to memory that is the user's own, or nowhere", () => {
    const open = mkdtempSync("/dev/shm/hostseal-open-")
    try {
        expect(memoryPlace([undefined, "relative", directory, runtime])).toBe(runtime)
        expect(memoryPlace(["/dev/shm"])).toBe("/dev/shm")
        const shared = join(open, "shared")
        mkdirSync(shared, { mode: 0o755 })
        symlinkSync(runtime, join(open, "link"))
        writeFileSync(join(open, "file"), "")
        for (const place of [
            shared,
            join(open, "link"),
            join(open, "file"),
            join(open, "absent"),
            directory,
        ]) {
            expect(() => memoryPlace([place]), place).toThrow("no place in memory")
        }
        expect(isInMemory(directory)).toBe(false)
        expect(isInMemory(shared)).toBe(true)
    } finally {
        rmSync(open, { recursive: true })
    }
})

function isRunning(pid: number): boolean {
    try {
        process.kill(pid, 0)
        return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")
    } catch {
        return false
    }
}
