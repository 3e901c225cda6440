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
    const compiled = await rehearse(fileOf(texts, `"program"`, 0, "globalThis.scripts = new Map()"))
    const sections = texts.flatMap((part) => shipped(part, compiled.get(part.name)))
    // The shebang, the opening and the name of the first section.
    return fileOf(sections, "__filename", 3)
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

const before = "#!/usr/bin/env node\n"
const opening = "function text() {/*"
/** What would end the comment, and what stands there for it. */
const [ending, escaped] = ["*/", "*\u0001/"]

/** Where a section begins and ends in the text of the function, and whether something in it is escaped. */
type Place = readonly [from: number, to: number, isEscaped: boolean]

function fileOf(
    sections: readonly Section[],
    file: string,
    lineOffset: number,
    scripts = "undefined",
): string {
    const places: Record<string, Place> = {}
    let text = opening
    for (const section of sections) {
        text += `\n//# ${section.name}\n`
        const from = text.length
        text += section.text.replaceAll(ending, escaped)
        places[section.name] = [from, text.length, section.text.includes(ending)]
    }
    return `${before}${text}\n*/}\n(${start.toString()})(text, ${JSON.stringify(places)}, ${file}, ${lineOffset}, ${scripts})\n`
}

/** Runs in the shipped program: `text` is the function that holds all texts in its comment. */
function start(
    text: () => void,
    places: Readonly<Record<string, Place>>,
    file: string,
    lineOffset: number,
    scripts: Map<string, Script> | undefined,
): void {
    const { Script } = process.getBuiltinModule("node:vm")
    const all = text.toString()
    const sectionOf = (name: string): string | undefined => {
        const place = places[name]
        if (place === undefined) return undefined
        const [from, to, isEscaped] = place
        const section = all.slice(from, to)
        return isEscaped ? section.replaceAll("*\u0001/", "*/") : section
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
