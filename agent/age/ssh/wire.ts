import { AgeError } from "../error.ts"

/**
 * Reads the binary form of SSH keys (RFC 4251 §5) front to back. Every method throws `AgeError` of class `key` instead
 * of reading past the end, and each call advances.
 */
export class SshReader {
    readonly #bytes: Buffer
    #at = 0

    constructor(bytes: Buffer) {
        this.#bytes = bytes
    }

    /** The next `length` bytes. */
    take(length: number): Buffer {
        if (length > this.#bytes.length - this.#at) throw new AgeError("key", "the SSH key is cut off")
        this.#at += length
        return this.#bytes.subarray(this.#at - length, this.#at)
    }

    uint32(): number {
        return this.take(4).readUInt32BE()
    }

    /** A length, then as many bytes. */
    string(): Buffer {
        return this.take(this.uint32())
    }

    text(): string {
        return this.string().toString("latin1")
    }

    /** A positive number in its shortest form, without the zero byte that keeps its sign. */
    mpint(): Buffer {
        const bytes = this.string()
        const [first = 0, second = 0] = bytes
        if (bytes.length === 0 || first >= 0x80 || (first === 0 && second < 0x80))
            throw new AgeError(
                "key",
                "the SSH key holds a number that is not positive or not in its shortest form",
            )
        return first === 0 ? bytes.subarray(1) : bytes
    }

    get atEnd(): boolean {
        return this.#at === this.#bytes.length
    }

    rest(): Buffer {
        return this.take(this.#bytes.length - this.#at)
    }

    /** Throws unless everything was read. */
    end(): void {
        if (!this.atEnd) throw new AgeError("key", "the SSH key has bytes left over")
    }
}

/** Strings of the same form, one after the other. */
export function sshStrings(...parts: readonly (Buffer | string)[]): Buffer {
    return Buffer.concat(
        parts.flatMap((part) => {
            const bytes = typeof part === "string" ? Buffer.from(part) : part
            const length = Buffer.alloc(4)
            length.writeUInt32BE(bytes.length)
            return [length, bytes]
        }),
    )
}
