// A repository with a `.sops.yaml` as it lies in the working tree. No link is followed, so nothing outside the tree is
// reached through one; a file counts as encrypted when it holds what only sops writes.

import { readdirSync } from "node:fs"
import { isAbsolute, join, relative, resolve } from "node:path"
import { UserError } from "../../error.ts"
import { NotRegular, readBounded } from "../../os/regular-file.ts"
import { ruledRepo, spelling } from "../../repo/ruled.ts"
import type { RuledRepo } from "../../repo/ruled.ts"
import type { Repo } from "../../repo/repo.ts"
import type { RuledFile } from "../../repo/verify-ruled.ts"
import { maxSize } from "../../sops/codec.ts"
import { readConfig, ruleFor } from "../../sops/config/config.ts"
import type { Config, CreationRule } from "../../sops/config/config.ts"
import { parseDocument } from "../../sops/document.ts"
import { SopsError } from "../../sops/error.ts"
import { formatOf } from "../../sops/format.ts"
import type { Format } from "../../sops/format.ts"
import { quickYaml } from "../../sops/shape/quick-yaml.ts"
import type { SelectionRule } from "../../sops/selection.ts"
import type { Context } from "../context.ts"
import { findGit } from "../git/git.ts"
import { configName } from "./layout.ts"

/** What was found. */
export interface RuledTree extends RuledRepo {
    readonly flake: string
    /** Of the configuration, relative to the flake where it lies in it. */
    readonly configPath: string
    readonly config: Config
    /** The text of the configuration. */
    readonly source: string
    /** The paths of all files of the tree. */
    readonly paths: readonly string[]
    /** What encrypted files say of themselves, by path. */
    readonly files: ReadonlyMap<string, RuledFile>
    /** Files of a kind that sops encrypts by its parts, and that are not encrypted. */
    readonly plain: readonly string[]
    /** Configurations in folders. What lies below them is not looked at. */
    readonly nested: readonly string[]
    /** The rules that a path matches, in their order, by their place in the configuration. */
    readonly matching: (path: string) => readonly number[]
    /** One name for a PGP key, which some write by the end of its fingerprint. */
    readonly spelled: (recipient: string) => string
}

const largestConfig = 1024 * 1024

/**
 * Reads the configuration and every encrypted file; `closely` also looks for what cannot be right in it. Throws `UserError` for a
 * configuration that sops would refuse.
 */
export async function loadRuled(flake: string, context: Context, closely = false): Promise<RuledTree> {
    const { configPath, config, source } = readConfiguration(flake, context)
    const all = await pathsIn(flake, context)
    const nested = all.filter((path) => path.endsWith(`/${configName}`) && path !== configPath)
    const folders = nested.map((path) => path.slice(0, -configName.length))
    // What clan's layout has beside it belongs to that one.
    const others = ["sops/secrets/", "vars/", ...folders]
    const paths = all.filter(
        (path) => path !== configPath && !others.some((folder) => path.startsWith(folder)),
    )
    const files = new Map<string, RuledFile>()
    const plain: string[] = []
    const reused = Buffer.allocUnsafe(64 * 1024)
    for (const path of paths) {
        const found = await lookAtFile(flake, path, reused, closely)
        if (found === "plain") plain.push(path)
        else if (found !== undefined) files.set(path, found)
    }
    const model = modelOf(config, files, all)
    const matching = matchingIn(config)
    return { flake, configPath, config, source, paths: all, files, plain, nested, matching, ...model }
}

/** The same configuration, which says where it lies when one of its patterns takes too long. */
export function naming(config: Config, configPath: string): Config {
    const rules = config.rules.map((rule): CreationRule => ({
        ...rule,
        matches: (path) => {
            try {
                return rule.matches(path)
            } catch (error) {
                if (error instanceof SopsError)
                    throw new UserError(`${configPath} cannot be followed`, { cause: error })
                throw error
            }
        },
    }))
    return { ...config, rules }
}

/** The rules of a configuration that a path matches. */
export function matchingIn({ rules }: Config): RuledTree["matching"] {
    return (path) => rules.flatMap(({ matches }, index) => (matches(path) ? [index] : []))
}

/** Who there is by a configuration alone. */
export async function loadNames(flake: string, context: Context): Promise<Repo> {
    const { config } = readConfiguration(flake, context)
    return modelOf(config, new Map(), await pathsIn(flake, context)).repo
}

/** Who may read what by a configuration, of these encrypted files. `all` are the paths of the whole tree. */
export function modelOf(
    config: Config,
    files: ReadonlyMap<string, RuledFile>,
    all: Iterable<string>,
): RuledRepo & Pick<RuledTree, "spelled"> {
    const wanted = new Map(
        [...files].map(([path, file]) => {
            const groups = ruleFor(config, path)?.groups ?? (file.kind === "sealed" ? file.groups : [])
            return [path, groups.flat()] as const
        }),
    )
    const inFiles = [...files.values()].flatMap((file) => (file.kind === "sealed" ? file.groups.flat() : []))
    const spelled = spelling([...config.keys.map(({ recipient }) => recipient), ...inFiles])
    const known = ruledRepo(
        config.keys.map((key) => ({ ...key, recipient: spelled(key.recipient) })),
        new Map([...wanted].map(([path, recipients]) => [path, [...new Set(recipients.map(spelled))]])),
        all,
    )
    return { ...known, spelled }
}

