// The first minute as a picture: the transcript of README, which test/readme.test.ts runs with the real program, typed and
// answered in a terminal of SVG. `npm run docs:recording` writes it.

import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import { commandsOf } from "./transcript.ts"
import type { Shown } from "./transcript.ts"

const root = join(import.meta.dirname, "..")

/** Where the picture lies. */
export const recordingPath = join(root, "docs/pictures/first-minute.svg")

/** The size of a character and a line, in pixels, and the margin around them. */
const [charWidth, lineHeight, margin] = [8.4, 20, 20]
/** Seconds that a key takes, an answer, and a look at it. */
const [key, answer, look] = [0.035, 0.35, 1.1]

interface Line {
    readonly text: string
    readonly isCommand: boolean
    /** When it begins to be seen. */
    readonly at: number
}

/** The picture of what README shows. */
export function recording(): string {
    const shown = commandsOf(readFileSync(join(root, "README.md"), "utf8"))
    const lines = timed(
        shown.filter(({ command }) => command.startsWith("hostseal ") || command.startsWith("printf ")),
    )
    const columns = Math.max(...lines.map(({ text }) => text.length))
    const [width, height] = [columns * charWidth + 2 * margin, lines.length * lineHeight + 2 * margin]
    const body = lines.map((line, index) => drawn(line, margin + (index + 0.75) * lineHeight, width))
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${number(width)} ${number(height)}" width="${number(width)}" height="${number(height)}" role="img" aria-label="The first minute with hostseal, as the transcript below has it">
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; fill: #c9d1d9 }
.command { fill: #ffffff; font-weight: 600 }
.line { opacity: 0; animation: show 0.01s linear forwards }
.cover { fill: #0d1117; animation: type linear forwards }
@keyframes show { to { opacity: 1 } }
@keyframes type { to { transform: translateX(var(--typed)) } }
@media (prefers-reduced-motion: reduce) { .line { opacity: 1; animation: none } .cover { display: none } }
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${body.join("\n")}
</svg>
`
}

function timed(all: readonly Shown[]): readonly Line[] {
    let at = 0.5
    return all.flatMap(({ command, output }) => {
        const text = `$ ${command}`
        const typed: Line = { text, isCommand: true, at }
        at += text.length * key + answer
        const answers = output
            .filter((line) => line !== "")
            .map((line): Line => ({ text: line, isCommand: false, at }))
        at += look
        return [typed, ...answers]
    })
}

function drawn({ text, isCommand, at }: Line, y: number, width: number): string {
    const shown = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    const style = isCommand ? "line command" : "line"
    const line = `<text class="${style}" x="${margin}" y="${number(y)}" style="animation-delay:${number(at)}s">${shown}</text>`
    if (!isCommand) return line
    const typed = text.length * charWidth
    // It slides away to the right, a character at a time.
    const cover =
        `<rect class="cover" x="${margin}" y="${number(y - lineHeight * 0.75)}" width="${number(width)}" height="${lineHeight}" ` +
        `style="--typed:${number(typed)}px;animation-duration:${number(text.length * key)}s;animation-delay:${number(at)}s;` +
        `animation-timing-function:steps(${text.length})"/>`
    return `${line}\n${cover}`
}

function number(value: number): string {
    return String(Math.round(value * 100) / 100)
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(recordingPath, recording())
