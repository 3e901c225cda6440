// Faults that are put into code: each is a piece of the text and what stands there instead.

import { parseAst } from "vitest/node"

/** A fault. */
export interface Fault {
    readonly start: number
    readonly end: number
    readonly text: string
}

interface Node {
    readonly type: string
    readonly start: number
    readonly end: number
    readonly [field: string]: unknown
}

const turned: Readonly<Record<string, string>> = {
    "&&": "||",
    "||": "&&",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "===": "!==",
    "!==": "===",
    "+": "-",
    "-": "+",
}
/** Modes that let others in, and an opening that takes what is there. */
const looser: Readonly<Record<string, string>> = {
    "0o600": "0o644",
    "0o700": "0o755",
    "0o400": "0o444",
    "0o077": "0o007",
    '"wx"': '"w"',
}

/** Every fault that is known for a source text. Messages are left alone: they decide nothing. */
export function faultsOf(code: string): Fault[] {
    const faults: Fault[] = []
    const textOf = ({ start, end }: Node): string => code.slice(start, end)
    const add = ({ start, end }: Pick<Node, "start" | "end">, text: string): void => {
        if (code.slice(start, end) !== text) faults.push({ start, end, text })
    }
    const visit = (node: Node): void => {
        if (node.type.startsWith("TS") && node.type !== "TSAsExpression") return
        if (node.type === "ImportDeclaration") return
        if (
            node.type === "NewExpression" &&
            /Error|Failure|Refusal|NotRegular/u.test(textOf(node).split("(", 1)[0] ?? "")
        )
            return
        const [left, right, test] = [nodeAt(node["left"]), nodeAt(node["right"]), nodeAt(node["test"])]
        if (node.type === "IfStatement" && test !== undefined) {
            add(test, `!(${textOf(test)})`)
            add(test, "false")
        } else if (node.type === "ConditionalExpression" && test !== undefined)
            add(test, `!(${textOf(test)})`)
        else if (
            /^(?:Logical|Binary)Expression$/u.test(node.type) &&
            left !== undefined &&
            right !== undefined
        ) {
            const between = { start: left.end, end: right.start }
            const operator = String(node["operator"])
            const other = turned[operator]
            // Not of texts, which are put together.
            if (other !== undefined && !(operator === "+" && /["'`]/u.test(textOf(node))))
                add(between, code.slice(left.end, right.start).replace(operator, other))
            if (node.type === "LogicalExpression") {
                add(node, textOf(left))
                if (operator !== "??") add(node, textOf(right))
            }
        } else if (/^(?:Throw|Continue|Break)Statement$/u.test(node.type)) add(node, ";")
        else if (node.type === "ReturnStatement" && node["argument"] === null) add(node, ";")
        else if (node.type === "ExpressionStatement" && node["directive"] === undefined) add(node, ";")
        else if (node.type === "ForOfStatement" && right !== undefined) add(right, "[]")
        else if (node.type === "Literal") {
            const loose = looser[textOf(node)]
            if (loose !== undefined) add(node, loose)
            else if (typeof node["value"] === "boolean") add(node, String(!node["value"]))
            else if (typeof node["value"] === "number") add(node, String(node["value"] + 1))
        }
        for (const [field, value] of Object.entries(node))
            if (!/^(?:typeAnnotation|returnType|typeParameters|typeArguments)$/u.test(field))
                for (const child of Array.isArray(value) ? value : [value]) {
                    const inner = nodeAt(child)
                    if (inner !== undefined) visit(inner)
                }
    }
    for (const node of parseAst(code, { lang: "ts" }).body) {
        const found = nodeAt(node)
        if (found !== undefined) visit(found)
    }
    return faults
}

function nodeAt(value: unknown): Node | undefined {
    return isNode(value) ? value : undefined
}

function isNode(value: unknown): value is Node {
    return (
        typeof value === "object" &&
        value !== null &&
        "type" in value &&
        typeof value.type === "string" &&
        "start" in value
    )
}
