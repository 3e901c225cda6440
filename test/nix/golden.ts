// The files of test/nix/golden: what the modules make of each configuration. `npm run nix:golden` writes them anew, and
// with --from-version only gives them the program of a new version, which needs no Nix; the tests compare them with an evaluation, and with the sources they were made from where there is no Nix.

import { createHash } from "node:crypto"
import {
    lstatSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs"
import { dirname, join, relative } from "node:path"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import * as z from "zod"
import { evaluateEverything } from "./evaluation.ts"
import type { Evaluated, EvaluatedMachine } from "./evaluation.ts"
import { howToGetNix, nixpkgsLib } from "./nix.ts"
import { optionsReference } from "./options-reference.ts"

const root = join(import.meta.dirname, "..", "..")
export const goldenDirectory = join(import.meta.dirname, "golden")
export const optionsPage = join(root, "docs", "options.md")

/** Files by their path; a symbolic link is `-> target`. */
export type Files = ReadonlyMap<string, string>

/** All golden files that `evaluated` calls for. */
export function goldenFiles(evaluated: Evaluated): Files {
    const files = new Map<string, string>()
    for (const [name, machine] of Object.entries(evaluated.nixos))
        for (const [path, text] of machineFiles(name, machine)) files.set(`nixos/${name}/${path}`, text)
    for (const system of ["home-manager", "nix-darwin"] as const)
        for (const [name, value] of Object.entries(evaluated[system]))
            files.set(`${system}/${name}.json`, pretty(value))
    for (const [name, { refused, warnings }] of Object.entries(evaluated.refusals))
        files.set(`refusals/${name}.txt`, messages(refused, warnings))
    return files
}

function machineFiles(configuration: string, machine: EvaluatedMachine): Files {
    const files = new Map<string, string>()
    if (isUsed(machine.manifest)) files.set("manifest.json", pretty(machine.manifest))
    if (isUsed(machine.usersManifest)) files.set("manifest-for-users.json", pretty(machine.usersManifest))
    for (const [name, manifest] of Object.entries(machine.containers.manifests))
        files.set(`manifest-container-${name}.json`, pretty(manifest))
    if (Object.keys(machine.containers.containers).length > 0)
        files.set("containers.json", pretty(machine.containers.containers))
    for (const [name, text] of Object.entries(machine.units.texts)) files.set(`units/${name}`, text)
    for (const { directory, name } of machine.units.links)
        files.set(`units/${directory}/${name}`, `-> ../${name}`)
    const { activationScripts, checks, loadCredential, refused, warnings } = machine
    files.set("rest.json", pretty({ activationScripts, checks, loadCredential, refused, warnings }))
    const sources = sourcesOf(configuration, [
        machine.manifest,
        machine.usersManifest,
        ...Object.values(machine.containers.manifests),
    ])
    if (sources.size > 0) files.set("sources.json", pretty(Object.fromEntries(sources)))
    for (const { file, content } of templatesOf([machine.manifest, machine.usersManifest]))
        if (file.startsWith(fixedStore)) files.set(`store/${file.slice(fixedStore.length)}`, content)
    return files
}

/** A manifest that asks for nothing is built and never run. */
function isUsed(manifest: EvaluatedMachine["manifest"]): boolean {
    return [manifest["secrets"], manifest["templates"]].some((list) => Array.isArray(list) && list.length > 0)
}

/** Where the packages and texts of the stand-in for nixpkgs lie. */
const fixedStore = "/nix/store/00000000000000000000000000000000-"

/** Where a copy of each path of the store is that a manifest names: from the root of the project. */
function sourcesOf(
    configuration: string,
    manifests: readonly EvaluatedMachine["manifest"][],
): Map<string, string> {
    const own = `test/nix/golden/nixos/${configuration}/store`
    const vectors = join(import.meta.dirname, "vectors")
    const all = filesBelow(vectors)
    const byHash = new Map(all.map((path) => [sha256(join(vectors, path)), path]))
    const found = new Map<string, string>()
    const secret = /"sopsFile":"([^"]+)","sopsFileHash":"([0-9a-f]*)"/gu
    for (const [, path = "", hash = ""] of JSON.stringify(manifests).matchAll(secret)) {
        // Where files are not validated there is no hash; their names do.
        const vector = byHash.get(hash) ?? all.find((name) => path.endsWith(`-${name}`))
        if (vector !== undefined) found.set(path, `test/nix/vectors/${vector}`)
    }
    for (const { file } of templatesOf(manifests)) {
        const vector = all.find((name) => file.endsWith(`-${name}`))
        if (vector !== undefined) found.set(file, `test/nix/vectors/${vector}`)
        else found.set(file, `${own}/${file.slice(fixedStore.length)}`)
    }
    return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const templates = z.looseObject({
    templates: z.array(z.looseObject({ file: z.string(), content: z.string() })),
})