/** What is encrypted in a document, or by a rule, in words. */
export function optionsText(selection: SelectionRule, macOnlyEncrypted: boolean): string {
    const text = `${selection.option} ${selection.pattern}`
    return macOnlyEncrypted ? `${text}, mac_only_encrypted` : text
}

/** Where the configuration lies, relative to the flake where it lies in it; there need not be one. */
export function configPathOf(flake: string, { env, cwd }: Pick<Context, "env" | "cwd">): string {
    const named = env["SOPS_CONFIG"] ?? ""
    const file = named === "" ? join(flake, configName) : resolve(cwd, named)
    const inside = relative(flake, file)
    return inside.startsWith("..") || isAbsolute(inside) ? file : inside
}

/** The configuration as it is. Throws `UserError` for one that cannot be read, or that sops would refuse. */
export function readConfiguration(
    flake: string,
    context: Context,
): Pick<RuledTree, "configPath" | "config" | "source"> {
    const configPath = configPathOf(flake, context)
    try {
        const bytes = readBounded(resolve(flake, configPath), largestConfig)
        if (bytes === undefined) throw new Error("there is no such file")
        const source = bytes.toString("utf8")
        return { configPath, config: naming(readConfig(source.replace(/^\uFEFF/u, "")), configPath), source }
    } catch (error) {
        throw new UserError(`${configPath} cannot be read`, { cause: error })
    }
}

/** The files of the tree, relative to it: what git tracks or would track, or without git all there are. */
async function pathsIn(flake: string, context: Context): Promise<readonly string[]> {
    const git = await findGit(flake, context.env)
    if (git === undefined) return [...walk(flake, "")].toSorted()
    const output = await git.run([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ])
    return output.toString("utf8").split("\0").slice(0, -1).toSorted()
}

function* walk(flake: string, folder: string): Generator<string> {
    for (const entry of readdirSync(join(flake, folder), { withFileTypes: true })) {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`
        if (entry.isDirectory()) yield* walk(flake, path)
        else if (entry.isFile()) yield path
    }
}

/** What every encrypted file holds, and only what sops wrote. */
export const sealedMark = "ENC[AES256_GCM,"
/** What the metadata of each format cannot do without. */
export const metadataMark: Readonly<Record<Format, RegExp>> = {
    yaml: /^["']?sops["']?[ \t]*:/mu,
    json: /^\s*\{[^]*"sops"/u,
    binary: /^\s*\{[^]*"sops"/u,
    dotenv: /^sops_/mu,
    ini: /^\[sops\]/mu,
}

/** What a file says; "plain" for one that could be encrypted and is not, `undefined` for what is no concern of ours. */
async function lookAtFile(
    flake: string,
    path: string,
    reused: Buffer,
    closely: boolean,
): Promise<RuledFile | "plain" | undefined> {
    try {
        const bytes = readBounded(join(flake, path), maxSize, reused)
        return bytes && (await lookAtBytes(path, bytes, closely))
    } catch (error) {
        // A link or a folder is nothing that sops would have made, and what is too large cannot be encrypted.
        if (error instanceof NotRegular) return undefined
        return { kind: "unreadable", problem: error instanceof Error ? error.message : "cannot be read" }
    }
}

/** The same of the contents that a file with this path has, or had. */
export async function lookAtBytes(
    path: string,
    bytes: Buffer,
    closely = false,
): Promise<RuledFile | "plain" | undefined> {
    const format = formatOf(path)
    if (bytes.length === 0) return undefined
    const quick = format === "yaml" ? quickYaml(bytes) : undefined
    const seen = closely ? quick?.look() : quick && {}
    if (quick !== undefined && seen !== undefined)
        return {
            ...seen,
            flaws: [],
            kind: "sealed",
            groups: [quick.recipients],
            options: optionsText(quick.rule, quick.macOnlyEncrypted),
        }
    if (!bytes.includes(sealedMark) || !metadataMark[format].test(bytes.toString("latin1")))
        return format === "binary" ? undefined : "plain"
    try {
        const document = await parseDocument(bytes, format)
        const { metadata } = document
        const { examine } = closely ? await import("../../sops/shape/shape.ts") : {}
        const { flaws = [], claim } = examine?.(document) ?? {}
        return {
            flaws,
            claim,
            kind: "sealed",
            groups: metadata.groups.map((group) => [...new Set(group.map(({ id }) => id))]),
            options: optionsText(metadata.rule, metadata.macOnlyEncrypted),
        }
    } catch (error) {
        if (!(error instanceof SopsError)) throw error
        return { kind: "unreadable", problem: error.message }
    }
}
