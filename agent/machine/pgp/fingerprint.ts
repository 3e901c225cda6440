import { createHash } from "node:crypto"
import type { RsaPublicKey } from "../../age/ssh/public.ts"
import { mpi } from "../../sops/pgp/packets.ts"

/**
 * The fingerprint of an RSA SSH key as a PGP key, in lower case: a key of version 4 that was made at the beginning of
 * 1970, as ssh-to-pgp and sops-nix make it.
 */
export function pgpFingerprint({ modulus, exponent }: RsaPublicKey): string {
    const body = Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 1]), mpi(modulus), mpi(exponent)])
    const head = Buffer.from([0x99, body.length >> 8, body.length & 0xff])
    return createHash("sha1").update(head).update(body).digest("hex")
}
