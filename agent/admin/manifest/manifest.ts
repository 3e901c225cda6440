// The agent's manifest for one machine, from who may read what and from its settings. docs/manifest.md has the fields.

import { createHash } from "node:crypto"
import { visibleName } from "../../error.ts"
import { mayRead, secretsOf } from "../../repo/access.ts"
import type { Reader } from "../../repo/access.ts"
import { secretName, secretPath } from "../../repo/edits.ts"
import { Refusal, unknown } from "../../repo/refusal.ts"
import type { Repo } from "../../repo/repo.ts"
import { formatOf } from "../../sops/format.ts"
import type { SecretSettings, Settings, TemplateSettings } from "./settings.ts"

/** What is known of the machine and its repository. */
export interface Machine {
    readonly name: string
    readonly repo: Repo
    /** Whether each secret is a folder with one value, as in clan's layout, or a file with many. */
    readonly layout: "clan" | "sops"
    /** Where the repository lies on the machine, if the settings do not say. */
    readonly place: string
    readonly settings: Settings
    /** The texts of templates that are files of their own, by the name of the template. */
    readonly texts: ReadonlyMap<string, string>
}

type Fields = Readonly<Record<string, unknown>>

/** A manifest, ready to be written. */
export interface WrittenManifest extends Fields {
    readonly secrets: readonly Fields[]
    readonly templates: readonly Fields[]
}

const mountPoint = "/run/secrets.d"
const link = "/run/secrets"
const usualKey = "/etc/ssh/ssh_host_ed25519_key"

/** Throws `Refusal` for settings that name what there is not, or what the machine may not read. */
export function manifestOf(machine: Machine): WrittenManifest {
    const { settings, texts } = machine
    const reader = readerOf(machine)
    const sources = sourcesOf(machine, reader)
    const templates = Object.entries(settings.templates ?? {})
    return {
        secrets: [...sources].map(([name, { sopsFile, format, key }]) => ({
            ...entry(name, settings.secrets?.[name] ?? {}, `${link}/${name}`),
            sopsFile,
            format,
            key,
        })),
        templates: templates.map(([name, own]) => ({
            ...entry(name, own, `${link}/rendered/${name}`),
            content: withPlaceholders(texts.get(name) ?? own.content ?? "", name, sources),
        })),
        placeholderBySecretName: Object.fromEntries(
            [...sources.keys()].map((name) => [name, placeholder(name)]),
        ),
        secretsMountPoint: mountPoint,
        symlinkPath: link,
        keepGenerations: settings.keepGenerations ?? 1,
        ageKeyFile: settings.ageKeyFile,
        ageSshKeyPaths: settings.ageSshKeyPaths ?? (settings.ageKeyFile === undefined ? [usualKey] : []),
        logging: { keyImport: true, secretChanges: true },
        hostseal: {
            version: 1,
            onFailure: settings.onFailure,
            bindings: settings.bindings,
            statusFile: settings.statusFile,
            metricsFile: settings.metricsFile,
            machineRecipients: recipientsOf(machine, reader),
            secrets: Object.fromEntries(
                [...sources].map(([name, { path, place }]) => {
                    const { allowEmpty, hashed, ...own } = settings.secrets?.[name] ?? {}
                    return [name, { ...treatment(own), allowEmpty, hashed, file: path, place }]
                }),
            ),
            templates: Object.fromEntries(templates.map(([name, own]) => [name, treatment(own)])),
        },
    }
}

interface Source {
    readonly sopsFile: string
    readonly format: string
    readonly key: string
    /** The file in the repository, as people know it. */
    readonly path: string
    /** What it has to be bound to; `undefined` where a file has many values. */
    readonly place: string | undefined
}

/** Where each secret comes from: all that the machine may read, and the values of files that the settings name. */
function sourcesOf(machine: Machine, reader: Reader): ReadonlyMap<string, Source> {
    const { repo, layout, settings } = machine
    const at = (settings.repository ?? machine.place).replace(/\/+$/u, "")
    const found = new Map<string, Source>()
    if (layout === "clan")
        for (const path of secretsOf(repo, reader).keys()) {
            const file = `${path}/secret`
            found.set(secretName(path), {
                sopsFile: `${at}/${file}`,
                format: "binary",
                key: "",
                path: file,
                place: path,
            })
        }
    for (const [name, own] of Object.entries(settings.secrets ?? {})) {
        if (own.sopsFile !== undefined)
            found.set(name, fileSource(machine, reader, { ...own, name, path: own.sopsFile, at }))
        else if (!found.has(name)) throw withoutSource(machine, name)
    }
    return found
}

