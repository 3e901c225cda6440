// What is not as it should be with the values of generators, found without a key and without Nix.

import { mayRead } from "../access.ts"
import type { Repo } from "../repo.ts"
import { folderOfVar, placeOfVar } from "../var-path.ts"
import type { Placed } from "./placed.ts"
import { titleOf } from "./placed.ts"
import { currentOf } from "./previous.ts"
import { dueOf, isEnding } from "./rotation.ts"
import type { History } from "./rotation.ts"
import type { State } from "./state.ts"
import { reasonOf } from "./why.ts"
import { changes } from "./work.ts"
import type { Facts } from "./work.ts"

/** One of them. `code` is stable and made for scripts; `path` is that of a value, or of all values of a generator. */
export interface Finding {
    readonly code: "missing" | "outdated" | "due" | "orphaned" | "no-access"
    readonly path: string
    readonly message: string
    readonly hint: string
}

/** What a manifest is about: where it says nothing, nothing is missing and nothing is too much. */
export interface Scope {
    readonly machines: ReadonlySet<string>
    /** Whether everything in it could be evaluated. */
    readonly isWhole: boolean
}

/** Values whose inputs have changed since they were made, or that end: what lies beside them says so. */
export function findingsOfStates(states: ReadonlyMap<string, State>, now: Date): readonly Finding[] {
    return [...states].flatMap(([path, { inputs, notAfter, made }]) => {
        const ends = notAfter !== undefined && isEnding(made, notAfter, now) ? notAfter : undefined
        return [
            ...Object.entries(inputs).flatMap(([input, id]): readonly Finding[] => {
                const other = states.get(`vars/${input}`)
                if (other?.id === id) return []
                const what = other === undefined ? "is gone" : "has changed since"
                return [
                    {
                        code: "outdated",
                        path,
                        message: `was made of vars/${input}, which ${what}`,
                        hint: "hostseal generate",
                    },
                ]
            }),
            ...(ends === undefined ? [] : [due(path, reasonOf({ kind: "ends", at: ends }))]),
        ]
    })
}

/** The same with what is declared: what is missing, too old, made for something else, or not readable where it is used. */
export function findingsOf(
    all: readonly Placed[],
    facts: Facts,
    history: Pick<History, "made" | "now">,
    repo: Repo,
): readonly Finding[] {
    return all.flatMap((placed) => {
        const { folder, generator, machines } = placed
        const path = (file: string): string => `${folder}/${file}`
        const isThere = (file: string): boolean => facts.values.has(path(file))
        return [
            ...[...generator.files].flatMap(([file, { make }]): readonly Finding[] => {
                if (isThere(file)) return []
                const hint = make.kind === "manual" ? `hostseal set ${path(file)}` : "hostseal generate"
                const message = `generator ${titleOf(placed)} declares it, and it has no value`
                return [{ code: "missing", path: path(file), message, hint }]
            }),
            ...[...changes(placed, facts, new Set(), false)].map((why): Finding => ({
                code: "outdated",
                path: folder,
                message: reasonOf(why),
                hint: "hostseal generate",
            })),
            ...dueOf(placed, facts, history).map((why) => due(folder, reasonOf(why))),
            ...[...generator.files].flatMap(([file, { secret, deploy }]): readonly Finding[] => {
                const grants = repo.secrets.get(path(file))
                if (!secret || !deploy || grants === undefined || !isThere(file)) return []
                return machines
                    .filter((name) => !mayRead(repo, grants, { kind: "machine", name }))
                    .map((name) => ({
                        code: "no-access",
                        path: path(file),
                        message: `machine ${name} uses it and cannot read it`,
                        hint: `hostseal machines add-secret ${name} ${path(file)}`,
                    }))
            }),
        ]
    })
}

/** Values that are older than somebody allows, whatever is declared. */
export function findingsOfAges(
    made: ReadonlyMap<string, string>,
    most: number,
    now: Date,
): readonly Finding[] {
    return [...made].flatMap(([path, at]) => {
        const days = Math.floor((now.getTime() - Date.parse(at)) / 86_400_000)
        return days > most ? [due(path, reasonOf({ kind: "age", days, most }))] : []
    })
}

/**
 * The values that nobody declares any more, of the machines that the manifest is about, and of machines that are gone. Of
 * those that machines share, only a manifest of all machines can tell; of exports none is judged.
 */
export function orphansOf(
    all: readonly Placed[],
    values: Iterable<string>,
    { machines, isWhole }: Scope,
    repo: Repo,
): readonly string[] {
    if (!isWhole) return []
    const declared = new Map(all.map((placed) => [placed.folder, placed.generator]))
    const found = [...values].map((path) => ({ path, place: placeOfVar(path) }))
    const known = new Set(repo.machines.keys())
    const isAll = known.isSubsetOf(machines)
    return found.flatMap(({ path, place }) => {
        if (place === undefined || place.area === "per-export") return []
        const isJudged =
            place.area === "shared" ? isAll : machines.has(place.owner ?? "") || !known.has(place.owner ?? "")
        const generator = declared.get(folderOfVar(path))
        const current = generator?.rotate.overlap === true ? currentOf(path) : undefined
        const file = current === undefined ? place.file : current.slice(current.lastIndexOf("/") + 1)
        return isJudged && generator?.files.has(file) !== true ? [path] : []
    })
}

/** As findings. */
export function orphanFindings(paths: readonly string[]): readonly Finding[] {
    return paths.map((path) => ({
        code: "orphaned",
        path,
        message: "no generator declares it",
        hint: "hostseal generate --prune",
    }))
}

function due(path: string, message: string): Finding {
    return { code: "due", path, message, hint: "hostseal rotate --due" }
}
