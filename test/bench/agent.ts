// The agent against sops-install-secrets and against Node itself, on the same manifests. Runs in a mount namespace
// with a /run of its own (bench.ts).

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { execPath } from "node:process"
import { makeHost, seal } from "../host.ts"
import type { Host } from "../host.ts"
import { writtenManifest, writtenSecret } from "../machine/manifest-examples.ts"
import { type Command, type Figure, compare, median, time } from "./measure.ts"

/** What a run of the benchmark is given. */
export interface Bench {
    /** An empty directory that it may fill. */
    readonly directory: string
    readonly agent: string
    /** Divides the amounts of work; 1 for real figures. */
    readonly scale: number
    readonly rounds: number
    /** Whether the real sops-install-secrets is there. */
    readonly real: boolean
}

export async function* agentFigures(bench: Bench): AsyncGenerator<Figure> {
    const host = makeHost()
    mkdirSync("/run/keys", { recursive: true })
    writeFileSync("/run/keys/host", host.privateKey, { mode: 0o600 })
    const others = Array.from({ length: 9 }, () => makeHost().recipient)

    yield* startUp(bench, await oneYaml(bench, host, "one-value", 1), {
        what: "1 secret of a YAML file",
        bar: 1.9,
    })
    yield* startUp(bench, await binaries(bench, host, "one", 1, []), { what: "1 binary secret", bar: 1.8 })
    if (bench.real) {
        const yaml = await oneYaml(bench, host, "yaml", count(bench, 500))
        yield* versus(bench, yaml, "500 secrets from one YAML file", { faster: 50 })
        const shared = await binaries(bench, host, "shared", count(bench, 200), others)
        yield* versus(bench, shared, "200 binary files, 10 recipients each, own key last", { faster: 2 })
    }
    const many = await binaries(bench, host, "many", count(bench, 10_000), [])
    if (bench.real) yield* versus(bench, many, "10,000 binary files", { atMost: 1 })
    const quarter = await binaries(bench, host, "quarter", count(bench, 2_500), [])
    yield* growth(bench, many, quarter)
    yield* memory(bench, many)
    yield* again(bench, await binaries(bench, host, "again", count(bench, 1_000), []))
}

function* startUp(
    bench: Bench,
    manifest: string,
    { what, bar }: { readonly what: string; readonly bar: number },
): Generator<Figure> {
    const empty = join(bench.directory, "empty.cjs")
    writeFileSync(empty, "")
    time(ours(bench, manifest, () => undefined))
    const [run, nothing] = compare(
        ours(bench, manifest, clearGenerations),
        { argv: [execPath, empty] },
        bench.rounds * 20,
    )
    const work = `${what}, file system mounted, whole process`
    yield { work, ours: run, other: nothing, against: "an empty script", bar: { atMost: bar } }
}

function* versus(bench: Bench, manifest: string, work: string, bar: Figure["bar"]): Generator<Figure> {
    const real: Command = { argv: ["sops-install-secrets", manifest], prepare: clearGenerations }
    const [run, other] = compare(ours(bench, manifest, clearGenerations), real, bench.rounds)
    yield { work, ours: run, other, against: "sops-install-secrets", bar }
}

/** The time for each of many files, against the time for each of a quarter of them. */
function* growth(bench: Bench, many: string, quarter: string): Generator<Figure> {
    const command = (manifest: string): Command => ours(bench, manifest, clearGenerations)
    const [large, small] = compare(command(many), command(quarter), bench.rounds)
    const [perFile, perFileOfFew] = [large / count(bench, 10_000), small / count(bench, 2_500)]
    const work = "10,000 binary files: time for each file"
    yield { work, ours: perFile, other: perFileOfFew, against: "2,500 files", bar: { atMost: 1.25 } }
}

/** Peak memory, as the kernel counted it; "ours" and "other" are megabytes here. */
function* memory(bench: Bench, manifest: string): Generator<Figure> {
    const hook = join(bench.directory, "memory.cjs")
    const result = join(bench.directory, "memory")
    const script = `process.on("exit", () => require("fs").writeFileSync(${JSON.stringify(result)}, String(process.resourceUsage().maxRSS)))`
    writeFileSync(hook, script)
    clearGenerations()
    time({ argv: [execPath, "--require", hook, bench.agent, "install", manifest] })
    const megabytes = Number(readFileSync(result, "utf8")) / 1024
    yield {
        work: "10,000 binary files: peak memory, MB",
        ours: megabytes,
        other: 200,
        against: "200 MB",
        bar: { atMost: 1 },
    }
}

function* again(bench: Bench, manifest: string): Generator<Figure> {
    const times = Array.from({ length: bench.rounds }, () => {
        const first = time(ours(bench, manifest, clearGenerations))
        return [first, time(ours(bench, manifest, () => undefined))] as const
    })
    const [first, second] = [median(times.map(([a]) => a)), median(times.map(([, b]) => b))]
    const work = "1,000 files again, nothing changed"
    yield { work, ours: second, other: first, against: "the first run", bar: { faster: 3 } }
}

function ours(bench: Bench, manifest: string, prepare: () => void): Command {
    return { argv: [execPath, bench.agent, "install", manifest], prepare }
}

/** As after a boot that only mounted the file system. */
function clearGenerations(): void {
    rmSync("/run/secrets", { force: true })
    mkdirSync("/run/secrets.d", { recursive: true })
    for (const name of readdirSync("/run/secrets.d"))
        rmSync(join("/run/secrets.d", name), { recursive: true })
}

function count({ scale }: Bench, full: number): number {
    return Math.max(1, Math.round(full / scale))
}

/** One file for each secret, as clan has them. */
async function binaries(
    bench: Bench,
    host: Host,
    name: string,
    files: number,
    others: string[],
): Promise<string> {
    const directory = join(bench.directory, name)
    mkdirSync(directory)
    const secrets = []
    for (let index = 0; index < files; index += 1) {
        const sopsFile = join(directory, `${index}`)
        writeFileSync(sopsFile, await seal(`CANARY ${index}`, "binary", ...others, host.recipient))
        secrets.push(writtenSecret({ name: `secret-${index}`, format: "binary", sopsFile }))
    }
    return save(directory, secrets)
}

/** All secrets in one document. */
async function oneYaml(bench: Bench, host: Host, folder: string, secrets: number): Promise<string> {
    const directory = join(bench.directory, folder)
    mkdirSync(directory)
    const names = Array.from({ length: secrets }, (_, index) => `secret-${index}`)
    const sopsFile = join(directory, "secrets.yaml")
    const lines = names.map((name) => `${name}: CANARY ${name}\n`)
    writeFileSync(sopsFile, await seal(lines.join(""), "yaml", host.recipient))
    return save(
        directory,
        names.map((name) => writtenSecret({ name, format: "yaml", sopsFile })),
    )
}

function save(directory: string, secrets: readonly object[]): string {
    const path = join(directory, "manifest.json")
    const quiet = { keyImport: false, secretChanges: false }
    writeFileSync(
        path,
        JSON.stringify(writtenManifest({ secrets, ageSshKeyPaths: ["/run/keys/host"], logging: quiet })),
    )
    return path
}
