// The ledger beside a `.sops.yaml`, as it lies in the tree and as a change leaves it.

import { dirname, isAbsolute, join } from "node:path"
import { debtsAfter } from "../../repo/debt-after.ts"
import type { Repo } from "../../repo/repo.ts"
import {
    ledgerName,
    openValues,
    parseLedger,
    printLedger,
    withoutValues,
    withValues,
} from "../../repo/ruled-debt.ts"
import type { Ledger, RuledDebt } from "../../repo/ruled-debt.ts"
import { readBounded } from "../../os/regular-file.ts"
import { parseDocument } from "../../sops/document.ts"
import { SopsError } from "../../sops/error.ts"
import { valueIvs } from "../../sops/value/ivs.ts"
import { Failure } from "../failure.ts"
import { formatAt, readSecret } from "../repository/secret-file.ts"
import type { Task } from "./sealing/seal.ts"
import type { Write } from "./staging.ts"

const largest = 16 * 1024 * 1024

/** Where the ledger lies, relative to the flake: beside the configuration, or at the top if that lies elsewhere. */
function ledgerPath(configPath: string): string {
    return isAbsolute(configPath) ? ledgerName : join(dirname(configPath), ledgerName)
}

function readLedger(flake: string, configPath: string): Ledger {
    const path = ledgerPath(configPath)
    try {
        const bytes = readBounded(join(flake, path), largest)
        return bytes === undefined ? new Map() : parseLedger(bytes.toString("utf8"))
    } catch (error) {
        throw new Failure("refused", `${path} cannot be read`, { cause: error })
    }
}

/** The notes that no program has settled, by the paths of files. Throws `Failure` when the ledger makes no sense. */
export async function openLedger(flake: string, configPath: string): Promise<Ledger> {
    const open = new Map<string, readonly RuledDebt[]>()
    for (const [path, debts] of readLedger(flake, configPath)) {
        const left = openValues(debts, await ivsIn(readSecret(flake, path), path))
        if (left.length > 0) open.set(path, left)
    }
    return open
}

/** A change, as far as the ledger goes. */
interface Changed {
    readonly tasks: readonly Task[]
    readonly before: Repo
    /** Old paths by new ones. */
    readonly moved: ReadonlyMap<string, string>
    /** Paths of files that go. */
    readonly gone: readonly string[]
    /** The new files by their paths. */
    readonly files: ReadonlyMap<string, Buffer>
    readonly at: Date
}

/** The ledger after a change; nothing when it stays as it is. */
export async function ledgerAfter(
    flake: string,
    configPath: string,
    { tasks, before, moved, gone, files, at }: Changed,
): Promise<readonly Write[]> {
    const old = readLedger(flake, configPath)
    const next = new Map(old)
    for (const path of gone) next.delete(path)
    for (const [path, from] of moved) {
        const debts = old.get(from)
        next.delete(from)
        if (debts !== undefined) next.set(path, debts)
    }
    for (const { path, recipients, extra } of tasks) {
        const known = next.get(path) ?? []
        if (known.length === 0 && extra.length === 0) continue
        const ivs = await ivsIn(files.get(path), path)
        const open = openValues(known, ivs)
        const debts = debtsAfter(withoutValues(open), before, { recipients, extra }, at, () => null)
        next.set(path, openValues(withValues(debts, open, ivs), ivs))
    }
    const [was, is] = [printLedger(old), printLedger(next)]
    if (was === is) return []
    const path = ledgerPath(configPath)
    return is === "{}\n" ? [{ kind: "unlink", path }] : [{ kind: "text", path, text: is }]
}

async function ivsIn(file: Buffer | undefined, path: string): Promise<ReadonlyMap<string, string>> {
    if (file === undefined) return new Map()
    try {
        return valueIvs(await parseDocument(file, formatAt(path)))
    } catch (error) {
        if (error instanceof SopsError) return new Map()
        throw error
    }
}
