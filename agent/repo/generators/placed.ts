// From what each machine declares to the generators that there are: shared ones are one, and have one place.

import { Refusal, unknown } from "../refusal.ts"
import { problemOfName } from "../names.ts"
import { definition } from "./definition.ts"
import { ownSources, sourcesOf } from "./generator.ts"
import type { Declared, Generator } from "./generator.ts"
import { withScriptSources } from "./script-sources.ts"

/** A generator in its place. */
export interface Placed {
    /** `vars/shared/ca` or `vars/per-machine/web01/app`: where its values lie. */
    readonly folder: string
    readonly name: string
    /** Those that declare it, by name. */
    readonly machines: readonly string[]
    readonly generator: Generator
    /** The places of the generators that it depends on, by their names. */
    readonly inputs: ReadonlyMap<string, string>
}

/**
 * All generators, each after those that it depends on. Throws `Refusal` for names that lead nowhere, shared generators that
 * machines declare differently, and those that depend on themselves; nothing has been made by then.
 */
export function place(declared: Declared): readonly Placed[] {
    const found = new Map<string, Placed>()
    const shared = new Set<string>()
    for (const [machine, generators] of declared) {
        for (const [name, generator] of generators) {
            checkName(`generator of ${machine}`, name)
            if (generator.share) shared.add(name)
            const folder = folderOf(machine, name, generator)
            const other = found.get(folder)
            if (other !== undefined) mustAgree(name, other, machine, generator)
            const machines = [...(other?.machines ?? []), machine].toSorted()
            const inputs = new Map<string, string>()
            const merged = other === undefined ? generator : withUnits(other.generator, generator)
            found.set(folder, { folder, name, machines, generator: merged, inputs })
        }
    }
    const all = [...found.values()].map((placed) => {
        checkFiles(placed)
        return { ...placed, inputs: inputsOf(placed, declared, shared) }
    })
    const files = new Map(all.map(({ folder, generator }) => [folder, [...generator.files.keys()]]))
    return ordered(
        all.map((placed) => {
            const given = [...placed.inputs].map(([name, folder]) => [name, files.get(folder) ?? []] as const)
            return { ...placed, generator: withScriptSources(placed.generator, new Map(given)) }
        }),
    )
}

/** Each machine has its own units. */
function withUnits(generator: Generator, other: Generator): Generator {
    const files = [...generator.files].map(([name, file]) => {
        const units = [...file.restartUnits, ...(other.files.get(name)?.restartUnits ?? [])]
        return [name, { ...file, restartUnits: [...new Set(units)] }] as const
    })
    return { ...generator, files: new Map(files) }
}

/** What people call it: `ca`, or `app of web01`. */
export function titleOf({
    name,
    machines,
    generator,
}: Pick<Placed, "name" | "machines" | "generator">): string {
    return generator.share ? name : `${name} of ${machines.join(", ")}`
}

function folderOf(machine: string, name: string, { share }: Generator): string {
    return share ? `vars/shared/${name}` : `vars/per-machine/${machine}/${name}`
}

function mustAgree(name: string, { machines, generator }: Placed, machine: string, other: Generator): void {
    const fields = (of: Generator) => ({
        files: new Map(
            [...of.files].map(([file, { secret, deploy, make }]) => [file, { secret, deploy, make }]),
        ),
        prompts: of.prompts,
        dependencies: of.dependencies.toSorted(),
        readers: of.readers,
        script: of.script && definition(of),
        validation: of.validation,
        rotate: of.rotate,
    })
    const [one, two] = [fields(generator), fields(other)]
    const field = (
        ["files", "prompts", "dependencies", "readers", "script", "validation", "rotate"] as const
    ).find((each) => plain(one[each]) !== plain(two[each]))
    if (field === undefined) return
    throw new Refusal(
        "refused",
        `shared generator "${name}": its ${field} differ between machine "${machines[0]}" and machine "${machine}"`,
        { hint: "declare it once, in a module that both import" },
    )
}

/** For comparison: the order in which things are declared says nothing. */
function plain(value: unknown): string {
    return JSON.stringify(value, (_key, each: unknown) => {
        if (each instanceof Map) return [...each].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
        if (each === null || typeof each !== "object" || Array.isArray(each)) return each
        return Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))
    })
}

