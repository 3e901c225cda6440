// What the bytes of a terminal in raw mode mean, for input that is not echoed. Pure: bytes in, state out.

/** `line`: Enter ends it. `paste`: several lines may be pasted (see `TypedSecret`). */
export type PromptMode = "line" | "paste"

/** `maybe done`: an Enter that may still turn out to be a line end in the middle of a paste. */
export type PromptState = "typing" | "maybe done" | "done" | "interrupted" | "ended" | "too long"

/** Asks the terminal to put marks around what is pasted, so that its line ends are not taken for Enter. */
export const bracketsOn = "\x1b[?2004h"
export const bracketsOff = "\x1b[?2004l"

const [pasteBegin, pasteEnd] = ["[200~", "[201~"]
const [ctrlC, ctrlD, backspace, tab, lf, cr, ctrlU, escape, del] = [3, 4, 8, 9, 10, 13, 21, 27, 127]
const limit = 1024 * 1024

/**
 * Collects a secret byte by byte. Backspace takes back a character, Ctrl-U everything; arrow keys and the like are
 * ignored. In mode `paste` a line end inside a bracketed paste is content, and for terminals without brackets an
 * Enter that more input follows at once is, too: nobody types that fast, and the lines that a one-line prompt
 * leaves unread would be run by the shell.
 */
export class TypedSecret {
    /** What the last byte meant. */
    state: PromptState = "typing"
    readonly #mode: PromptMode
    #bytes = Buffer.alloc(256)
    #length = 0
    #pasting = false
    /** The escape sequence being read, without its ESC. */
    #sequence: string | undefined
    #afterReturn = false

    constructor(mode: PromptMode) {
        this.#mode = mode
    }

    /** Takes what the terminal sent; returns what it did not need: the beginning of the next answer. */
    feed(chunk: Buffer): Buffer {
        for (const [index, byte] of chunk.entries()) {
            this.state = this.#take(byte)
            if (this.state !== "typing" && this.state !== "maybe done") return chunk.subarray(index + 1)
        }
        return Buffer.alloc(0)
    }

    /**
     * The secret; the collected bytes are wiped. A single line has no line end; of several lines the last one has,
     * as in any text file.
     */
    value(): Buffer {
        const text = this.#bytes.subarray(0, this.#length)
        const first = text.indexOf(lf)
        let end = text.length
        while (end > 0 && text[end - 1] === lf) end--
        const several = first !== -1 && first < end
        const value = Buffer.concat([text.subarray(0, end), Buffer.from(several ? "\n" : "")])
        this.wipe()
        return value
    }

    /** Forgets everything collected. */
    wipe(): void {
        this.#bytes.fill(0)
        this.#length = 0
    }

    #take(byte: number): PromptState {
        if (this.#sequence !== undefined) return this.#continueSequence(byte)
        if (byte === escape) {
            this.#sequence = ""
            return "typing"
        }
        const afterReturn = this.#afterReturn
        this.#afterReturn = byte === cr
        // CR LF is one line end.
        if (byte === lf && afterReturn && this.#mode === "paste")
            return this.#pasting ? "typing" : "maybe done"
        if (byte === cr || byte === lf) return this.#lineEnd()
        if (this.#pasting) return this.#push(byte)
        switch (byte) {
            case ctrlC:
                return "interrupted"
            case ctrlD:
                return this.#length === 0 ? "ended" : "done"
            case backspace:
            case del:
                return this.#takeBack()
            case ctrlU:
                this.wipe()
                return "typing"
            default:
                return byte >= 32 || byte === tab ? this.#push(byte) : "typing"
        }
    }

    #lineEnd(): PromptState {
        if (this.#mode === "line" && !this.#pasting) return "done"
        const state = this.#push(lf)
        return state === "typing" && !this.#pasting ? "maybe done" : state
    }

    #continueSequence(byte: number): PromptState {
        const sequence = this.#sequence + String.fromCharCode(byte)
        this.#sequence = sequence
        // CSI ends with a byte from @ on, SS3 after one more byte, everything else (Alt and a key) at once.
        const open =
            sequence === "[" ||
            sequence === "O" ||
            (sequence.startsWith("[") && byte < 64 && sequence.length < 32)
        if (open) return "typing"
        if (sequence === pasteBegin) this.#pasting = true
        if (sequence === pasteEnd) this.#pasting = false
        this.#sequence = undefined
        return "typing"
    }

    #push(byte: number): PromptState {
        if (this.#length === limit) return "too long"
        if (this.#length === this.#bytes.length) {
            const larger = Buffer.alloc(this.#bytes.length * 2)
            this.#bytes.copy(larger)
            this.#bytes.fill(0)
            this.#bytes = larger
        }
        this.#bytes[this.#length++] = byte
        return "typing"
    }

    #takeBack(): PromptState {
        // The continuation bytes of a UTF-8 character go with its first byte.
        while (this.#length > 0 && ((this.#bytes[this.#length - 1] ?? 0) & 0xc0) === 0x80) this.#length--
        if (this.#length > 0) this.#length--
        return "typing"
    }
}
