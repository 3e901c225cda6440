// Generators as a manifest declares them: which values there are, and what each is made of (docs/vars.md#manifest).

/** What a value is made from: a file of the same generator, the answer to a prompt, or a file of a generator that it depends on. */
export type Source = FileSource | { readonly prompt: string }

/** A file of the same generator, or of one that it depends on. */
export type FileSource = { readonly file: string } | { readonly input: string; readonly file: string }

/** How a value is made. */
export type Make =
    | RandomMake
    | { readonly kind: "passphrase"; readonly words: number }
    /** The answer to a prompt; where it is empty, what stands in `orElse`. */
    | { readonly kind: "prompt"; readonly prompt: string; readonly orElse: Independent | undefined }
    | { readonly kind: "template"; readonly parts: readonly (string | Source)[] }
    /** Entered with `hostseal set`. */
    | { readonly kind: "manual" }
    /** Of a password in a file of the same generator, or of an answer that is not kept. */
    | {
          readonly kind: "hash"
          readonly of: string | { readonly prompt: string }
          readonly scheme: HashScheme
      }
    | CertificateMake
    | KeyMake
    /** The public half of a key of the same generator. */
    | { readonly kind: "public-of"; readonly of: string }
    /** Written by the script of the generator, from `sources`, which `place` fills in. */
    | { readonly kind: "script"; readonly sources: readonly Source[] }

/** How a private key is made. */
export type KeyMake =
    | { readonly kind: "ssh-key"; readonly comment: string }
    | { readonly kind: "wireguard" }
    | { readonly kind: "age-key" }
    | { readonly kind: "nix-key"; readonly name: string }
    | { readonly kind: "tls-key"; readonly type: "ecdsa" | "ed25519" | "rsa" }

/** Those that crypt(3) knows, and the one of web applications. */
export type HashScheme = "sha512crypt" | "scrypt" | "argon2id"

/** A certificate of a key of the same generator. */
export type CertificateMake =
    | { readonly kind: "tls-ca"; readonly key: string; readonly name: string; readonly days: number }
    | {
          readonly kind: "tls-cert"
          readonly key: string
          readonly name: string
          readonly dns: readonly string[]
          readonly ip: readonly string[]
          readonly days: number
          /** Whose key signs it; undefined for its own. */
          readonly ca: { readonly key: FileSource; readonly certificate: FileSource } | undefined
      }

interface RandomMake {
    readonly kind: "random"
    readonly chars: "alnum" | "hex" | "base64" | "bytes" | "uuid"
    readonly length: number
}

/** How a value is made that needs no other. */
export type Independent = RandomMake | Extract<Make, { kind: "passphrase" }> | KeyMake

export interface OutputFile {
    /** Encrypted; else for everybody to read. */
    readonly secret: boolean
    /** Whether machines get it; else it is there for other generators. */
    readonly deploy: boolean
    readonly make: Make
    /** Units of the machines that get it, which are restarted when it changes. */
    readonly restartUnits: readonly string[]
    /** When machines need it. */
    readonly neededFor: "partitioning" | "activation" | "users" | "services"
}

export interface Prompt {
    readonly type: "line" | "hidden" | "multiline" | "multiline-hidden"
    readonly description: string
    /** Whether the answer is kept, as the secret file of the same name. */
    readonly persist: boolean
}

/** A program that writes files; what it may do: docs/vars.md#scripts. */
export interface Script {
    /** What it says, as far as that is known. */
    readonly text: string | undefined
    /** Where it lies; undefined for one that is its text. */
    readonly path: string | undefined
    /** What Nix makes it from. */
    readonly drv: string | undefined
    /** Folders whose `bin` it finds programs in. */
    readonly runtimeInputs: readonly string[]
    /** What it runs on, as Nix calls it: `x86_64-linux`. */
    readonly system: string | undefined
}

/** When and how its values are to be replaced. */
export interface Rotation {
    /** Seconds. */
    readonly maxAge: number | undefined
    /** Whether the previous value stays until the new one has arrived. */
    readonly overlap: boolean
    /** Whether its name has to be typed: without the old value something may be lost. */
    readonly confirm: boolean
    /** Whether machines run something with the new value before others use it. */
    readonly apply: boolean
}

/** The unit of change: values that are made together. */
export interface Generator {
    /** One value for all machines that declare it. */
    readonly share: boolean
    /** Generators whose files it needs. */
    readonly dependencies: readonly string[]
    /** People who read its secrets. Machines follow from `deploy`. */
    readonly readers: { readonly users: readonly string[]; readonly groups: readonly string[] }
    readonly prompts: ReadonlyMap<string, Prompt>
    readonly files: ReadonlyMap<string, OutputFile>
    readonly script: Script | undefined
    /** A hash of what the values were made for; another one makes them anew. */
    readonly validation: string | undefined
    readonly rotate: Rotation
}

/** Generators by machine and name. */
export type Declared = ReadonlyMap<string, ReadonlyMap<string, Generator>>

/** What has to be there before a file can be made. */
export function sourcesOf(make: Make): readonly Source[] {
    switch (make.kind) {
        case "prompt":
            return [{ prompt: make.prompt }]
        case "template":
            return make.parts.filter((part) => typeof part !== "string")
        case "hash":
            return [typeof make.of === "string" ? { file: make.of } : make.of]
        case "public-of":
            return [{ file: make.of }]
        case "script":
            return make.sources
        case "tls-ca":
            return [{ file: make.key }]
        case "tls-cert":
            return [{ file: make.key }, ...(make.ca === undefined ? [] : [make.ca.key, make.ca.certificate])]
        case "random":
        case "passphrase":
        case "manual":
        case "ssh-key":
        case "wireguard":
        case "age-key":
        case "nix-key":
        case "tls-key":
            break
    }
    return []
}

/** The files of the same generator that a file is made of. */
export function ownSources(make: Make): readonly string[] {
    return sourcesOf(make).flatMap((source) =>
        "file" in source && !("input" in source) ? [source.file] : [],
    )
}

/** The files that its script writes, all in one run. */
export function scriptFiles({ files }: Pick<Generator, "files">): readonly string[] {
    return [...files].flatMap(([name, { make }]) => (make.kind === "script" ? [name] : []))
}
