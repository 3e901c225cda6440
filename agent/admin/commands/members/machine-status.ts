import { explain, UserError, visibleName } from "../../../error.ts"
import { secretsOf } from "../../../repo/access.ts"
import { secretName } from "../../../repo/edits.ts"
import { unknown } from "../../../repo/refusal.ts"
import { printJson, warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { findGit } from "../../git/git.ts"
import { arrivalsOf, pendingIn } from "../../machines/arrival.ts"
import type { Arrival } from "../../machines/arrival.ts"
import { readHeard, writeHeard } from "../../machines/heard.ts"
import type { Heard } from "../../machines/heard.ts"
import { parseMachineStatus } from "../../machines/report.ts"
import { quantity } from "../../quantity.ts"
import { needsClan } from "../../repository/layout.ts"
import { loadWorktree } from "../../repository/worktree.ts"
import { askStatus } from "../../ssh/ask-status.ts"
import { readGiven } from "../../terminal/given-file.ts"

interface Input {
    readonly machine: readonly string[]
    readonly ssh: boolean
    readonly sshHost: string | undefined
    readonly heard: string | undefined
}

const largest = 16 * 1024 * 1024
const behind = 5

/** Shows which machines run which values; the exit code is 5 when one does not run what lies in the tree. */
export async function machineStatus(input: Input, context: Context): Promise<number> {
    const { machine: names, ssh, sshHost, heard: from } = input
    if (from !== undefined && (ssh || sshHost !== undefined || names.length !== 1))
        throw new Failure("usage", "--heard is what one machine says, and goes with no other way to ask it")
    if (sshHost !== undefined && names.length !== 1)
        throw new Failure("usage", "--ssh-host is the host of one machine")
    const flake = flakeDirectory(context)
    needsClan(flake, context)
    const git = await findGit(flake, context.env)
    const { repo } = loadWorktree(flake)
    const stranger = names.find((name) => !repo.machines.has(name))
    if (stranger !== undefined) throw unknown("machine", stranger, repo.machines.keys())
    const heard = new Map(readHeard(flake, git, context))
    const told = new Map<string, readonly Arrival[]>()
    let silent = 0
    if (from !== undefined || ssh || sshHost !== undefined) {
        for (const machine of names.length === 0 ? repo.machines.keys() : names) {
            try {
                const text =
                    from === undefined
                        ? await askStatus(sshHost ?? `root@${machine}`, context.env)
                        : (await readGiven(from, largest, context)).toString("utf8")
                const files = parseMachineStatus(text, machine)
                const { arrivals, installed } = await arrivalsOf(flake, git, { repo, machine, files })
                told.set(machine, arrivals)
                heard.set(machine, {
                    at: context
                        .now()
                        .toISOString()
                        .replace(/\.\d+Z$/u, "Z"),
                    files: installed,
                })
            } catch (error) {
                // One machine that is down says nothing about the others.
                if (!(error instanceof UserError) || names.length === 1) throw error
                silent++
                const [what = "", why = ""] = explain(error)
                warn(context, `${what}; ${why}`.replace(/^error: /u, ""))
            }
        }
        writeHeard(flake, git, heard, context)
    }
    const shown = names.length === 0 ? [...repo.machines.keys()] : names
    const records = shown.map((machine) =>
        recordOf(machine, heard.get(machine), told.get(machine) ?? remembered(machine)),
    )
    function remembered(machine: string): readonly Arrival[] {
        const own = heard.get(machine)
        if (own === undefined) return []
        const late = new Set(pendingIn(flake, repo, new Map([[machine, own]])).map(({ path }) => path))
        return [...secretsOf(repo, { kind: "machine", name: machine }).keys()].map((path) => ({
            path,
            state: !own.files.has(path) ? "absent" : late.has(path) ? "earlier" : "current",
        }))
    }
    if (context.flags.json) printJson(context, { machines: records })
    else for (const line of records.flatMap(linesOf)) context.out(`${line}\n`)
    return silent === 0 && records.every(({ heard: at, late }) => at !== null && late.length === 0)
        ? 0
        : behind
}

interface Record {
    readonly machine: string
    readonly heard: string | null
    readonly current: number
    readonly late: readonly {
        readonly secret: string
        readonly state: "earlier" | "absent"
        readonly from: string | null
    }[]
}

function recordOf(machine: string, heard: Heard | undefined, arrivals: readonly Arrival[]): Record {
    return {
        machine,
        heard: heard?.at ?? null,
        current: arrivals.filter(({ state }) => state === "current").length,
        late: arrivals.flatMap(({ path, state, from = null }) =>
            state === "current" ? [] : [{ secret: path, state, from }],
        ),
    }
}

function linesOf({ machine, heard, current, late }: Record): readonly string[] {
    if (heard === null) return [`${machine}: was not asked yet (--ssh, or --heard FILE)`]
    return [
        `${machine}: ${quantity(current, "current secret")}, ${late.length} not (heard ${heard})`,
        ...late.map(({ secret, state, from }) => {
            const when = from === null ? "" : ` of ${from.slice(0, 10)}`
            const what = state === "absent" ? "is not installed" : `still has the file${when}`
            return `  ${visibleName(secretName(secret))}: ${what}`
        }),
    ]
}
