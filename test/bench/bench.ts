// `npm run bench`: what the programs cost, each figure as a ratio within one run. Ends with 1 if one misses its bar.
// `-- --smoke` does a fiftieth of the work once, to see that the benchmark itself still runs, and judges nothing.
// `-- agent`, `cli`, `generated`, `ruled` or `map` measures one part: a program, values that are made, a `.sops.yaml`, the access map.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv, env, execPath, exit, stdout } from "node:process"
import { root } from "../../agent/build/build.ts"
import { setup as installPrograms } from "../interop/programs.ts"
import { agentFigures } from "./agent.ts"
import { cliFigures } from "./cli.ts"
import { mapFigures } from "./map.ts"
import { generatedFigures } from "./generated.ts"
import { ruledFigures } from "./ruled.ts"
import { type Figure, holds, ratioOf } from "./measure.ts"

const isInside = "HOSTSEAL_BENCH"

if (env[isInside] === undefined) {
    installPrograms()
    const command = ["--mount", "--propagation", "private", execPath, import.meta.filename, ...argv.slice(2)]
    const { status } = spawnSync("unshare", command, { stdio: "inherit", env: { ...env, [isInside]: "1" } })
    exit(status ?? 1)
}

const smoke = argv.includes("--smoke")
const directory = mkdtempSync(join(tmpdir(), "hostseal-bench-"))
try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run"])
    const misses = await report()
    if (misses > 0 && !smoke) {
        stdout.write(`${misses} below the bar\n`)
        process.exitCode = 1
    }
} finally {
    rmSync(directory, { recursive: true })
}

async function report(): Promise<number> {
    let misses = 0
    stdout.write(row("work", "ours", "other", "against", "ratio", "bar"))
    for await (const figure of figures()) {
        const { ours, other, bar } = figure
        const want = "faster" in bar ? `>= ${bar.faster} x faster` : `<= ${bar.atMost} x`
        const verdict = smoke ? "" : holds(figure) ? "  ok" : "  MISSED"
        if (!holds(figure)) misses += 1
        const numbers = [ours, other, ratioOf(figure)].map((value) => value.toFixed(value < 10 ? 2 : 0))
        const [a = "", b = "", ratio = ""] = numbers
        stdout.write(row(figure.work, a, b, figure.against, ratio, want + verdict))
    }
    return misses
}

async function* figures(): AsyncGenerator<Figure> {
    const real = spawnSync("sops-install-secrets", ["-h"]).error === undefined
    if (!real) stdout.write("sops-install-secrets is not at hand: no figure against it\n")
    const size = { scale: smoke ? 50 : 1, rounds: smoke ? 1 : 3 }
    const dist = (name: string): string => join(root, "dist", `${name}.cjs`)
    const program = dist("hostseal")
    const only = ["agent", "cli", "generated", "ruled", "map"].find((name) => argv.includes(name))
    const isWanted = (name: string): boolean => only === undefined || only === name
    if (isWanted("agent")) yield* agentFigures({ ...size, directory, agent: dist("hostseal-agent"), real })
    if (isWanted("cli")) yield* cliFigures({ ...size, directory, program })
    if (isWanted("generated")) yield* generatedFigures({ ...size, directory, program })
    if (isWanted("ruled")) yield* ruledFigures({ ...size, directory, program })
    if (isWanted("map")) yield* mapFigures({ ...size, directory })
}

function row(work: string, ours: string, other: string, against: string, ratio: string, bar: string): string {
    const cells = [
        work.padEnd(54),
        ours.padStart(8),
        other.padStart(8),
        ` ${against.padEnd(26)}`,
        ratio.padStart(7),
    ]
    return `${cells.join(" ")}  ${bar}\n`
}
