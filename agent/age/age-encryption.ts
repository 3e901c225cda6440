import type * as ageEncryption from "age-encryption"

/**
 * Loads the npm package age-encryption, which opens and writes what the native code does not know. It costs 17 ms of
 * start-up, so nothing else may import it, and this file only when the need is there.
 *
 * Its error texts must never be shown: with an unfit identity they hold the whole secret key.
 */
export async function loadAgeEncryption(): Promise<typeof ageEncryption> {
    return await import("age-encryption")
}
