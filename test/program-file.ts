// The file that a program is shipped in. Most of the time that a small run takes is V8's, for parsing and compiling a
// program of a megabyte, so none of it is code in the file. It is text in a comment, which V8 skips: the parts of the
// program, each with the code that V8 made of it while the program was rehearsed, if it ran then.
//
// The compiled code holds for the very version of Node that made it. Another one refuses it and compiles the text.

import type { Script } from "node:vm"
import { deflateRawSync } from "node:zlib"
import type { Parts } from "./program-parts.ts"

type Load = (name: string) => unknown
type PartFunction = (module: { exports: unknown }, exports: unknown, load: Load) => void

/** Runs a program file that leaves its scripts in `globalThis.scripts`, by name, and returns the compiled code of each. */
export type Rehearse = (file: string) => Promise<ReadonlyMap<string, Buffer>>

interface Section {
    readonly name: string
    readonly text: string
}

const startName = "./start.js"
/** A part of this size is packed if it did not run: it is a package that few runs need, and a file is read whole. */
const packedFrom = 100_000

/** The whole text of a program; it is ASCII. */
export async function programText({ start: code, hidden }: Parts, rehearse: Rehearse): Promise<string> {
    const parts = [{ name: startName, code }, ...hidden.map((part) => ({ ...part, name: `./${part.name}` }))]
    // The parenthesis tells V8 that the function is called at once, so that it is not parsed twice.
    const texts = parts.map((part) => ({
        name: part.name,
        text: ascii(`(function (module, exports, require) {\n${part.code}})`),
    }))
    // The compiled code holds the name of its file.
    const compiled = await rehearse(fileOf(texts, `(text, "program", 0, globalThis.scripts = new Map())`))
    const sections = texts.flatMap((part) => shipped(part, compiled.get(part.name)))
    const offset = before.split("\n").length + 2
    return fileOf(sections, `(text, __filename, ${offset})`)
}

function shipped({ name, text }: Section, compiled: Buffer | undefined): Section[] {
    if (compiled !== undefined)
        return [
            { name, text },
            { name: `compiled ${name}`, text: compiled.toString("base64") },
        ]
    if (text.length < packedFrom) return [{ name, text }]
    return [{ name: `packed ${name}`, text: deflateRawSync(text, { level: 9 }).toString("base64") }]
}

const before = "#!/usr/bin/env node\nfunction text() {/*"

function fileOf(sections: readonly Section[], call: string): string {
    // What stands in the comment must not end it.
    const texts = sections.map(({ name, text }) => `\n//# ${name}\n${text.replaceAll("*/", "*\u0001/")}`)
    return `${before}${texts.join("")}\n//# \n*/}\n(${start.toString()})${call}\n`
}

/** Runs in the shipped program: `text` is the function that holds all texts in its comment. */
function start(text: () => void, file: string, lineOffset: number, scripts?: Map<string, Script>): void {
    const { Script } = process.getBuiltinModule("node:vm")
    const all = text.toString()
    const sectionOf = (name: string): string | undefined => {
        const head = `\n//# ${name}\n`
        const at = all.indexOf(head)
        const from = at + head.length
        return at < 0 ? undefined : all.slice(from, all.indexOf("\n//# ", from)).replaceAll("*\u0001/", "*/")
    }
    const unpacked = (name: string): string => {
        const { inflateRawSync } = process.getBuiltinModule("node:zlib")
        return inflateRawSync(Buffer.from(sectionOf(`packed ${name}`) ?? "", "base64")).toString("latin1")
    }
    const compile = (name: string, place: { filename: string; lineOffset?: number }): PartFunction => {
        const code = sectionOf(`compiled ${name}`)
        const cache = code === undefined ? {} : { cachedData: Buffer.from(code, "base64") }
        const script = new Script(sectionOf(name) ?? unpacked(name), { ...place, ...cache })
        scripts?.set(name, script)
        return script.runInThisContext()
    }
    const started: { exports: { provide?: Load } } = { exports: {} }
    const loaded = new Map<string, { exports: unknown }>()
    const load = (name: string): unknown => {
        if (!name.startsWith("./")) return process.getBuiltinModule(name)
        const known = loaded.get(name)
        if (known !== undefined) return known.exports
        const provided = started.exports.provide?.(name)
        const module = { exports: provided ?? {} }
        loaded.set(name, module)
        if (provided === undefined)
            compile(name, { filename: `${file}/${name}` })(module, module.exports, load)
        return module.exports
    }
    compile("./start.js", { filename: file, lineOffset })(started, started.exports, load)
}

/** A file of ASCII alone is read and parsed in half the time. esbuild has escaped everything but comments. */
function ascii(text: string): string {
    return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
}