function checkName(what: string, name: string): void {
    const problem = problemOfName("secret", name)
    if (problem !== undefined) throw new Refusal("refused", `${what}: "${name}" cannot be a name: ${problem}`)
}

/** Every file must be one that can be made from what the generator has. */
function checkFiles(placed: Placed): void {
    const { generator } = placed
    const title = titleOf(placed)
    // A script finds an answer in a file of that name.
    for (const name of generator.script === undefined ? [] : generator.prompts.keys())
        checkName(`prompt of generator ${title}`, name)
    for (const [name, { secret, make }] of generator.files) {
        checkName(`file of generator ${title}`, name)
        for (const source of sourcesOf(make)) {
            if ("prompt" in source) {
                if (!generator.prompts.has(source.prompt))
                    throw unknown(
                        `prompt of ${title}, for file "${name}",`,
                        source.prompt,
                        generator.prompts.keys(),
                    )
            } else if ("input" in source) {
                if (!generator.dependencies.includes(source.input))
                    throw unknown(
                        `dependency of ${title}, for file "${name}",`,
                        source.input,
                        generator.dependencies,
                    )
            } else if (!generator.files.has(source.file))
                throw unknown(`file of ${title}, for file "${name}",`, source.file, generator.files.keys())
        }
        if (make.kind === "public-of") mustBeKey(title, name, make.of, generator)
        if (!secret && privateKinds.has(make.kind))
            throw new Refusal(
                "refused",
                `file "${name}" of generator ${title} is a private key, and not secret`,
            )
    }
    walk(
        [...generator.files.keys()],
        (file) => ownSources(generator.files.get(file)?.make ?? { kind: "manual" }),
        (files) => `files of generator ${title} are made of each other: ${files.join(" → ")}`,
    )
}

const privateKinds: ReadonlySet<string> = new Set(["ssh-key", "wireguard", "age-key", "nix-key", "tls-key"])

function mustBeKey(title: string, name: string, of: string, { files }: Generator): void {
    const kind = files.get(of)?.make.kind ?? ""
    if (privateKinds.has(kind)) return
    throw new Refusal(
        "refused",
        `file "${name}" of generator ${title} is the public half of "${of}", which is no key (${kind})`,
    )
}

function inputsOf(
    placed: Placed,
    declared: Declared,
    shared: ReadonlySet<string>,
): ReadonlyMap<string, string> {
    const { machines, generator, folder } = placed
    const own = declared.get(machines[0] ?? "")
    return new Map(
        generator.dependencies.map((name) => {
            const found = own?.get(name)
            const isShared = found?.share ?? shared.has(name)
            if (found === undefined && !isShared)
                throw unknown(`dependency of generator ${titleOf(placed)},`, name, [
                    ...(own?.keys() ?? []),
                    ...shared,
                ])
            if (generator.share && !isShared)
                throw new Refusal(
                    "refused",
                    `shared generator "${placed.name}" depends on "${name}", which every machine has its own of`,
                )
            return [
                name,
                isShared ? `vars/shared/${name}` : `${folder.slice(0, folder.lastIndexOf("/"))}/${name}`,
            ]
        }),
    )
}

function ordered(all: readonly Placed[]): readonly Placed[] {
    const byFolder = new Map(all.map((placed) => [placed.folder, placed]))
    const folders = walk(
        [...byFolder.keys()].toSorted(),
        (folder) => [...(byFolder.get(folder)?.inputs.values() ?? [])],
        (cycle) =>
            `generators depend on each other: ${cycle.map((each) => each.slice("vars/".length)).join(" → ")}`,
    )
    return folders.flatMap((folder) => byFolder.get(folder) ?? [])
}

/** The names, each after those that it needs. Throws `Refusal` for a circle, with all that are in it. */
export function walk(
    names: readonly string[],
    needs: (name: string) => readonly string[],
    circle: (names: readonly string[]) => string,
): readonly string[] {
    const done = new Set<string>()
    const way: string[] = []
    const visit = (name: string): void => {
        if (done.has(name)) return
        if (way.includes(name)) throw new Refusal("refused", circle([...way.slice(way.indexOf(name)), name]))
        way.push(name)
        for (const each of needs(name)) visit(each)
        way.pop()
        done.add(name)
    }
    for (const name of names) visit(name)
    return [...done]
}
