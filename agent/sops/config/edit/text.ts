// The edits of a configuration, as pieces of its text: a line behind a sibling, the lines of an element taken out, and
// one more or one less between commas. Whatever they do not touch keeps its bytes.

import { eolOf } from "../../change.ts"
import type { TextChange } from "../../change.ts"
import type { YamlNode } from "../../yaml/node.ts"
import { Unedited } from "./unedited.ts"

/** An element more, behind the one at `index`, as that one is written. `text` is one line. */
export function behind(source: string, list: YamlNode, index: number, text: string): TextChange {
    if (list.flow) return inBrackets(source, list, index, text)
    const item = list.items[index]
    if (item === undefined) throw new Unedited(list.start, source)
    const lead =
        list.kind === "seq" ? leadOf(source, list, index) : indentOf(source, keyOf(list, index).outer)
    const at = endOfLine(source, item.end)
    return { start: at, end: at, text: `${eolOf(source)}${lead}${text}` }
}

/** A line in front of the one where something starts, as far indented. */
export function above(source: string, node: YamlNode, lines: readonly string[]): TextChange {
    const start = startOfLine(source, node.outer)
    const lead = indentOf(source, node.outer)
    return { start, end: start, text: lines.map((line) => `${lead}${line}${eolOf(source)}`).join("") }
}

/** What an element starts with on its line: its indentation and its dash, as those of its sibling. */
function leadOf(source: string, { marks }: YamlNode, index: number): string {
    const mark = marks[index] ?? 0
    const dash = /^-[ \t]*/.exec(source.slice(mark, endOfLine(source, mark)))?.[0] ?? "- "
    return indentOf(source, mark) + (dash === "-" ? "- " : dash)
}

/** Blanks up to where something starts on its line. */
function indentOf(source: string, at: number): string {
    return source.slice(startOfLine(source, at), at).replaceAll(/[^\t]/gu, " ")
}

