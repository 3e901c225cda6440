// A manifest as the rest of the agent sees it: everything parsed, every name safe, every default filled in, and
// the fields of sops-nix and ours brought together for each entry.

import type { Format } from "../../sops/format.ts"

/** What happens to a secret that cannot be had: its last good value stays, or it is left out, or nothing changes. */
export type Policy = "keep" | "omit" | "abort"

/** What a secret that is not bound as it should be means: nothing, a warning, or that it is not installed. */
export type Bindings = "off" | "warn" | "require"

/** A user or group: by name, to be looked up on the machine, or by number; -1 is whoever runs the agent. */
export type Principal = { readonly name: string } | { readonly id: number }

/** Who owns directories that have to be made for a link, when the manifest says so. */
export interface Parents {
    readonly owner: Principal | undefined
    readonly group: Principal | undefined
    readonly mode: number | undefined
}

interface Entry {
    readonly name: string
    /** "secret x" or "template x": how messages call it. */
    readonly label: string
    /** Where it lies below a generation. */
    readonly file: string
    readonly mode: number
    readonly owner: Principal
    readonly group: Principal
    /** Where it is wanted; equal to the place below the symlink unless the admin chose another one. */
    readonly path: string
    /** At `path`: a link to the file, or a copy of it. */
    readonly symlink: boolean
    /** Why nothing can be put at `path`: then it is only at its place below the symlink. */
    readonly misplaced: string | undefined
    /** Something else of this manifest stands at its place below the symlink, as with sops-nix: no file is written. */
    readonly hidden: boolean
    /** Why it cannot be installed at all. */
    readonly faults: readonly string[]
    readonly parents: Parents
    readonly restartUnits: readonly string[]
    readonly reloadUnits: readonly string[]
    readonly onFailure: Policy
    /** A failure of it is not a failure of the machine (exit code 7). */
    readonly optional: boolean
}

export interface SecretEntry extends Entry {
    readonly kind: "secret"
    readonly source: string
    /** What the file is called where people change it, if that is known; `source` is a copy in the store. */
    readonly ownFile: string | undefined
    readonly format: Format
    /** The key to look up, "" for the whole document; always "" where a format has no keys in sops-nix. */
    readonly key: string
    /** The key as it was written, for every format. */
    readonly givenKey: string
    /** Whether a value of zero bytes is meant, or an error; when it is not said, it is installed with a warning. */
    readonly allowEmpty: boolean | undefined
    /** A password, of which only the hash is installed. */
    readonly hashed: "sha512crypt" | undefined
    /** What stands in for its value; when it is not said, that is made up. */
    readonly standIn: string | undefined
    readonly bindings: Bindings
    /** The folder in the repository that its file has to be bound to, if it is known. */
    readonly place: string | undefined
}

export interface TemplateEntry extends Entry {
    readonly kind: "template"
    /** Where the text is; it wins over `content`. */
    readonly textFile: string | undefined
    readonly content: string
}

export type AnyEntry = SecretEntry | TemplateEntry

export interface Manifest {
    readonly secrets: readonly SecretEntry[]
    readonly templates: readonly TemplateEntry[]
    /** Placeholder text to the name of the secret that it stands for. The secret need not be in this manifest. */
    readonly placeholders: ReadonlyMap<string, string>
    readonly mountPoint: string
    readonly symlinkPath: string
    /** How many generations stay, the live one included; 0 keeps all. */
    readonly keepGenerations: number
    readonly ageKeyFile: string | undefined
    /** SSH keys to be used as age keys, in order. */
    readonly sshKeyPaths: readonly string[]
    /** What sops-nix would hand to GnuPG; only its RSA keys matter here, for files with ssh-rsa recipients. */
    readonly rsaKeyPaths: readonly string[]
    readonly gnupgHome: string | undefined
    readonly useTmpfs: boolean
    readonly userMode: boolean
    readonly logKeyImport: boolean
    readonly logChanges: boolean
    /** Public keys of the machine; `check` proves that every file is encrypted for one of them. */
    readonly machineRecipients: readonly string[]
    /** Whether made-up values stand in where no key opens anything. */
    readonly mayStandIn: boolean
    readonly statusFile: string | undefined
    readonly metricsFile: string | undefined
    /** Whether metrics may name secrets. */
    readonly metricsNames: boolean
    /** age plugins that may be started: name to absolute path. */
    readonly plugins: ReadonlyMap<string, string>
    /** What is unsafe or of no effect in it and is done all the same, each with what to write instead. */
    readonly warnings: readonly string[]
}

/** Both kinds of entries; nothing after the rendering of templates tells them apart. */
export function entriesOf(manifest: Manifest): readonly AnyEntry[] {
    return [...manifest.secrets, ...manifest.templates]
}
