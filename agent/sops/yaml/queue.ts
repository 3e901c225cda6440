import type { ScalarStyle, Token, TokenKind } from "./token.ts"

/** Tokens that were cut and not yet taken, in their order in the source. */
export class TokenQueue {
    private tokens: Token[] = []
    private head = 0
    /** How many were taken. */
    taken = 0

    /** How many are waiting. */
    get length(): number {
        return this.tokens.length - this.head
    }

    /** The next to be taken. */
    get first(): Token | undefined {
        return this.tokens[this.head]
    }

    /** The last one cut. */
    get last(): Token | undefined {
        return this.tokens[this.tokens.length - 1]
    }

    /** The one before. */
    get secondLast(): Token | undefined {
        return this.tokens[this.tokens.length - 2]
    }

    /** The number of the next token that will be added, counted from the start of the stream. */
    get next(): number {
        return this.taken + this.length
    }

    add(kind: TokenKind, start: number, end: number, value = "", style: ScalarStyle = "plain"): void {
        this.tokens.push({ kind, start, end, value, style })
    }

    /** Puts a token without text in front of the token with this number. */
    insert(number: number, kind: TokenKind, at: number): void {
        const index = number - this.taken + this.head
        this.tokens.splice(index, 0, { kind, start: at, end: at, value: "", style: "plain" })
    }

    take(): void {
        this.taken++
        this.head++
        if (this.head < 4096) return
        this.tokens = this.tokens.slice(this.head)
        this.head = 0
    }
}
