// JSON.parse keeps the last of several equal keys and says nothing, so two readers of one file can disagree about
// what it says. docs/security-rules.md#limits: identical keys twice in one object are an error, and so is `__proto__`.

/**
 * What is wrong with the keys of a JSON text, or `undefined`. The text must have been accepted by JSON.parse: this
 * only looks at strings and brackets.
 */
export function keyProblem(json: string): string | undefined {
    const open: (Set<string> | undefined)[] = []
    for (let at = 0; at < json.length; at++) {
        const character = json[at]
        if (character === "{") open.push(new Set())
        else if (character === "[") open.push(undefined)
        else if (character === "}" || character === "]") open.pop()
        else if (character === '"') {
            const end = endOfString(json, at)
            const keys = open.at(-1)
            if (keys !== undefined && isKey(json, end)) {
                const key = decode(json.slice(at, end))
                if (keys.has(key)) return `the key "${key}" stands twice in one object`
                if (key === "__proto__") return 'the key "__proto__" is not allowed'
                keys.add(key)
            }
            at = end - 1
        }
    }
    return undefined
}

/** The offset behind the closing quote of the string that begins at `start`. */
function endOfString(json: string, start: number): number {
    let end = json.indexOf('"', start + 1)
    while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1)
    return end === -1 ? json.length : end + 1
}

function isEscaped(json: string, quote: number): boolean {
    let backslashes = 0
    while (json[quote - 1 - backslashes] === "\\") backslashes++
    return backslashes % 2 === 1
}

function isKey(json: string, behind: number): boolean {
    let at = behind
    while (json[at] === " " || json[at] === "\n" || json[at] === "\r" || json[at] === "\t") at++
    return json[at] === ":"
}

function decode(literal: string): string {
    return literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1)
}
