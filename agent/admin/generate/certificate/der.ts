// DER, as much of it as a certificate takes (X.690).

/** An element: its tag, its length, and its content. */
export function element(tag: number, ...content: readonly Buffer[]): Buffer {
    const body = Buffer.concat(content)
    return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body])
}

export const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, ...parts)
export const set = (...parts: readonly Buffer[]): Buffer => element(0x31, ...parts)
export const octets = (bytes: Buffer): Buffer => element(0x04, bytes)
/** A tag of the context, with elements in it or with bytes. */
export const tagged = (number: number, ...parts: readonly Buffer[]): Buffer =>
    element(0xa0 | number, ...parts)
export const bytesTagged = (number: number, bytes: Buffer): Buffer => element(0x80 | number, bytes)
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text))
export const truth = (): Buffer => element(0x01, Buffer.of(0xff))
export const nothing = (): Buffer => element(0x05)

/** A whole number that is not negative, from its bytes. */
export function integer(bytes: Buffer): Buffer {
    const start = bytes.findIndex((byte) => byte !== 0)
    const digits = start === -1 ? Buffer.of(0) : bytes.subarray(start)
    return element(0x02, (digits[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), digits]) : digits)
}

/** Bits, of which the last `unused` do not count. */
export function bits(bytes: Buffer, unused = 0): Buffer {
    return element(0x03, Buffer.of(unused), bytes)
}

/** `2.5.29.17`. */
export function identifier(text: string): Buffer {
    const [first = 0, second = 0, ...rest] = text.split(".").map(Number)
    return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** A moment; from the year 2050 on, certificates write four digits of it. */
export function time(date: Date): Buffer {
    const digits = date.toISOString().replaceAll(/\.\d+|[-:T]/gu, "")
    return date.getUTCFullYear() < 2050
        ? element(0x17, Buffer.from(digits.slice(2)))
        : element(0x18, Buffer.from(digits))
}

/** The elements that stand in the first element of some bytes. Throws an Error for what is no DER. */
export function partsOf(bytes: Buffer): readonly Buffer[] {
    const { start, end } = spanOf(bytes, 0)
    const parts: Buffer[] = []
    for (let at = start; at < end;) {
        const part = spanOf(bytes, at)
        parts.push(bytes.subarray(at, part.end))
        at = part.end
    }
    return parts
}

/** The content of an element. */
export function contentOf(bytes: Buffer): Buffer {
    const { start, end } = spanOf(bytes, 0)
    return bytes.subarray(start, end)
}

function spanOf(bytes: Buffer, at: number): { readonly start: number; readonly end: number } {
    const first = bytes[at + 1] ?? 0
    const count = first < 0x80 ? 0 : first & 0x7f
    const length =
        count === 0 ? first : count <= 4 ? bytes.readUIntBE(at + 2, count) : Number.POSITIVE_INFINITY
    const start = at + 2 + count
    if (start + length > bytes.length) throw new Error("it is no DER")
    return { start, end: start + length }
}

function lengthOf(length: number): Buffer {
    if (length < 0x80) return Buffer.of(length)
    const digits = Buffer.from(
        length
            .toString(16)
            .padStart(length > 0xffffff ? 8 : length > 0xffff ? 6 : length > 0xff ? 4 : 2, "0"),
        "hex",
    )
    return Buffer.concat([Buffer.of(0x80 | digits.length), digits])
}

function base128(value: number): readonly number[] {
    const digits = [value & 0x7f]
    for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift(0x80 | (rest & 0x7f))
    return digits
}
