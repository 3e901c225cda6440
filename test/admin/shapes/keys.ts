// Made-up keys, and the texts in which their names stand for them.

import { generateHybridIdentity, generateIdentity } from "../../../agent/age/identity.ts"
import { newSshKey, publicSshLine } from "../../../agent/age/ssh/new-key.ts"

export const identities = {
    alice: generateIdentity(),
    bob: generateIdentity(),
    carol: generateIdentity(),
    web: generateIdentity(),
    db: generateIdentity(),
    quantum: generateHybridIdentity(),
}
export const sshKey = newSshKey("")

/** What stands for each name in a configuration. PGP keys are those of a test that has them. */
export function keysWith(pgp: string, pgp2: string): Readonly<Record<string, string>> {
    const age = Object.entries(identities).map(([name, { recipient }]) => [name, recipient])
    return {
        ...Object.fromEntries(age),
        ssh: publicSshLine(sshKey, "").trim(),
        pgp,
        pgp2,
        pgp16: pgp.slice(-16),
        kms: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    }
}

/** A text with keys in place of names. */
export function filled(text: string, keys: Readonly<Record<string, string>>): string {
    return text.replaceAll(
        /@(alice|bob|carol|web|db|quantum|ssh|pgp16|pgp2|pgp|kms)\b/gu,
        (_, name: string) => keys[name] ?? name,
    )
}

/** A file of a shape, taken apart. */
export interface ShapeFile {
    readonly path: string
    readonly groups: readonly (readonly string[])[]
    /** As `encrypted_regex ^a$`. */
    readonly options: string
    readonly text: string | undefined
}

export function filesOf(files: Readonly<Record<string, string>>): readonly ShapeFile[] {
    return Object.entries(files).map(([path, said]) => {
        if (said.startsWith("=")) return { path, groups: [], options: "", text: said.slice(1) }
        const [readers = "", options = "unencrypted_suffix _unencrypted"] = said.split(" | ")
        const groups = readers.split(" / ").map((group) => group.split(" "))
        return { path, groups, options, text: undefined }
    })
}
