import { join } from "node:path"
import { parseDebts, unsettled } from "../../repo/debt.ts"
import type { Debt } from "../../repo/debt.ts"
import { Failure } from "../failure.ts"
import { readBounded } from "../../os/regular-file.ts"

const largest = 4 * 1024 * 1024
const largestSecret = 17 * 1024 * 1024

/** The notes beside a secret, none when there is no file. Throws `Failure` when the file makes no sense. */
export function readDebts(flake: string, path: string): readonly Debt[] {
    try {
        const bytes = readBounded(join(flake, path, "debt.json"), largest)
        return bytes === undefined ? [] : parseDebts(bytes.toString("utf8"))
    } catch (error) {
        throw new Failure("refused", `${path}/debt.json cannot be read`, { cause: error })
    }
}

/** Those that are not settled: no program has set the value anew since. */
export function openDebts(flake: string, path: string): readonly Debt[] {
    const debts = readDebts(flake, path)
    return debts.length === 0
        ? debts
        : unsettled(debts, sealOf(readBounded(join(flake, path, "secret"), largestSecret)))
}

/** When a file says that it was sealed, and the IV of its value. Nothing is believed of a file but that. */
export function sealOf(
    file: Buffer | undefined,
): { readonly iv: string; readonly lastModified: string } | undefined {
    const text = file?.toString("latin1") ?? ""
    const [, iv] = /"data":\s*"ENC\[AES256_GCM,data:[^,"]*,iv:([^,"]+),/u.exec(text) ?? []
    const [, lastModified] = /"lastmodified":\s*"([^"]+)"/u.exec(text) ?? []
    return iv === undefined || lastModified === undefined ? undefined : { iv, lastModified }
}
