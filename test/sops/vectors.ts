// The documents in vectors/ and the throw-away keys that open them. vectors/README.md says what they are.
import { readFileSync } from "node:fs"
import * as z from "zod"
import { parseIdentityFile } from "../../agent/age/identity-file.ts"
import type { Identity } from "../../agent/age/key.ts"
import { parseSshPrivateKey, sshIdentities } from "../../agent/age/ssh/key.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Document } from "../../agent/sops/document.ts"
import { formatOf } from "../../agent/sops/format.ts"

const entry = z.object({
    file: z.string(),
    name: z.string(),
    plain: z.string(),
    writer: z.string(),
    read: z.record(z.string(), z.unknown()),
    decrypted: z.nullable(z.string()),
    keys: z.partialRecord(z.enum(["SOPS_AGE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_FILE"]), z.string()),
})
export type Vector = z.infer<typeof entry>

export function vectorBytes(path: string): Buffer {
    return readFileSync(new URL(`vectors/${path}`, import.meta.url))
}

export const vectors: readonly Vector[] = z
    .array(entry)
    .parse(JSON.parse(vectorBytes("manifest.json").toString()))

/** The identities in one of the key files. */
export function identitiesOf(path: string): readonly Identity[] {
    const bytes = vectorBytes(path)
    if (path.endsWith(".txt")) return parseIdentityFile(bytes).identities
    const key = parseSshPrivateKey(bytes)
    if (key.kind === "gated") throw new Error("the keys of the vectors have no passphrase")
    return sshIdentities(key)
}

/** The identities that open a vector. */
export function identitiesFor({ keys }: Vector): readonly Identity[] {
    return Object.values(keys).flatMap(identitiesOf)
}

export function parseVector(file: string): Promise<Document> {
    return parseDocument(vectorBytes(file), formatOf(file))
}
