// Who may sign: `sops/users/<name>/signers`, one SSH public key a line, and PGP public keys in their armour. Not in
// key.json, of which other programs know two kinds of keys; and few who read with an age key sign with it.

import { createHash } from "node:crypto"

/** A key that commits may be signed with. `id` is its fingerprint: `SHA256:…`, or the forty digits of a PGP key. */
export type Signer =
    | { readonly kind: "ssh"; readonly id: string; readonly line: string }
    | { readonly kind: "pgp"; readonly armour: string }

const ssh = /^(?:ssh-|ecdsa-sha2-|sk-)[\w@.-]+ [A-Za-z0-9+/]+=*(?:\s|$)/u
const pgp = /-----BEGIN PGP PUBLIC KEY BLOCK-----[^-]*-----END PGP PUBLIC KEY BLOCK-----/gu

/** The keys in such a file. What is none is passed over: it lets nobody sign. */
export function signersIn(text: string): readonly Signer[] {
    const lines = text.replaceAll(pgp, "").split("\n")
    return [
        ...lines.filter((line) => ssh.test(line)).map(sshSigner),
        ...[...text.matchAll(pgp)].map(([armour]): Signer => ({ kind: "pgp", armour: `${armour}\n` })),
    ]
}

function sshSigner(line: string): Signer {
    const [type = "", blob = ""] = line.split(/\s+/u)
    return { kind: "ssh", id: sshFingerprint(Buffer.from(blob, "base64")), line: `${type} ${blob}` }
}

/** As `ssh-keygen -l` shows it. */
export function sshFingerprint(blob: Buffer): string {
    return `SHA256:${createHash("sha256").update(blob).digest("base64").replaceAll("=", "")}`
}
