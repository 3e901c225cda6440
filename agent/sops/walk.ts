// The one way through a document: sops' order, its paths and its idea of which values are encrypted. Reading, sealing
// and rotating are visitors.
import { selectionOf } from "./selection.ts"
import type { Selection, SelectionRule } from "./selection.ts"
import type { Branch, Comment, Item, Leaf, List, Value } from "./tree.ts"

/** Where a scalar or comment stands. */
export interface Place {
    /** What its ciphertext is bound to: the keys on the way to it, not the list indexes (docs/sops-rules.md#place). */
    readonly aad: string
    readonly encrypted: boolean
    /** Keys and list indexes; comments are not counted. Only valid during the visit: copy it to keep it. */
    readonly path: readonly (string | number)[]
    /** The element of a list, or a comment in one. */
    readonly inList: boolean
    /**
     * What the ciphertext of a comment would be bound to above the mapping entry that holds the list it stands in;
     * `undefined` where the rule would not have it encrypted there.
     */
    readonly lifted: string | undefined
}

/**
 * What to do with each scalar (not null: sops skips it) and each comment. The node returned takes its place in the
 * result; a list element may turn out to be a comment, which is stored as a string. Comment rules look at the text of
 * the comments returned.
 */
export interface Visitor {
    leaf(leaf: Leaf, place: Place): Leaf | Comment
    comment(comment: Comment, place: Place): Comment
}

/** Visits all scalars and comments in document order and returns the documents with what the visitor made of them. */
export function walk(documents: readonly Branch[], rule: SelectionRule, visitor: Visitor): Branch[] {
    const walker = new Walker(selectionOf(rule), visitor)
    return documents.map((document) => walker.branch(document, top))
}

const top: Scope = { prefix: "", matched: false, commented: false, holder: { prefix: "", matched: false } }

/** What is handed down from level to level. */
interface Scope extends Holder {
    /** The mapping that holds the last key. */
    readonly holder: Holder
    /** Whether a comment that precedes this value, or something around it, matches the rule. */
    readonly commented: boolean
}

interface Holder {
    /** The keys so far, each with a colon behind it. */
    readonly prefix: string
    /** Whether a key so far matches the rule. */
    readonly matched: boolean
}

class Walker {
    private readonly selection: Selection
    private readonly visitor: Visitor
    private readonly path: (string | number)[] = []

    constructor(selection: Selection, visitor: Visitor) {
        this.selection = selection
        this.visitor = visitor
    }

    branch(branch: Branch, outer: Scope): Branch {
        const level = new Level(outer, this.selection)
        const items = branch.items.map((item): Item | Comment => {
            if (item.kind === "comment") return this.comment(item, level, false)
            this.path.push(item.key)
            const matched =
                outer.matched || (this.selection.scope === "keys" && this.selection.matches(item.key))
            const scope = {
                prefix: `${outer.prefix}${item.key}:`,
                matched,
                commented: level.commented,
                holder: outer,
            }
            const value = this.value(item.value, scope, false)
            this.path.pop()
            level.clear()
            // A comment is no value of a key.
            return { ...item, value: value.kind === "comment" ? item.value : value }
        })
        return { ...branch, items }
    }

    private list(list: List, outer: Scope): List {
        const level = new Level(outer, this.selection)
        let index = 0
        const items = list.items.map((item): Value | Comment => {
            if (item.kind === "comment") return this.comment(item, level, true)
            this.path.push(index)
            const value = this.value(item, { ...outer, commented: level.commented }, true)
            this.path.pop()
            if (value.kind === "comment") level.add(value.text)
            else {
                index++
                level.clear()
            }
            return value
        })
        return { ...list, items }
    }

    private value(value: Value, scope: Scope, inList: boolean): Value | Comment {
        if (value.kind === "branch") return this.branch(value, scope)
        if (value.kind === "list") return this.list(value, scope)
        if (value.scalar.kind === "null") return value
        return this.visitor.leaf(value, this.place(scope, scope.commented, inList))
    }

    private comment(comment: Comment, level: Level, inList: boolean): Comment {
        // A comment counts for itself where it keeps things in the clear, not where it has them encrypted.
        const itself = this.selection.encryptsMatches ? false : level.matches(comment.text)
        const result = this.visitor.comment(
            comment,
            this.place(level.outer, level.commented || itself, inList),
        )
        level.add(result.text)
        return result
    }

    private place(scope: Scope, commented: boolean, inList: boolean): Place {
        const { scope: kind, encryptsMatches } = this.selection
        const encrypted = (kind === "keys" ? scope.matched : commented) === encryptsMatches
        const liftable = inList && kind === "keys" && scope.holder.matched === encryptsMatches
        const lifted = liftable ? aadOf(scope.holder) : undefined
        return { aad: aadOf(scope), encrypted, path: this.path, inList, lifted }
    }
}

function aadOf({ prefix }: Holder): string {
    return prefix === "" ? ":" : prefix
}

/** The comments that are active on one level: those since the last value, and those that are active outside. */
class Level {
    readonly outer: Scope
    private readonly selection: Selection
    private here = false

    constructor(outer: Scope, selection: Selection) {
        this.outer = outer
        this.selection = selection
    }

    get commented(): boolean {
        return this.outer.commented || this.here
    }

    matches(text: string): boolean {
        return this.selection.scope === "comments" && this.selection.matches(text)
    }

    add(text: string): void {
        if (!this.here) this.here = this.matches(text)
    }

    clear(): void {
        this.here = false
    }
}
