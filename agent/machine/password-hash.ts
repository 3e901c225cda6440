// A password from plain text, as a line of /etc/shadow has it: sha512crypt, which every system knows.

import { createHmac } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { UserError } from "../error.ts"
import { shadowHash, withoutLineEnd } from "../os/sha512crypt.ts"

/**
 * The hash of a password, which may end with a line end. The same password and key give the same hash, for nothing is
 * to change that has not; the salt comes from a key, for one that comes from the password alone would let anybody try
 * passwords without doing the rounds. Throws `UserError`, without the password.
 */
export function passwordHash(value: Buffer, key: KeyObject): string {
    const password = withoutLineEnd(value)
    if (password.length === 0) throw new UserError("its password is empty")
    if (password.some((byte) => byte === 0 || byte === 0x0a || byte === 0x0d))
        throw new UserError("its password is more than one line")
    return shadowHash(password, createHmac("sha256", key).update(password).digest())
}
