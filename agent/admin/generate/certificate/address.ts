import { isIPv4, isIPv6 } from "node:net"

/** An IP address as a certificate has it: four bytes, or sixteen. Throws an Error for what is none. */
export function addressBytes(text: string): Buffer {
    if (isIPv4(text)) return Buffer.from(text.split(".").map(Number))
    if (!isIPv6(text) || text.includes("%")) throw new Error(`"${text}" is no IP address`)
    // A URL has it in its shortest form, and without dots.
    const [front = "", back] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::")
    const groups = (part: string): readonly string[] => (part === "" ? [] : part.split(":"))
    const [first, last] = [groups(front), groups(back ?? "")]
    const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0")
    return Buffer.from([...first, ...zeros, ...last].map((group) => group.padStart(4, "0")).join(""), "hex")
}
