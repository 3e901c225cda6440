// Loaded before the agent: kills it, as `kill -9` would, right before the call number KILL_BEFORE that changes
// something. Without that number it prints how many such calls there were.
"use strict"
const fs = require("node:fs")
const { syncBuiltinESMExports } = require("node:module")

const last = Number(process.env.KILL_BEFORE ?? Infinity)
let count = 0
const changing = [
    "chmodSync",
    "chownSync",
    "fchmodSync",
    "fchownSync",
    "lchownSync",
    "linkSync",
    "mkdirSync",
    "renameSync",
    "rmdirSync",
    "rmSync",
    "symlinkSync",
    "writeFileSync",
    "writeSync",
]
for (const name of changing) {
    const real = fs[name]
    fs[name] = (...args) => {
        // What is said to people changes nothing.
        const isOutput = name === "writeSync" && args[0] <= 2
        if (!isOutput && ++count === last) process.kill(process.pid, "SIGKILL")
        return real(...args)
    }
}
syncBuiltinESMExports()
process.on("exit", () => {
    if (last === Infinity) process.stdout.write(`calls: ${count}\n`)
})
