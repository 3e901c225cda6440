import { join } from "node:path"
import { parseDebts } from "../../repo/debt.ts"
import type { Debt } from "../../repo/debt.ts"
import { Failure } from "../failure.ts"
import { readBounded } from "../../os/regular-file.ts"

const largest = 4 * 1024 * 1024

/** The notes beside a secret, none when there is no file. Throws `Failure` when the file makes no sense. */
export function readDebts(flake: string, path: string): readonly Debt[] {
    try {
        const bytes = readBounded(join(flake, path, "debt.json"), largest)
        return bytes === undefined ? [] : parseDebts(bytes.toString("utf8"))
    } catch (error) {
        throw new Failure("refused", `${path}/debt.json cannot be read`, { cause: error })
    }
}
