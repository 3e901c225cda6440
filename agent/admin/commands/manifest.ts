import { lstatSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { visibleName } from "../../error.ts"
import { Refusal } from "../../repo/refusal.ts"
import { secretName } from "../../repo/edits.ts"
import type { Repo } from "../../repo/repo.ts"
import { type Context, note, warn } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { manifestOf } from "../manifest/manifest.ts"
import { noSettings, parseSettings, type Settings } from "../manifest/settings.ts"
import { quantity } from "../quantity.ts"
import { layoutOf } from "../repository/layout.ts"
import { loadRepo } from "../repository/load.ts"
import { loadWorktree } from "../repository/worktree.ts"
import { readGiven } from "../terminal/given-file.ts"

interface Input {
    readonly machine: string
    readonly settings: string | undefined
}

const largest = 16 * 1024 * 1024

/** Prints the agent's manifest for a machine. Reads names and recipients only. */
export async function writeManifest({ machine, settings: file }: Input, context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    const settings = file === undefined ? noSettings : await readSettings(file, context)
    const texts = await templateTexts(settings, file ?? "", context)
    const layout = layoutOf(flake, context)
    for (const { sopsFile } of Object.values(settings.secrets ?? {})) mustBeThere(flake, sopsFile)
    const repo = layout === "clan" ? withValues(flake, context) : await loadRepo(flake, context)
    const manifest = manifestOf({ name: machine, repo, layout, place: flake, settings, texts })
    context.out(`${JSON.stringify(manifest, undefined, 4)}\n`)
    const { secrets, templates } = manifest
    note(
        context,
        `${machine}: ${quantity(secrets.length, "secret")} and ${quantity(templates.length, "template")}`,
    )
}

/** Of clan's layout, without the secrets that have no value yet. */
function withValues(flake: string, context: Context): Repo {
    const { repo, sealed } = loadWorktree(flake)
    const empty = [...repo.secrets.keys()].filter((path) => !sealed.has(path))
    for (const path of empty)
        warn(context, `${visibleName(secretName(path))} has no value yet and is left out`)
    return { ...repo, secrets: new Map([...repo.secrets].filter(([path]) => sealed.has(path))) }
}

async function readSettings(file: string, context: Context): Promise<Settings> {
    return parseSettings((await readGiven(file, largest, context)).toString("utf8"), file)
}

/** The texts of templates that are files, which lie beside the settings. */
async function templateTexts(
    settings: Settings,
    file: string,
    context: Context,
): Promise<ReadonlyMap<string, string>> {
    const texts = new Map<string, string>()
    for (const [name, template] of Object.entries(settings.templates ?? {})) {
        if (template.file === undefined) continue
        if (template.content !== undefined)
            throw new Failure("usage", `template "${visibleName(name)}" has both a file and a content`)
        const bytes = await readGiven(resolve(context.cwd, dirname(file), template.file), largest, context)
        texts.set(name, bytes.toString("utf8"))
    }
    return texts
}

function mustBeThere(flake: string, path: string | undefined): void {
    if (path === undefined || lstatSync(join(flake, path), { throwIfNoEntry: false })?.isFile()) return
    throw new Refusal("not-found", `there is no file ${visibleName(path)} in the repository`)
}