function templatesOf(manifests: readonly EvaluatedMachine["manifest"][]) {
    return manifests.flatMap((manifest) => templates.parse(manifest).templates)
}

function messages(refused: readonly string[], warnings: readonly string[]): string {
    return [...refused.map((text) => `refused: ${text}`), ...warnings.map((text) => `warning: ${text}`)].join(
        "\n",
    )
}

/** The golden files as they are, without the note of what they were made from. */
export function presentFiles(): Files {
    return new Map(
        filesBelow(goldenDirectory)
            .filter((path) => path !== madeFrom && path !== "README.md")
            .map((path) => [path, contentOf(join(goldenDirectory, path))]),
    )
}

const versioned = z.looseObject({ version: z.string() })
const madeFrom = "made-from.sha256"

/** A digest of everything that the golden files and the options reference follow from. */
export function sourcesDigest(): string {
    const hash = createHash("sha256")
    const folders = ["nixos", "home-manager", "nix-darwin", "sops"].map((name) => `nix/${name}`)
    const tests = ["configurations", "homes", "macs", "stand-ins", "vectors"].map(
        (name) => `test/nix/${name}`,
    )
    const files = ["everything", "evaluate", "options-reference", "refusals", "render-units"]
    const paths = [
        ...[...folders, ...tests].flatMap((folder) =>
            filesBelow(join(root, folder)).map((file) => `${folder}/${file}`),
        ),
        ...files.map((file) => `test/nix/${file}.nix`),
    ]
    for (const path of paths) hash.update(`${path}\0${contentOf(join(root, path))}\0`)
    const { version } = versioned.parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")))
    return hash.update(version).digest("hex")
}

/** The digest of the sources that the golden files were made from. */
export function recordedDigest(): string {
    return readFileSync(join(goldenDirectory, madeFrom), "utf8").trim()
}

function contentOf(path: string): string {
    return lstatSync(path).isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, "utf8")
}

function filesBelow(directory: string): string[] {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
        .toSorted()
}

function sha256(path: string): string | undefined {
    if (lstatSync(path).isSymbolicLink()) return undefined
    return createHash("sha256").update(readFileSync(path)).digest("hex")
}

function pretty(value: unknown): string {
    return `${JSON.stringify(value, null, 4)}\n`
}

function write(files: Files): void {
    for (const folder of ["nixos", "home-manager", "nix-darwin", "refusals"])
        rmSync(join(goldenDirectory, folder), { recursive: true, force: true })
    for (const [path, text] of files) {
        const place = join(goldenDirectory, path)
        mkdirSync(dirname(place), { recursive: true })
        if (text.startsWith("-> ")) symlinkSync(text.slice(3), place)
        else writeFileSync(place, text)
    }
    writeFileSync(join(goldenDirectory, madeFrom), `${sourcesDigest()}\n`)
}

/** Has the golden files name the program of this version in the place of another one. */
function renameFrom(old: string): void {
    const { version } = versioned.parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")))
    for (const [path, text] of presentFiles()) {
        const renamed = text.replaceAll(`-hostseal-agent-${old}/`, `-hostseal-agent-${version}/`)
        if (renamed !== text) writeFileSync(join(goldenDirectory, path), renamed)
    }
    writeFileSync(join(goldenDirectory, madeFrom), `${sourcesDigest()}\n`)
}

const [option, old] = argv.slice(2)
if (argv[1] === fileURLToPath(import.meta.url) && option === "--from-version") renameFrom(old ?? "")
else if (argv[1] === fileURLToPath(import.meta.url)) {
    const library = nixpkgsLib()
    if (library === undefined) throw new Error(`cannot evaluate the modules. ${howToGetNix}`)
    const evaluated = await evaluateEverything(library)
    write(goldenFiles(evaluated))
    writeFileSync(optionsPage, optionsReference(evaluated.options))
}
