import { parseDocument } from "../../sops/document.ts"
import { leavesOf } from "../../sops/lookup.ts"
import { formatAt, readSecret } from "./secret-file.ts"

/** The keys of the values in an encrypted file, as `get` takes them; none of a file that is one value. */
export async function keysIn(flake: string, path: string): Promise<readonly string[]> {
    const bytes = readSecret(flake, path)
    const format = formatAt(path)
    if (bytes === undefined || format === "binary") return []
    const [first] = (await parseDocument(bytes, format)).parsed.documents
    return first === undefined ? [] : [...leavesOf(first)].map((each) => each.path.join("/"))
}
