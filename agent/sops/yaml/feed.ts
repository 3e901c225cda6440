import { nodeBudget } from "../budget.ts"
import { lineAt, SopsError } from "../error.ts"
import { type CommentLine, type Comments, noComments, type Pending } from "./comment.ts"
import type { YamlNode } from "./node.ts"
import { Scanner } from "./scan.ts"
import type { Token } from "./token.ts"

/** What the parser of a YAML stream draws on: its tokens, the comments that come with them, and nodes to fill. */
export class Feed {
    private readonly source: string
    private readonly scanner: Scanner
    private readonly anchors = new Map<string, YamlNode>()
    /** Comments that were read and go to the next node that takes some. */
    private pending: Pending = { head: [], line: [], foot: [] }
    /** The head of a list element that is itself a collection. */
    private stem: readonly CommentLine[] = noComments
    private readonly nodes = nodeBudget()

    constructor(source: string) {
        this.source = source
        this.scanner = new Scanner(source)
    }

    /** All comment lines so far. */
    get comments(): readonly CommentLine[] {
        return this.scanner.comments.all
    }

    /** How many lines wait to be the head of something. */
    get heads(): number {
        return this.pending.head.length
    }

    peek(): Token {
        return this.scanner.peek(this.pending)
    }

    take(): void {
        this.scanner.take()
    }

    /** A new node without comments; aliases of its anchor stand for it from now on. */
    make(parts: Partial<YamlNode> & Pick<YamlNode, "kind" | "start">): YamlNode {
        this.nodes.spend()
        const node: YamlNode = {
            kind: parts.kind,
            start: parts.start,
            end: parts.end ?? parts.start,
            outer: parts.outer ?? parts.start,
            anchor: parts.anchor ?? "",
            tag: parts.tag ?? "",
            style: parts.style ?? "plain",
            flow: parts.flow ?? false,
            value: parts.value ?? "",
            target: parts.target,
            items: [],
            marks: [],
            head: noComments,
            line: noComments,
            foot: noComments,
        }
        if (node.anchor !== "") this.anchors.set(node.anchor, node)
        return node
    }

    /** A value that is not written. */
    empty(at: number): YamlNode {
        return this.make({ kind: "scalar", start: at, outer: at })
    }

    /** What an alias stands for. */
    target(token: Token): YamlNode {
        const target = this.anchors.get(token.value)
        if (target === undefined) throw this.problem(token, "an alias refers to an anchor that is not there")
        return target
    }

    /** Gives a node the comments that wait for one. */
    decorate(node: YamlNode): void {
        const { head, line, foot } = this.takeComments()
        node.head = head
        node.line = line
        node.foot = foot
    }

    takeComments(): Readonly<Comments> {
        const comments = this.pending
        this.stem = noComments
        if (comments.head.length + comments.line.length + comments.foot.length === 0) return none
        this.pending = { head: [], line: [], foot: [] }
        return comments
    }

    /** Comments above a dash belong to the collection behind it, those behind the dash to its first entry. */
    splitStem(length: number): void {
        if (length === 0) return
        this.stem = this.pending.head.slice(0, length)
        this.pending.head = this.pending.head.slice(length)
    }

    takeStem(): readonly CommentLine[] {
        const { stem } = this
        this.stem = noComments
        return stem
    }

    problem({ start }: Token, message: string, problem: "syntax" | "limit" = "syntax"): SopsError {
        // A block ends in front of the break that ends its last line.
        const offset = Math.min(start + 1, this.source.length)
        return new SopsError(problem, message, { line: lineAt(this.source, offset) })
    }
}

const none: Readonly<Comments> = { head: noComments, line: noComments, foot: noComments }
