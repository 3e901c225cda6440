// One run of a script: answers and files in, declared files out, nothing else.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { visibleName } from "../../../error.ts"
import { run } from "../../../os/children.ts"
import type { Environment, Result } from "../../../os/children.ts"
import type { Script } from "../../../repo/generators/generator.ts"
import { Failure } from "../../failure.ts"
import { insideScript, largestFile, parseOutcome } from "./inside.ts"
import type { Outcome } from "./inside.ts"
import { masked } from "./masked.ts"
import { sandboxed, unconfined } from "./place.ts"
import { scriptPrograms } from "./programs.ts"

/** What a script is given, and what it has to write. */
export interface Errand {
    /** The generator, for people. */
    readonly title: string
    readonly script: Script
    /** By their paths below `in`: `ca/key`. */
    readonly inputs: ReadonlyMap<string, Buffer>
    /** Answers, below `prompts`. */
    readonly prompts: ReadonlyMap<string, Buffer>
    /** What lies in `out` when it starts. */
    readonly there: ReadonlyMap<string, Buffer>
    /** What it has to leave in `out`. */
    readonly wanted: readonly string[]
}

export interface ScriptLimits {
    /** How long one may take. */
    readonly seconds: number
    readonly env: Environment
    /** Whether it runs in the sandbox. */
    readonly confined: boolean
}

export interface Written {
    readonly files: ReadonlyMap<string, Buffer>
    /** Names of files that nobody declared. */
    readonly extra: readonly string[]
}

/**
 * Runs it. Throws `Failure` that names the generator when there is no sandbox, when the script fails or takes too long,
 * and when what it leaves is not what was declared; only then is shown what it said.
 */
export async function runScript(errand: Errand, { seconds, env, confined }: ScriptLimits): Promise<Written> {
    const { bash, folders } = scriptPrograms(env)
    const place = confined ? sandboxed(env) : unconfined(env)
    const input = given(errand, place.root, confined)
    try {
        const { root, home } = place
        const inputs = errand.script.runtimeInputs
        const path = [...inputs.map((folder) => join(folder, "bin")), ...folders, "/usr/bin", "/bin"]
        const environment = {
            PATH: folders.join(":"),
            HOME: home,
            TMPDIR: home,
            in: `${root}/in`,
            out: `${root}/out`,
            ...(errand.prompts.size === 0 ? {} : { prompts: `${root}/prompts` }),
        }
        const names = [...new Set([...errand.wanted, ...errand.there.keys()])]
        const script = errand.script.path ?? `${root}/script`
        const words = [root, [...new Set(path)].join(":"), String(seconds), script, howTo(errand.script)]
        const result = await run({
            ...place.start([bash, "-c", insideScript, "hostseal", ...words, ...names], {
                environment,
                programs: [...inputs, ...folders, ...(errand.script.path === undefined ? [] : [script])],
            }),
            deadline: seconds * 1000,
            input,
            maxOutput: (names.length + 1) * 2 * largestFile,
        })
        try {
            return judged(errand, result, seconds)
        } finally {
            result.stdout.fill(0)
        }
    } finally {
        input.fill(0)
        place.remove()
    }
}

/** How bash starts it: `text` as clan does, and by itself what says what it is run by. */
function howTo({ path }: Script): "text" | "bash" | "exec" {
    if (path === undefined) return "text"
    return readFileSync(path).subarray(0, 2).toString("latin1") === "#!" ? "exec" : "bash"
}

const users = [
    "root:x:0:0::/root:/bin/sh",
    "generator:x:1000:1000::/tmp:/bin/sh",
    "nobody:x:65534:65534::/:/bin/sh",
]
const groups = ["root:x:0:", "generator:x:1000:", "nogroup:x:65534:"]

/** As `insideScript` reads it. */
function given({ script, inputs, prompts, there }: Errand, root: string, confined: boolean): Buffer {
    const below = (folder: string, files: ReadonlyMap<string, Buffer>) =>
        [...files].map(([name, value]) => [`${root}/${folder}/${name}`, value] as const)
    const lines = (text: readonly string[]) => Buffer.from(`${text.join("\n")}\n`)
    const files = [
        ...(confined ? [["/etc/passwd", lines(users)] as const, ["/etc/group", lines(groups)] as const] : []),
        ...(script.path === undefined ? [[`${root}/script`, Buffer.from(script.text ?? "")] as const] : []),
        ...below("in", inputs),
        ...below("prompts", prompts),
        ...below("out", there),
    ]
    return Buffer.concat(files.flatMap(([path, value]) => [Buffer.from(`${value.length} ${path}\n`), value]))
}

function judged(errand: Errand, { end, stdout, stderr }: Result, seconds: number): Written {
    const { title, inputs, prompts, there, wanted } = errand
    const outcome = parseOutcome(stdout.toString("latin1"))
    const fail = (what: string): Failure => {
        const values = [inputs, prompts, there, outcome?.files ?? new Map<string, Buffer>()]
        const said = masked(
            stderr,
            values.flatMap((each) => [...each.values()]),
        )
        const cause = said.trim() === "" ? {} : { cause: new Error(`it said:\n${said}`) }
        return new Failure(
            "refused",
            `nothing was changed: the script of generator ${visibleName(title)} ${what}`,
            cause,
        )
    }
    if (outcome === undefined && stderr.startsWith("bwrap: "))
        throw new Failure("refused", `nothing was changed: the script of generator ${title} cannot run`, {
            cause: new Error(`bubblewrap cannot make a sandbox: ${stderr.slice("bwrap: ".length).trim()}`),
            hint: "hostseal doctor looks at it; --no-sandbox runs scripts with all that you may do",
        })
    if (end.kind === "deadline") throw fail(`was stopped after ${seconds} seconds`)
    if (end.kind === "too much output") throw fail("wrote too much")
    if (outcome === undefined || end.kind === "signal") throw fail("did not come to its end")
    if (outcome.status !== 0) throw fail(`failed with status ${outcome.status}`)
    const problem = problemOf(outcome, wanted, there)
    if (problem !== undefined) throw fail(problem)
    return {
        files: new Map(wanted.map((name) => [name, outcome.files.get(name) ?? Buffer.alloc(0)])),
        extra: outcome.extra,
    }
}

const kinds = { link: "a link", folder: "a folder", other: "no regular file" } as const

function problemOf(
    { files, odd, extra }: Outcome,
    wanted: readonly string[],
    there: ReadonlyMap<string, Buffer>,
): string | undefined {
    for (const [name, kind] of odd) return `made "${name}", and it is ${kinds[kind]}`
    const missing = wanted.filter((name) => !files.has(name))
    if (missing.length > 0) {
        const others = extra.length === 0 ? "" : `; it wrote ${extra.map(visibleName).join(", ")}`
        return `did not write ${missing.map((name) => `"${name}"`).join(", ")}${others}`
    }
    for (const [name, content] of files)
        if (content.length > largestFile) return `wrote more than 1 MiB into "${name}"`
    for (const [name, content] of there)
        if (!wanted.includes(name) && files.get(name)?.equals(content) !== true)
            return `changed "${name}", which is made without it`
    return undefined
}
