// Why a value is made, or made anew.

/** A reason. What is `missing` or `asked` for is no matter of the value; the others say what is wrong with it. */
export type Why =
    | { readonly kind: "missing"; readonly files: readonly string[] }
    | { readonly kind: "validation" }
    | { readonly kind: "input"; readonly input: string }
    | { readonly kind: "definition" }
    | { readonly kind: "asked" }
    /** Older than it may be, in whole days. */
    | { readonly kind: "age"; readonly days: number; readonly most: number }
    /** RFC 3339; when it stops to be good. */
    | { readonly kind: "ends"; readonly at: string }
    /** Those who could read these files and no longer may, as `user:bob`. */
    | { readonly kind: "debt"; readonly lost: readonly string[]; readonly files: readonly string[] }
    /** Who could read the value at `by` knows it, too: that one is made of it. */
    | { readonly kind: "revealed"; readonly by: string }

/** As people read it: `bob lost access`. */
export function reasonOf(why: Why): string {
    switch (why.kind) {
        case "missing":
            return `${why.files.join(", ")} missing`
        case "validation":
            return "made for something else"
        case "input":
            return `${why.input} has changed`
        case "definition":
            return "declared differently when it was made"
        case "asked":
            return "you ask for it"
        case "age":
            return `${why.days} days old, and ${why.most} at most`
        case "ends":
            return `good until ${why.at.slice(0, 10)}`
        case "debt":
            return `${why.lost.map((lost) => lost.replace(":", " ")).join(", ")} lost access`
        case "revealed":
            break
    }
    return `${why.by} is made of it`
}
