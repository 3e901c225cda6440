// The file that a program is shipped in. Most of the time that a small run takes is V8's, for parsing and compiling a
// program of a megabyte, so none of it is code in the file. It is text in a comment, which V8 skips: what the program
// starts with, in a piece, with the code that V8 made of it at build time; and every part that seldom runs, compiled
// when it is asked for. That brings the agent from 56 to 42 ms, of which 21 are Node's.
//
// The compiled code holds for the very version of Node that made it. Another one refuses it and compiles the text.

import { execFileSync } from "node:child_process"
import { execPath } from "node:process"

/** A module in CommonJS that may `require` others by `./name`. */
export interface Part {
    readonly name: string
    readonly code: string
}

type Exports = Record<string, unknown>
type Load = (name: string) => unknown
type PartFunction = (module: { exports: Exports }, exports: Exports, load: Load) => void

/** The whole text of a program that starts with the part `entry`; it is ASCII. */
export function programText(entry: string, shown: readonly Part[], hidden: readonly Part[]): string {
    // The parenthesis tells V8 that the function is called at once, so that it is not parsed twice.
    const functions = shown.map(
        ({ name, code }) => `"./${name}": (function (module, exports, require) {\n${code}})`,
    )
    const program = ascii(`({\n${functions.join(",\n")}\n})`)
    const sections = [
        section("program", program),
        section("compiled", compiled(program)),
        ...hidden.map(({ name, code }) => section(`./${name}`, ascii(code))),
    ]
    const before = "#!/usr/bin/env node\nfunction text() {/*"
    const offset = `${before}${section("program", "")}`.split("\n").length - 1
    const call = `(text, "./${entry}", __filename, ${offset})`
    return `${before}${sections.join("")}\n//# \n*/}\n(${start.toString()})${call}\n`
}

/** Runs in the shipped program: `text` is the function that holds all texts in its comment. */
function start(text: () => void, entry: string, file: string, lineOffset: number): void {
    const { Script, compileFunction } = process.getBuiltinModule("node:vm")
    const all = text.toString()
    const sectionOf = (name: string): string => {
        const head = `\n//# ${name}\n`
        const from = all.indexOf(head) + head.length
        return all.slice(from, all.indexOf("\n//# ", from)).replaceAll("*\u0001/", "*/")
    }
    const cachedData = Buffer.from(sectionOf("compiled"), "base64")
    const program = new Script(sectionOf("program"), { filename: file, lineOffset, cachedData })
    const parts: Record<string, PartFunction> = program.runInThisContext()
    const compile = (name: string): PartFunction => {
        const parameters = ["module", "exports", "require"]
        const part = compileFunction(sectionOf(name), parameters, { filename: `${file}/${name}` })
        return (module, exports, require) => void part(module, exports, require)
    }
    const loaded = new Map<string, { exports: Exports }>()
    const load = (name: string): unknown => {
        if (!name.startsWith("./")) return process.getBuiltinModule(name)
        const known = loaded.get(name)
        if (known !== undefined) return known.exports
        const module = { exports: {} }
        loaded.set(name, module)
        ;(parts[name] ?? compile(name))(module, module.exports, load)
        return module.exports
    }
    load(entry)
}

/** A named text as it stands in the comment, which it must not end. */
function section(name: string, text: string): string {
    return `\n//# ${name}\n${text.replaceAll("*/", "*\u0001/")}`
}

/** A file of ASCII alone is read and parsed in half the time. esbuild has escaped everything but comments. */
function ascii(text: string): string {
    return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

/**
 * What V8 makes of a script, all functions included, as base64. The seeds make it the same each time; they and
 * `lazy` have to be as usual again when it is written, for V8 takes nothing that was made with other flags.
 */
function compiled(script: string): string {
    const program = `const { Script } = require("node:vm")
const { setFlagsFromString } = require("node:v8")
const source = require("node:fs").readFileSync(0, "latin1")
setFlagsFromString("--no-lazy")
const script = new Script(source)
for (const flag of ["--lazy", "--hash-seed=0", "--random-seed=0"]) setFlagsFromString(flag)
process.stdout.write(script.createCachedData().toString("base64"))`
    const seeds = ["--hash-seed=7", "--random-seed=7"]
    const options = { input: script, encoding: "latin1", maxBuffer: 64 * 1024 * 1024 } as const
    return execFileSync(execPath, [...seeds, "--eval", program], options)
}
