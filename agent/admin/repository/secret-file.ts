import { join } from "node:path"
import { visibleName } from "../../error.ts"
import { NotRegular, readBounded } from "../../os/regular-file.ts"
import { Failure } from "../failure.ts"

/** Of one secret: a sops document and some room. */
const largest = 17 * 1024 * 1024

/** The file of a secret; `undefined` when there is none. Throws `Failure` for something that is not a file. */
export function readSecret(flake: string, path: string): Buffer | undefined {
    try {
        return readBounded(join(flake, path, "secret"), largest)
    } catch (error) {
        if (!(error instanceof NotRegular)) throw error
        throw new Failure("refused", `${visibleName(path)}/secret ${error.message}`)
    }
}
