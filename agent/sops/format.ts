/** A SOPS store: how a document is laid out on disk. */
export type Format = "yaml" | "json" | "dotenv" | "ini" | "binary"

/**
 * The store that sops picks for a file name: by suffix, case-sensitive, everything unknown is binary
 * (docs/sops-rules.md#formats). So `secrets.yaml.enc` and `.env.prod` are binary.
 */
export function formatOf(path: string): Format {
    if (path.endsWith(".yaml") || path.endsWith(".yml")) return "yaml"
    if (path.endsWith(".json")) return "json"
    if (path.endsWith(".env")) return "dotenv"
    if (path.endsWith(".ini")) return "ini"
    return "binary"
}

/** Whether text is the name of a store. */
export function isFormat(text: string): text is Format {
    return ["yaml", "json", "dotenv", "ini", "binary"].includes(text)
}