function inBrackets(source: string, list: YamlNode, index: number, text: string): TextChange {
    const item = list.items[index]
    if (item === undefined) {
        if (list.items.length > 0) throw new Unedited(list.start, source)
        return { start: list.start + 1, end: list.start + 1, text }
    }
    const step = list.kind === "map" ? 2 : 1
    const previous = list.items[index - step]
    const start = list.kind === "map" ? keyOf(list, index).outer : item.outer
    const between = previous === undefined ? "" : source.slice(previous.end, start)
    const onOwnLine = /(\r?\n[ \t]*)$/u.exec(between)
    const separator = onOwnLine ? `,${onOwnLine[1]}` : isGap(between) ? between : ", "
    const rest = source.slice(item.end, endOfLine(source, item.end))
    // What is noted behind an element stays with it.
    if (/^\s*,?\s*#/u.test(rest))
        return { start, end: start, text: `${text},${separator.replace(/^\s*,/u, "")}` }
    return { start: item.end, end: item.end, text: `${separator}${text}` }
}

/** Takes an element out, with its line and the comment that is its own. `name` is what such a comment would tell of. */
export function without(source: string, list: YamlNode, index: number, name: string): TextChange {
    const item = list.items[index]
    if (item === undefined) throw new Unedited(list.start, source)
    const step = list.kind === "map" ? 2 : 1
    const begins = (at: number): number | undefined =>
        list.kind === "map" ? list.items[at - 1]?.outer : (list.marks[at] ?? list.items[at]?.outer)
    if (list.flow) return outOfBrackets(source, list, index, step)
    const start = begins(index) ?? item.outer
    const next = begins(index + step)
    const line = startOfLine(source, start)
    if (source.slice(line, start).trim() !== "") {
        // The first entry stands behind the dash of the whole: the next one takes its place.
        if (next === undefined || list.kind === "seq") throw new Unedited(start, source)
        return { start, end: next, text: "" }
    }
    const end = startOfNextLine(source, item.end)
    const from = ownComment(source, line, next === undefined ? undefined : startOfLine(source, next), name)
    // A text that ends without a line break goes on doing so.
    if (end === source.length && !source.endsWith("\n") && from > 0)
        return { start: endOfLine(source, from - 1), end, text: "" }
    return { start: from, end, text: "" }
}

function outOfBrackets(source: string, list: YamlNode, index: number, step: number): TextChange {
    const first = index - step + 1
    const item = list.items[index]
    const start = list.items[first]?.outer ?? 0
    const end = item?.end ?? start
    const line = startOfLine(source, start)
    const rest = source.slice(end, endOfLine(source, end))
    if (source.slice(line, start).trim() === "" && /^\s*,?\s*(?:#.*)?$/u.test(rest))
        return { start: line, end: startOfNextLine(source, end), text: "" }
    const next = list.items[first + step]
    if (next !== undefined && isGap(source.slice(end, next.outer)))
        return { start, end: next.outer, text: "" }
    const previous = list.items[first - 1]
    if (previous !== undefined && isGap(source.slice(previous.end, start)))
        return { start: previous.end, end, text: "" }
    if (list.items.length === step) return { start, end, text: "" }
    throw new Unedited(start, source)
}

function isGap(text: string): boolean {
    return /^\s*,\s*$/u.test(text)
}

/**
 * Where the lines of comment begin that stand directly above a line and belong to what is on it: they name it, or each of
 * its siblings has one, or it is the last. Else they may be about all that follow.
 */
function ownComment(source: string, line: number, next: number | undefined, name: string): number {
    const indent = /^[ \t]*/u.exec(source.slice(line))?.[0] ?? ""
    const isComment = (at: number): boolean => source.slice(at).startsWith(`${indent}#`)
    let from = line
    while (from > 0 && isComment(startOfLine(source, from - 1))) from = startOfLine(source, from - 1)
    const words = source.slice(from, line).split(/[^\w-]+/u)
    const isLast = next === undefined
    const nextHasOne = !isLast && next > 0 && isComment(startOfLine(source, next - 1))
    return words.includes(name) || isLast || nextHasOne ? from : line
}

/** The parts between the commas of a scalar, where they stand. */
function partsOf(source: string, { start, end, style }: YamlNode): readonly { start: number; end: number }[] {
    const raw = source.slice(start, end)
    if (style === "double" && raw.includes("\\")) throw new Unedited(start, source)
    const isBlock = style === "literal" || style === "folded"
    const header = isBlock ? (/^[^\n]*\n/.exec(raw)?.[0].length ?? 0) : (/^["']?/.exec(raw)?.[0].length ?? 0)
    const tail = !isBlock && header > 0 ? 1 : 0
    const parts: { start: number; end: number }[] = []
    let at = start + header
    for (const part of raw.slice(header, raw.length - tail).split(",")) {
        const text = part.trim()
        const from = at + part.length - part.trimStart().length
        if (text !== "") parts.push({ start: from, end: from + text.length })
        at += part.length + 1
    }
    return parts
}

/**
 * One more behind the last of the parts, as far from it as that is from the one before. Within brackets a comma needs
 * quotes around it.
 */
export function withPart(source: string, scalar: YamlNode, text: string, inFlow: boolean): TextChange {
    const { start, end, style } = scalar
    if (inFlow && style === "plain") return { start, end, text: `"${source.slice(start, end)},${text}"` }
    const parts = partsOf(source, scalar)
    const [last, previous] = [parts.at(-1), parts.at(-2)]
    if (last === undefined) throw new Unedited(scalar.start, source)
    const between = previous === undefined ? "," : source.slice(previous.end, last.start)
    return { start: last.end, end: last.end, text: `${isGap(between) ? between : ","}${text}` }
}

/** Without the part at an index, and without its comma. */
export function withoutPart(source: string, scalar: YamlNode, index: number): TextChange {
    const parts = partsOf(source, scalar)
    const [previous, part, next] = [parts[index - 1], parts[index], parts[index + 1]]
    if (part === undefined) throw new Unedited(scalar.start, source)
    if (previous !== undefined) return { start: previous.end, end: part.end, text: "" }
    if (next === undefined) throw new Unedited(scalar.start, source)
    return { start: part.start, end: next.start, text: "" }
}

/** The key of the entry whose value stands at an index. */
function keyOf({ items, start }: YamlNode, index: number): Pick<YamlNode, "outer"> {
    return items[index - 1] ?? { outer: start }
}

function startOfLine(source: string, at: number): number {
    return source.lastIndexOf("\n", at - 1) + 1
}

/** In front of the line break of the line that something ends on. A block of text ends behind its own. */
function endOfLine(source: string, at: number): number {
    let end = at
    while (end > 0 && /[\r\n]/.test(source.charAt(end - 1))) end--
    while (end < source.length && !/[\r\n]/.test(source.charAt(end))) end++
    return end
}

function startOfNextLine(source: string, at: number): number {
    const end = endOfLine(source, at)
    const next = source.indexOf("\n", end)
    return next === -1 ? source.length : next + 1
}
