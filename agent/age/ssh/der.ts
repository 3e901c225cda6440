import { AgeError } from "../error.ts"

/** One element of a DER encoding (X.690): a tag, and its contents or its children. */
export interface Element {
    readonly tag: number
    readonly content: Buffer
    readonly children: readonly Element[]
}

/** The tags of the elements that keys are made of. */
export const tags = {
    integer: 0x02,
    octetString: 0x04,
    nothing: 0x05,
    objectId: 0x06,
    sequence: 0x30,
} as const

const constructed = 0x20
const deepest = 8
const mostElements = 64

/**
 * Takes a DER encoding apart. Definite, shortest lengths, every child inside its parent, at most 64 elements 8 deep,
 * nothing left over: node-asn1, which looks at these bytes later, loops on some encodings that break these rules.
 * Throws `AgeError` of class `key`.
 */
export function parseDer(bytes: Buffer): Element {
    const [element, ...more] = parseAll(bytes, { left: mostElements }, 1)
    if (!element || more.length > 0) throw malformed()
    return element
}

/** The content of a number that is positive and in its shortest form, without its sign byte. */
export function positive(element: Element | undefined): Buffer {
    const [first = 0, second = 0] = element?.content ?? []
    if (element?.tag !== tags.integer || element.content.length === 0) throw malformed()
    if (first >= 0x80 || (first === 0 && second < 0x80)) throw malformed()
    return first === 0 ? element.content.subarray(1) : element.content
}

/** What every breach of the rules is reported as. */
export function malformed(): AgeError {
    return new AgeError("key", "the inside of the key file is malformed")
}

function parseAll(bytes: Buffer, budget: { left: number }, depth: number): Element[] {
    const elements: Element[] = []
    for (let at = 0; at < bytes.length;) {
        if (depth > deepest || budget.left-- === 0) throw malformed()
        const { start, end } = readLength(bytes, at + 1)
        const tag = bytes[at] ?? 0
        const content = bytes.subarray(start, end)
        const isParent = (tag & constructed) !== 0
        elements.push({ tag, content, children: isParent ? parseAll(content, budget, depth + 1) : [] })
        at = end
    }
    return elements
}

function readLength(bytes: Buffer, at: number): { start: number; end: number } {
    const first = bytes[at]
    if (first === undefined) throw malformed()
    const width = first < 0x80 ? 0 : first & 0x7f
    const start = at + 1 + width
    // 0x80 alone is the indefinite form.
    if (first === 0x80 || width > 4 || start > bytes.length) throw malformed()
    const length = width === 0 ? first : bytes.readUIntBE(at + 1, width)
    if (width > 0 && length < (width === 1 ? 0x80 : 2 ** (8 * (width - 1)))) throw malformed()
    if (start + length > bytes.length) throw malformed()
    return { start, end: start + length }
}
