// Loaded into a program before its first line (`node --import`), this ends it in the midst of things. HOSTSEAL_TEST says how:
//
//   kill:N      SIGKILL at the Nth call that changes a file, or starts a program; a write is cut in half before
//   orphan:N    SIGKILL right after the Nth program was started, which goes on alone
//   full:N      from the Nth such call on the disk is full: nothing can be made or written, but renamed and removed
//   broken:N    from the Nth such call on no call works at all
//   fail:N      the Nth such call fails, and no other
//
// When the program ends by itself it writes the number of its calls into the file HOSTSEAL_TEST_CALLS.

import childProcess from "node:child_process"
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import process from "node:process"

const [how, number] = (process.env["HOSTSEAL_TEST"] ?? "").split(":")
const nth = Number(number)
const write = fs.writeFileSync
let calls = 0

const changes = [
    "rename",
    "unlink",
    "rm",
    "rmdir",
    "symlink",
    "link",
    "mkdir",
    "chmod",
    "fchmod",
    "copyFile",
    "mkdtemp",
]
const needsRoom = new Set(["symlink", "link", "mkdir", "copyFile", "mkdtemp", "write", "writeFile", "fsync"])

function die(): never {
    process.kill(process.pid, "SIGKILL")
    throw new Error("not reached")
}

function failing(name: string, code: string): Error {
    return Object.assign(new Error(`${code}: made to fail, ${name}`), { code, syscall: name, errno: -28 })
}

/** Counts one call, and throws or never returns when its time has come. `half` is what happens of it before a kill. */
function count(name: string, half: () => void): void {
    calls++
    if (how === "kill" && calls === nth) {
        half()
        die()
    }
    if (how === "fail" && calls === nth) throw failing(name, "EIO")
    if (how === "broken" && calls >= nth) throw failing(name, "EIO")
    if (how === "full" && calls >= nth && needsRoom.has(name)) throw failing(name, "ENOSPC")
}

type Arguments = readonly unknown[]

/** Has `before` called before each call of a function of a module. */
function intercept(module: object, name: string, before: (args: Arguments) => void): void {
    const real: unknown = Reflect.get(module, name)
    if (typeof real !== "function") throw new Error(`there is no ${name}`)
    Object.assign(module, {
        [name]: (...args: Arguments): unknown => {
            before(args)
            return Reflect.apply(real, undefined, args)
        },
    })
}

const nothing = (): void => undefined
for (const name of [...changes, "fsync"]) intercept(fs, `${name}Sync`, () => count(name, nothing))
intercept(fs, "fsync", () => count("fsync", nothing))
intercept(fs, "writeSync", ([descriptor, bytes]) => {
    // What is printed is no file.
    if (descriptor === 1 || descriptor === 2) return
    count("write", () => {
        // One byte has no half, and the kernel's own files refuse to be given nothing.
        if (typeof descriptor === "number" && Buffer.isBuffer(bytes) && bytes.length > 1)
            fs.writevSync(descriptor, [bytes.subarray(0, bytes.length / 2)])
    })
})
intercept(fs, "writeFileSync", ([file, content]) => {
    count("writeFile", () => {
        if (typeof file === "string" && typeof content === "string")
            write(file, content.slice(0, content.length / 2))
    })
})

const { spawn } = childProcess
let programs = 0
Object.assign(childProcess, {
    spawn: (...args: readonly unknown[]) => {
        count("spawn", nothing)
        const child: unknown = Reflect.apply(spawn, undefined, args)
        programs++
        if (how === "orphan" && programs === nth) die()
        return child
    },
})
syncBuiltinESMExports()

process.on("exit", () => {
    const file = process.env["HOSTSEAL_TEST_CALLS"]
    if (file !== undefined) write(file, `${calls} ${programs}`)
})
