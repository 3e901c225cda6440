// npm run test:mutants -- --room sops --seed 1 --count 20: docs/mutants.md says what that is.

import { spawnSync } from "node:child_process"
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv, env, execPath, exit, stderr, stdout } from "node:process"
import { parseArgs } from "node:util"
import { importsOf } from "../house/imports.ts"
import { slowTests } from "../slow.ts"
import { type Fault, faultsOf } from "./faults.ts"
import { filesOf, rooms, testsOf } from "./rooms.ts"

const { values } = parseArgs({
    args: argv.slice(2),
    options: {
        room: { type: "string", default: "" },
        seed: { type: "string", default: "1" },
        count: { type: "string", default: "20" },
    },
})
const { room } = values
if (!rooms.includes(room)) {
    stderr.write(`--room is one of ${rooms.join(", ")}\n`)
    exit(2)
}

// In a copy: whatever ends a run leaves the sources as they are.
const source = join(import.meta.dirname, "..", "..")
const root = mkdtempSync(join(tmpdir(), "hostseal-mutants-"))
for (const name of [
    "agent",
    "test",
    "nix",
    "docs",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vitest.config.ts",
    "README.md",
])
    cpSync(join(source, name), join(root, name), { recursive: true, verbatimSymlinks: true })
symlinkSync(join(source, "node_modules"), join(root, "node_modules"))

const mutants = filesOf(room, root).flatMap((file) =>
    faultsOf(readFileSync(join(root, file), "utf8")).map((fault) => ({ file, fault })),
)
const tests = globSync("test/{age,sops,repo,os,machine,admin}/**/*.test.ts", { cwd: root }).toSorted()
const imports = importsOf(root, tests)

const sample = shuffled(mutants, Number(values.seed)).slice(0, Number(values.count))
const sound = new Map<string, boolean>()
let [seen, looked] = [0, 0]
for (const { file, fault } of sample) {
    if (!isSound(file)) {
        stderr.write(`the tests of ${file} fail without a fault, too: nothing can be said about it\n`)
        continue
    }
    looked++
    const outcome = outcomeOf(file, fault)
    if (outcome !== "survived") seen++
    stdout.write(`${outcome}  ${shown(file, fault)}\n`)
}
rmSync(root, { recursive: true })
const score = Math.round((100 * seen) / looked)
stdout.write(`${room}: ${seen} of ${looked} seen (${score} %), out of ${mutants.length}\n`)
exit(score >= 90 ? 0 : 1)

/** The nearest tests first, and the room's others only when those see nothing. */
function outcomeOf(file: string, fault: Fault): "seen" | "survived" {
    const path = join(root, file)
    const original = readFileSync(path, "utf8")
    const near = nearest(file)
    const far = testsOf(room).map((place) =>
        tests.filter(
            (each) =>
                each === place ||
                (each.startsWith(place) && !near.includes(each) && !slowTests.includes(each)),
        ),
    )
    writeFileSync(path, original.slice(0, fault.start) + fault.text + original.slice(fault.end))
    try {
        return [near, ...far].every(passes) ? "survived" : "seen"
    } finally {
        writeFileSync(path, original)
    }
}

/** Whether the nearest tests pass as long as there is no fault: on a busy machine they may not. */
function isSound(file: string): boolean {
    const known = sound.get(file) ?? passes(nearest(file))
    sound.set(file, known)
    return known
}

/** The test of a file, and those that import it. */
function nearest(file: string): string[] {
    const mirrored = file.replace(/^agent\/(.*)\.ts$/u, "test/$1.test.ts")
    return tests.filter(
        (each) => each === mirrored || (imports.get(each)?.has(file) === true && !slowTests.includes(each)),
    )
}

/** Whether these tests pass. What never ends does not. */
function passes(some: readonly string[]): boolean {
    if (some.length === 0) return true
    const { status } = spawnSync(execPath, ["node_modules/vitest/vitest.mjs", "run", "--bail=1", ...some], {
        cwd: root,
        env: { ...env, CI: "1" },
        timeout: 900_000,
        killSignal: "SIGKILL",
    })
    return status === 0
}

function shown(file: string, { start, end, text }: Fault): string {
    const code = readFileSync(join(root, file), "utf8")
    const line = code.slice(0, start).split("\n").length
    const short = (words: string): string => words.replaceAll(/\s+/gu, " ").slice(0, 70)
    return `${file}:${line}  ${short(code.slice(start, end))}  ->  ${short(text)}`
}

/** The same order for the same seed. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
    let state = seed >>> 0
    const random = (): number => {
        // mulberry32
        state = (state + 0x6d2b79f5) >>> 0
        let mixed = Math.imul(state ^ (state >>> 15), state | 1)
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    }
    return items
        .map((item) => ({ item, at: random() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ item }) => item)
}
