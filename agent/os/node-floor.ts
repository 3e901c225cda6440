/**
 * What to say about a version of Node on which our programs cannot work, `undefined` for any other. They start on it, and
 * would fail in the middle of their work for reasons that nobody understands.
 */
export function nodeProblem(version: string): string | undefined {
    return Number.parseInt(version, 10) < 24
        ? `this takes Node 24.7 or later, and is Node ${version}`
        : undefined
}
