// Templates, in one pass over their text: what a secret puts in is never looked at again, so a secret that holds a
// placeholder stays as it is (docs/sops-nix-contract.md#defects, D5), and what looks like a placeholder and stands for nothing is an error (D14).
//
// Text is handled as Latin-1, i.e. byte by byte: secrets may hold anything.

import { UserError } from "../../error.ts"
import { filtered } from "./filter.ts"
import { YamlPlaces } from "./yaml-place.ts"
import type { Manifest, SecretEntry } from "../manifest/manifest.ts"

/** Bytes of a template's text (docs/security-rules.md#limits), and of what becomes of it. */
export const largestTemplate = 16 * 1024 * 1024
const largestResult = 16 * 1024 * 1024

/** The form in which the module of sops-nix makes placeholders. */
const usual = /<SOPS:[0-9a-f]{64}:PLACEHOLDER>/u
/** The same with the name of a filter. */
const withFilter = /<SOPS:[0-9a-f]{64}:PLACEHOLDER:(?<filter>[a-z0-9-]{1,32})>/u

/** Renders the templates of one manifest. */
export type Render = (text: Buffer) => Buffer

/**
 * Makes ready what all templates of a manifest share. `valueOf` gives the value of a secret, `undefined` when it
 * could not be opened. Rendering throws `UserError`, without content.
 */
export function renderer(manifest: Manifest, valueOf: (secret: SecretEntry) => Buffer | undefined): Render {
    const names = new Map([...manifest.placeholders].map(([text, name]) => [toLatin1(text), name]))
    const secrets = secretsByAttribute(manifest)
    const pattern = anyOf([...names.keys()])
    const value = (placeholder: string): Buffer => {
        const name = names.get(placeholder)
        if (name === undefined)
            throw new UserError(`it holds a placeholder that stands for no secret: ${placeholder}`)
        const secret = secrets.get(name)
        if (secret === undefined)
            throw new UserError(`it needs the secret "${name}", which this manifest does not install`, {
                hint: "secrets with neededForUsers are installed by a manifest of their own",
            })
        const found = valueOf(secret)
        if (found === undefined)
            throw new UserError(`it needs the secret "${name}", which could not be opened`)
        return found
    }
    return (text) => render(text, pattern, value)
}

function render(text: Buffer, pattern: RegExp, value: (placeholder: string) => Buffer): Buffer {
    if (text.length > largestTemplate)
        throw new UserError(`its text is larger than ${largestTemplate / 1024 / 1024} MiB`)
    const pieces: Buffer[] = []
    let end = 0
    let length = 0
    const add = (piece: Buffer): void => {
        length += piece.length
        if (length > largestResult)
            throw new UserError(`it becomes larger than ${largestResult / 1024 / 1024} MiB`)
        pieces.push(piece)
    }
    const written = text.toString("latin1")
    const places = new YamlPlaces(written)
    for (const { 0: placeholder, index } of written.matchAll(pattern)) {
        add(text.subarray(end, index))
        const filter = withFilter.exec(placeholder)?.groups?.["filter"]
        if (filter === undefined) add(value(placeholder))
        else {
            const place = () => places.at(index, index + placeholder.length)
            add(filtered(value(placeholder.replace(`:${filter}>`, ">")), filter, place))
        }
        end = index + placeholder.length
    }
    add(text.subarray(end))
    return Buffer.concat(pieces)
}

/** All placeholders at once, longer ones first: one may be the beginning of another. */
function anyOf(placeholders: readonly string[]): RegExp {
    const own = placeholders
        .filter((text) => usual.exec(text)?.[0] !== text)
        .toSorted((a, b) => b.length - a.length)
        .map((text) => RegExp.escape(text))
    const sources = [...own, usual.source, withFilter.source.replace("?<filter>", "?:")]
    return new RegExp(sources.join("|"), "gu")
}

/**
 * The module of sops-nix keys placeholders by the name of the attribute and writes only `name` into the manifest
 * (docs/sops-nix-contract.md#defects, D18). Where the two differ, the `key` still is the attribute unless it was set as well, so it decides,
 * if it is the only one.
 */
function secretsByAttribute({ secrets, placeholders }: Manifest): Map<string, SecretEntry> {
    const named = new Map(secrets.map((secret) => [secret.name, secret]))
    const attributes = new Set(placeholders.values())
    const candidates = Map.groupBy(
        secrets.filter(({ name }) => !attributes.has(name)),
        ({ givenKey }) => givenKey,
    )
    for (const attribute of attributes) {
        const [only, ...others] = candidates.get(attribute) ?? []
        if (!named.has(attribute) && only !== undefined && others.length === 0) named.set(attribute, only)
    }
    return named
}

function toLatin1(text: string): string {
    return Buffer.from(text).toString("latin1")
}
