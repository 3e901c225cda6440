import { readFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"

/** One key of `vectors/ssh-to-age.json`. */
const sshCase = z.looseObject({
    name: z.string(),
    privateKey: z.string(),
    passphrase: z.nullable(z.string()),
    publicKey: z.string(),
    seedHex: z.string(),
    identity: z.string(),
    recipient: z.string(),
})
const scanCase = z.looseObject({ knownHosts: z.string(), recipients: z.array(z.string()) })

const entries: unknown[] = z.array(z.unknown()).parse(JSON.parse(vector("ssh-to-age.json").toString()))

/** Keys with what ssh-to-age and age-keygen say about them. */
export const sshCases = entries.slice(0, -1).map((entry) => sshCase.parse(entry))
/** ssh-keyscan output, and the recipients of its ed25519 lines. */
export const scan = scanCase.parse(entries.at(-1))

/** The bytes of a file in `test/age/vectors`. */
export function vector(path: string): Buffer {
    return readFileSync(join(import.meta.dirname, "vectors", path))
}