/** One value of a file, or all of it. */
function fileSource(
    { repo, layout }: Machine,
    reader: Reader,
    { name, path, at, key, format }: SecretSettings & { name: string; path: string; at: string },
): Source {
    const grants = repo.secrets.get(path)
    if (layout === "sops" && grants === undefined) throw unknown("encrypted file", path, repo.secrets.keys())
    if (grants !== undefined && !mayRead(repo, grants, reader))
        throw new Refusal("refused", `${visibleName(reader.name)} may not read ${visibleName(path)}`, {
            hint: "add its key to the rule of the file, then: hostseal key update",
        })
    const written = format ?? formatOf(path)
    const hasKeys = written === "yaml" || written === "json"
    return {
        sopsFile: `${at}/${path}`,
        format: written,
        key: key ?? (hasKeys ? name : ""),
        path,
        place: undefined,
    }
}

function withoutSource({ name, repo, layout }: Machine, secret: string): Refusal {
    if (layout === "sops")
        return new Refusal("refused", `secret "${visibleName(secret)}" names no file`, {
            hint: 'write "sopsFile", and "key" where the value has another name in it',
        })
    const path = repo.secrets.has(secret) ? secret : secretPath(secret)
    if (!repo.secrets.has(path)) return unknown("secret", secret, [...repo.secrets.keys()].map(secretName))
    return new Refusal("refused", `${visibleName(name)} may not read the secret "${visibleName(secret)}"`, {
        hint: `hostseal machines add-secret ${name} ${visibleName(secret)}`,
    })
}

/** A `.sops.yaml` does not say which of its keys are machines': one that looks like a person's may be meant. */
function readerOf({ name, repo, layout }: Machine): Reader {
    if (repo.machines.has(name)) return { kind: "machine", name }
    if (layout === "sops" && repo.users.has(name)) return { kind: "user", name }
    throw unknown("machine", name, repo.machines.keys())
}

/** Its public keys as they stand in files: without the comment of an SSH key. */
function recipientsOf({ repo }: Machine, { kind, name }: Reader): readonly string[] {
    const keys = (kind === "machine" ? repo.machines : repo.users).get(name) ?? []
    return keys
        .filter(({ type }) => type === "age")
        .map(({ publickey }) => publickey.split(" ").slice(0, 2).join(" "))
}

function entry(name: string, own: SecretSettings | TemplateSettings, usual: string): Fields {
    const { owner, group, mode = "0400", path = usual, restartUnits = [], reloadUnits = [] } = own
    return { name, owner, group, uid: 0, gid: 0, mode, path, restartUnits, reloadUnits }
}

function treatment(own: SecretSettings | TemplateSettings): Fields {
    const { onFailure, optional, symlink, parentOwner, parentGroup, parentMode } = own
    return { onFailure, optional, symlink, parentOwner, parentGroup, parentMode }
}

/** The form that filters go with. */
function placeholder(name: string): string {
    return `<SOPS:${createHash("sha256").update(name).digest("hex")}:PLACEHOLDER>`
}

/** `<SOPS:wifi>` and `<SOPS:wifi:json>` as the agent has them. */
function withPlaceholders(text: string, template: string, sources: ReadonlyMap<string, unknown>): string {
    return text.replaceAll(
        /<SOPS:(?<name>[^<>:\n]+)(?::(?<filter>[a-z0-9-]+))?>/gu,
        (_, name: string, filter?: string) => {
            if (!sources.has(name)) {
                const { message, hint = "" } = unknown("secret", name, sources.keys())
                throw new Refusal("not-found", `template "${visibleName(template)}": ${message}`, { hint })
            }
            return filter === undefined ? placeholder(name) : placeholder(name).replace(/>$/u, `:${filter}>`)
        },
    )
}
