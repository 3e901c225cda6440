// Which age plugins may run: those that the user listed with their absolute paths (docs/security-rules.md#plugins). A name in a
// recipient or an identity only selects an entry of that list, because recipients come from repositories, and
// repositories from strangers. PATH is never searched for them.

import { statSync } from "node:fs"
import type { Stats } from "node:fs"
import { homedir } from "node:os"
import { basename, isAbsolute, join } from "node:path"
import * as z from "zod/mini"
import { absoluteEntries, findProgram } from "../../os/children.ts"
import type { Environment } from "../../os/children.ts"
import { UserError, visible } from "../../error.ts"
import { NotRegular, readRegular } from "../../os/regular-file.ts"

/** A plugin that may run. */
export interface Plugin {
    readonly name: string
    readonly program: string
    /** Variables of the environment that it gets besides the harmless ones. */
    readonly env: readonly string[]
    /** Who listed it: `HOSTSEAL_AGE_PLUGINS`, or the configuration file. */
    readonly source: string
}

const variable = "HOSTSEAL_AGE_PLUGINS"
const largest = 64 * 1024

/** What age allows in names (age-plugin: Mapping recipients and identities), in lower case, without `.` and `..`. */
const pluginName = z.string().check(z.regex(/^(?!\.+$)[a-z0-9+._-]+$/u))
const absolutePath = z.string().check(z.refine((path) => isAbsolute(path) && !path.includes("\0")))
/** Never what makes a program load code. */
const variableName = z.string().check(z.regex(/^(?!NODE_|LD_|DYLD_|BASH_)[A-Z][A-Z0-9_]*$/u))
const schema = z.record(
    pluginName,
    z.union([
        absolutePath,
        z.strictObject({ program: absolutePath, env: z.optional(z.array(variableName)) }),
    ]),
)

/**
 * The plugins that this user listed: in `$HOSTSEAL_AGE_PLUGINS`, absolute paths of `age-plugin-…` programs with colons
 * between them, and in `~/.config/hostseal/plugins.json`, `{"yubikey": "/…/age-plugin-yubikey"}` or
 * `{"batchpass": {"program": "/…", "env": ["AGE_PASSPHRASE"]}}`. The variable counts first. Throws for a list that
 * makes no sense, or that others can write.
 */
export function listedPlugins(env: Environment): ReadonlyMap<string, Plugin> {
    const listed = [...fromFile(configurationFile(env)), ...fromVariable(env[variable] ?? "")]
    return new Map(listed.map((plugin) => [plugin.name, plugin]))
}

/** The plugin of this name, ready to be started. Throws when it is not listed, or not a program that may run. */
export function requirePlugin(name: string, env: Environment): Plugin {
    const plugin = listedPlugins(env).get(name)
    if (plugin === undefined) {
        throw new UserError(`the age plugin "${visible(name)}" is not one of those that may run`, {
            hint: `list it in ${configurationFile(env)}: {"${visible(name)}": "/absolute/path/of/age-plugin-${visible(name)}"}`,
        })
    }
    checkProgram(plugin)
    return plugin
}

/** Why a listed plugin cannot run; `undefined` when it can. */
export function problemOfPlugin(plugin: Plugin): string | undefined {
    try {
        checkProgram(plugin)
        return undefined
    } catch (error) {
        return error instanceof Error ? error.message : String(error)
    }
}

/** Where the list is kept. */
export function configurationFile(env: Environment): string {
    const home = env["HOME"] ?? homedir()
    const base = env["XDG_CONFIG_HOME"] ?? ""
    return join(isAbsolute(base) ? base : join(home, ".config"), "hostseal", "plugins.json")
}

/** Programs named `age-plugin-…` in PATH that could be listed: for advice to the user, never to be started. */
export function installedPlugins(
    env: Environment,
    readDirectory: (path: string) => readonly string[],
): string[] {
    const names = absoluteEntries(env["PATH"]).flatMap((entry) => readDirectory(entry))
    return [...new Set(names.filter((name) => name.startsWith("age-plugin-")))]
        .toSorted()
        .flatMap((name) => findProgram(name, env["PATH"]) ?? [])
}

function fromVariable(value: string): Plugin[] {
    return value
        .split(":")
        .filter((path) => path !== "")
        .map((program) => {
            const name = basename(program).replace(/^age-plugin-/u, "")
            if (!absolutePath.safeParse(program).success || !pluginName.safeParse(name).success)
                throw new UserError(`$${variable} is a list of absolute paths of programs named age-plugin-…`)
            return { name, program, env: [], source: variable }
        })
}

function fromFile(file: string): Plugin[] {
    const text = readPrivate(file)
    if (text === undefined) return []
    const { data, error } = schema.safeParse(parseJson(file, text))
    if (data === undefined)
        throw new UserError(`${file} is not a list of plugins`, { cause: new Error(z.prettifyError(error)) })
    return Object.entries(data).map(([name, entry]) =>
        typeof entry === "string"
            ? { name, program: entry, env: [], source: file }
            : { name, program: entry.program, env: entry.env ?? [], source: file },
    )
}

/** The list decides what runs, so only root and the user may be able to write it. */
function readPrivate(file: string): string | undefined {
    const check = (status: Stats): void => {
        if (status.size > largest) throw new NotRegular("is too large")
        if (!isOurs(status)) throw new UserError(`${file} is refused: others could have written it`)
    }
    try {
        return readRegular(file, { links: "follow", check }).content.toString("utf8")
    } catch (error) {
        if (error instanceof UserError || !(error instanceof Error)) throw error
        if (error instanceof NotRegular) throw new UserError(`${file} is not a list of plugins`)
        if ("code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined
        throw new UserError(`cannot read ${file}`, { cause: error })
    }
}

function parseJson(file: string, text: string): unknown {
    try {
        return JSON.parse(text)
    } catch {
        throw new UserError(`${file} is not JSON`)
    }
}

function checkProgram({ name, program }: Plugin): void {
    if (findProgram(program, undefined) === undefined)
        throw new UserError(`the age plugin "${name}" is listed as ${program}, which is not a program`)
    if (!isOurs(statSync(program)))
        throw new UserError(`the age plugin ${program} is refused: others could have changed it`)
}

/** Owned by root or the user, and writable by nobody else. */
function isOurs({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
    return (uid === 0 || uid === process.getuid?.()) && (mode & 0o022) === 0
}
