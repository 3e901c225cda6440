// Where other programs keep secrets, as far as a look at the top of a repository tells.

import { lstatSync, readdirSync } from "node:fs"

/** Something that holds secrets, which only another program reads. */
export interface OtherStore {
    readonly path: string
    readonly what: string
}

const marks: readonly OtherStore[] = [
    { path: ".sops.yaml", what: "it says whose the files of sops are, wherever they lie" },
    { path: ".sops.yml", what: "it is meant to say whose the files of sops are" },
    { path: ".gpg-id", what: "this is a password-store" },
    { path: ".password-store", what: "this is a password-store" },
    { path: "password-store", what: "this is a password-store" },
    { path: "secrets/clan-vars", what: "these are clan's vars as age files" },
    { path: "secrets/age-keys", what: "these are clan's keys for age files" },
    { path: "secrets.nix", what: "it says whose the files of agenix are" },
    { path: "secrets/secrets.nix", what: "it says whose the files of agenix are" },
]

/** The stores of other programs in a flake, and files at its top that are encrypted for other programs. */
export function otherStores(flake: string): readonly OtherStore[] {
    const marked = marks.filter(({ path }) => lstatSync(`${flake}/${path}`, { throwIfNoEntry: false }))
    const files = ["", "secrets"].flatMap((folder) => encryptedIn(flake, folder))
    return [...marked, ...files]
}

function encryptedIn(flake: string, folder: string): readonly OtherStore[] {
    try {
        const first = readdirSync(`${flake}/${folder}`).find((name) => /\.(?:age|gpg)$/u.test(name))
        if (first === undefined) return []
        const path = folder === "" ? first : `${folder}/${first}`
        return [{ path, what: "files of this kind are opened by other programs" }]
    } catch {
        // There is no such folder, or it cannot be listed: then it holds nothing that verify would read either.
        return []
    }
}
