// Which files a machine takes its secrets from: by the manifest that its configuration makes, or by links and rules.

import { isAbsolute, join, relative } from "node:path"
import * as z from "zod/mini"
import { readersOf } from "../../repo/access.ts"
import type { FileReaders, Needs } from "../../repo/needs.ts"
import { needsOf } from "../../repo/needs.ts"
import { recipientOf } from "../../repo/recipients.ts"
import { unknown } from "../../repo/refusal.ts"
import type { Repo } from "../../repo/repo.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { maxSize } from "../../sops/codec.ts"
import { readBounded } from "../../os/regular-file.ts"
import { readGiven } from "../terminal/given-file.ts"
import { inspectFiles } from "./inspect.ts"
import { layoutOf } from "./layout.ts"
import { fileOf } from "./secret-file.ts"
import { loadWorktree } from "./worktree.ts"

const largest = 64 * 1024 * 1024

/** Of the manifest of a machine, what is asked here. The agent reads the rest. */
const schema = z.object({
    secrets: z.nullish(z.array(z.object({ name: z.string(), sopsFile: z.string() }))),
})

/** What a machine needs. Throws `Failure` for a machine that nobody knows, and for a manifest that is none. */
export async function machineNeeds(
    flake: string,
    machine: string,
    manifest: string | undefined,
    context: Context,
): Promise<Needs> {
    const { repo, files } = await lookAtAll(flake, context)
    // Under a `.sops.yaml` it is a guess who is a machine.
    const keys = repo.machines.get(machine) ?? repo.users.get(machine)
    if (keys === undefined) throw unknown("machine", machine, repo.machines.keys())
    const asked =
        manifest === undefined
            ? byLinks(repo, machine)
            : await byManifest(manifest, flake, new Set(files.keys()), context)
    return needsOf(new Set(keys.map(recipientOf)), asked, files)
}

interface Files {
    readonly repo: Repo
    readonly files: ReadonlyMap<string, FileReaders | undefined>
}

async function lookAtAll(flake: string, context: Context): Promise<Files> {
    if (layoutOf(flake, context) === "sops") {
        const { loadRuled } = await import("./ruled-tree.ts")
        const { repo, files, spelled } = await loadRuled(flake, context)
        const readers = [...files].map(([path, file]) => {
            const groups = file.kind === "sealed" ? file.groups.map((group) => group.map(spelled)) : undefined
            return [path, groups] as const
        })
        return { repo, files: new Map(readers) }
    }
    const { repo } = loadWorktree(flake)
    const found = await inspectFiles(flake, [...repo.secrets.keys()])
    const readers = [...found]
        .filter(([, { kind }]) => kind !== "missing")
        .map(
            ([path, file]) => [fileOf(path), file.kind === "sealed" ? [file.recipients] : undefined] as const,
        )
    return { repo, files: new Map(readers) }
}

function byLinks(repo: Repo, machine: string): ReadonlyMap<string, readonly string[]> {
    const mine = [...repo.secrets].filter(([, grants]) =>
        readersOf(repo, grants).some(({ name }) => name === machine),
    )
    return new Map(mine.map(([path]) => [fileOf(path), []]))
}

async function byManifest(
    manifest: string,
    flake: string,
    paths: ReadonlySet<string>,
    context: Context,
): Promise<ReadonlyMap<string, readonly string[]>> {
    const asked = new Map<string, string[]>()
    for (const { name, sopsFile } of await secretsIn(manifest, context)) {
        const path = inRepository(sopsFile, flake, paths)
        asked.set(path, [...(asked.get(path) ?? []), name])
    }
    return asked
}

async function secretsIn(manifest: string, context: Context) {
    const text = (await readGiven(manifest, largest, context)).toString("utf8")
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Failure("usage", `${manifest} is not JSON`)
    }
    const { data, error } = schema.safeParse(value)
    if (data === undefined)
        throw new Failure(
            "usage",
            `${manifest} is not the manifest of a machine: ${z.prettifyError(error)}`,
            {
                hint: "nix build .#nixosConfigurations.NAME.config.system.build.sops-nix-manifest makes one",
            },
        )
    return data.secrets ?? []
}

function isCopy(one: string, other: string): boolean {
    const [a, b] = [one, other].map((path) => readBounded(path, maxSize))
    return a !== undefined && b !== undefined && a.equals(b)
}

/**
 * The path in the repository of a file that a configuration names. What Nix has copied to its store has the same path
 * below the copy of the flake, or, copied alone, the same name behind a hash.
 */
function inRepository(sopsFile: string, flake: string, paths: ReadonlySet<string>): string {
    const own = isAbsolute(sopsFile) ? relative(flake, sopsFile) : sopsFile
    if (paths.has(own)) return own
    const [, stored] = /^\/nix\/store\/[0-9a-z]{32}-(.+)$/su.exec(sopsFile) ?? []
    if (stored === undefined) return sopsFile
    const segments = stored.split("/")
    const ends = segments.map((_, index) => segments.slice(index).join("/"))
    const found = ends.slice(1).find((end) => paths.has(end))
    if (found !== undefined) return found
    const alike = segments.length === 1 ? [...paths].filter((path) => path.split("/").at(-1) === stored) : []
    const [only, ...others] =
        alike.length === 1 ? alike : alike.filter((path) => isCopy(sopsFile, join(flake, path)))
    return only === undefined || others.length > 0 ? sopsFile : only
}
