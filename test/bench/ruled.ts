// The admin program on a repository with a `.sops.yaml`, against Node itself and against the real sops, which is started
// once for each file, as its users do; it is timed on a sample and multiplied.

import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { env, execPath } from "node:process"
import { generateIdentity } from "../../agent/age/identity.ts"
import { seal } from "../host.ts"
import type { CliBench } from "./cli.ts"
import { type Command, type Figure, compare, median, time } from "./measure.ts"

/** How many processes of sops stand for all, in each round. */
const sample = 8

const keys = Array.from({ length: 11 }, () => generateIdentity())
const [caller] = keys
const recipients = keys.map(({ recipient }) => recipient)

export async function* ruledFigures(bench: CliBench): AsyncGenerator<Figure> {
    yield* reading(bench)
    yield* changing(bench)
}

/** What only reads: 600 files of three values and four recipients, by eight rules. */
async function* reading(bench: CliBench): AsyncGenerator<Figure> {
    const count = Math.max(8, Math.round(600 / bench.scale))
    const repository = join(bench.directory, "ruled-read")
    const rules = Array.from({ length: 8 }, (_, index) => rule(`^hosts/host${index}/[^/]+\\.yaml$`, 4))
    await writeRepository(repository, rules, count, 4, (index) => `hosts/host${index % 8}/file${index}.yaml`)
    const reader = join(bench.directory, "read-ruled.cjs")
    writeFileSync(reader, readAll(repository))
    const verify = hostseal(bench, repository, "verify")
    const [verified, read] = compare(verify, { argv: [execPath, reader] }, bench.rounds * 5)
    yield {
        work: "verify, 600 files under a .sops.yaml",
        ours: verified,
        other: read,
        against: "reading the files",
        bar: { atMost: 2 },
    }
}

/** What changes 200 files of ten recipients. */
async function* changing(bench: CliBench): AsyncGenerator<Figure> {
    const count = Math.max(8, Math.round(200 / bench.scale))
    const before = join(bench.directory, "ruled-change")
    const pathOf = (index: number): string => `secrets/file${index}.yaml`
    await writeRepository(before, [rule("^secrets/", 10)], count, 10, pathOf)
    const fresh = (members: number): string => {
        const copy = join(bench.directory, `ruled-${process.hrtime.bigint()}`)
        cpSync(before, copy, { recursive: true })
        writeFileSync(join(copy, ".sops.yaml"), `creation_rules:\n${rule("^secrets/", members)}`)
        execFileSync("git", ["-C", copy, "status"], { stdio: "ignore" })
        execFileSync("sync")
        return copy
    }
    const sops = (members: number, argsFor: (path: string) => readonly string[]): number => {
        const cwd = fresh(members)
        const variables = { ...env, SOPS_AGE_KEY: caller?.secret ?? "", HOME: bench.directory }
        const times = Array.from({ length: Math.min(sample, count) }, (_, index) =>
            time({ argv: ["sops", ...argsFor(pathOf(index))], options: { cwd, env: variables } }),
        )
        return median(times) * count
    }
    const update = (members: number): number =>
        time(hostseal(bench, fresh(members), "key", "update", "--accept", "all"))
    const turns = (ours: () => number, theirs: () => number): [number, number] => {
        const times: [number[], number[]] = [[], []]
        for (let round = 0; round < bench.rounds * 2; round += 1) {
            times[0].push(ours())
            times[1].push(theirs())
        }
        return [median(times[0]), median(times[1])]
    }
    const [wrapped, updated] = turns(
        () => update(11),
        () => sops(11, (path) => ["updatekeys", "--yes", path]),
    )
    const work = "key update, 200 files of 10 recipients"
    yield { work, ours: wrapped, other: updated, against: "sops updatekeys for each", bar: { faster: 20 } }
    const [rotated, theirs] = turns(
        () => update(9),
        () => sops(9, (path) => ["rotate", "-i", "--rm-age", recipients[9] ?? "", path]),
    )
    yield {
        work: `${work}, one less`,
        ours: rotated,
        other: theirs,
        against: "sops rotate for each",
        bar: { faster: 8 },
    }
}

function rule(pattern: string, members: number): string {
    return `  - path_regex: ${pattern}\n    age: ${recipients.slice(0, members).join(",")}\n`
}

function hostseal(bench: CliBench, cwd: string, ...args: readonly string[]): Command {
    const variables = { ...env, SOPS_AGE_KEY: caller?.secret ?? "", HOME: bench.directory }
    return { argv: [execPath, bench.program, ...args], options: { cwd, env: variables } }
}

async function writeRepository(
    repository: string,
    rules: readonly string[],
    count: number,
    members: number,
    pathOf: (index: number) => string,
): Promise<void> {
    for (let index = 0; index < count; index += 1) {
        const path = join(repository, pathOf(index))
        mkdirSync(join(path, ".."), { recursive: true })
        const text = `user: CANARY ${index}\npassword: CANARY ${index}\nport: 5432\n`
        writeFileSync(path, await seal(text, "yaml", ...recipients.slice(0, members)))
    }
    writeFileSync(join(repository, ".sops.yaml"), `creation_rules:\n${rules.join("")}`)
    const git = (...args: readonly string[]): void => {
        execFileSync("git", ["-C", repository, ...args], { stdio: "ignore" })
    }
    git("init", "--initial-branch=main")
    git("config", "user.name", "bench")
    git("config", "user.email", "bench@localhost")
    git("config", "gc.auto", "0")
    git("add", "--all")
    git("commit", "--message", "everything")
    git("gc")
    execFileSync("sync")
}

/** A script that reads all files of a repository but git's, as plainly as Node can. */
function readAll(repository: string): string {
    return `const { readdirSync, readFileSync } = require("node:fs")
const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) entry.name === ".git" || walk(folder + "/" + entry.name)
        else readFileSync(folder + "/" + entry.name)
    }
}
walk(${JSON.stringify(repository)})
`
}
