// Generators as a manifest declares them: which values there are, and what each is made of (docs/vars.md#manifest).

/** What a value is made from: a file of the same generator, the answer to a prompt, or a file of a generator that it depends on. */
export type Source =
    | { readonly file: string }
    | { readonly prompt: string }
    | { readonly input: string; readonly file: string }

/** How a value is made. */
export type Make =
    | {
          readonly kind: "random"
          readonly chars: "alnum" | "hex" | "base64" | "bytes" | "uuid"
          readonly length: number
      }
    | { readonly kind: "passphrase"; readonly words: number }
    | { readonly kind: "prompt"; readonly prompt: string }
    | { readonly kind: "template"; readonly parts: readonly (string | Source)[] }
    /** Entered with `hostseal set`. */
    | { readonly kind: "manual" }
    | { readonly kind: "hash"; readonly of: string }
    | { readonly kind: "ssh-key"; readonly comment: string }
    | { readonly kind: "wireguard" }
    | { readonly kind: "age-key" }
    | { readonly kind: "nix-key"; readonly name: string }
    /** The public half of a key of the same generator. */
    | { readonly kind: "public-of"; readonly of: string }

export interface OutputFile {
    /** Encrypted; else for everybody to read. */
    readonly secret: boolean
    /** Whether machines get it; else it is there for other generators. */
    readonly deploy: boolean
    readonly make: Make
}

export interface Prompt {
    readonly type: "line" | "hidden" | "multiline" | "multiline-hidden"
    readonly description: string
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
    /** A hash of what the values were made for; another one makes them anew. */
    readonly validation: string | undefined
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
        case "public-of":
            return [{ file: make.of }]
        case "random":
        case "passphrase":
        case "manual":
        case "ssh-key":
        case "wireguard":
        case "age-key":
        case "nix-key":
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
