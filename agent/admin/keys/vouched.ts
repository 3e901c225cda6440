// What the binding of a file tells before anything is decided. Who was let in by somebody who could read the secret, in
// another clone, is no stranger: nobody can bind a file under a data key who does not have it.

import { claimed, dataKeyName, judge } from "../../sops/binding.ts"
import type { Verdict } from "../../sops/binding.ts"
import type { Document } from "../../sops/document.ts"
import { parseDocument } from "../../sops/document.ts"
import { unlockAll } from "../../sops/unlock.ts"
import { secretName } from "../../repo/edits.ts"
import type { Request } from "../../repo/consent/request.ts"
import { note } from "../context.ts"
import type { Context } from "../context.ts"
import { severalNames } from "./error.ts"
import { findIdentities } from "./find.ts"
import { formatAt } from "../repository/secret-file.ts"
import { hasBinding, notBound, sealedElsewhere } from "../change/sealing/seal.ts"
import type { Examined } from "../change/sealing/seal.ts"

/** A file, and what it is asked. */
interface Asked {
    readonly path: string
    readonly source: string
    readonly key: string | undefined
    readonly document: Document
    readonly labels: readonly string[]
}

/**
 * The recipients of each of these files that is bound as it is under the data key that the list names, by path. Under one
 * data key readers only come: an older file that was put back names nobody who has been removed. Keys that ask a person
 * are asked once for all.
 */
export async function vouchedFor(
    found: ReadonlyMap<string, Examined>,
    request: Request,
    context: Context,
): Promise<ReadonlyMap<string, readonly string[]>> {
    const asked: Asked[] = []
    for (const each of await claiming("bound", found, request)) if (each.key !== undefined) asked.push(each)
    const vouched = new Map<string, readonly string[]>()
    await opened(asked, context, ({ path, source, key, document, labels }, dataKey) => {
        const listed = new Set(request.accepted.secrets.get(source)?.recipients)
        const isNew = labels.some((each) => !listed.has(each))
        if (isNew && dataKeyName(dataKey) === key && judge(document, dataKey, source).kind === "bound")
            vouched.set(path, labels)
    })
    if (vouched.size > 0)
        note(
            context,
            `whoever was added to ${severalNames([...vouched.keys()].map(secretName))} was added by somebody who could read it`,
        )
    return vouched
}

/**
 * Throws `Failure` when a file that gets a new value is that of another place. It is opened only if it says so, and is not
 * the one that this clone knows; a claim that nobody here can prove stops nobody. Where all has to be bound, one that is
 * not is neither replaced nor renamed.
 */
export async function mustBeHere(
    found: ReadonlyMap<string, Examined>,
    request: Request,
    context: Context,
): Promise<void> {
    for (const [path, { source, value, file }] of found) {
        const isOpened = value === undefined && path === source
        if (!isOpened && request.accepted.strict && file !== undefined && !hasBinding(file))
            throw notBound(source)
    }
    const isUnknown = ({ source, value, held }: Examined): boolean => {
        const blob = request.accepted.secrets.get(source)?.blob
        return value !== undefined && (blob === undefined || blob !== held?.blob)
    }
    const unknown = new Map([...found].filter(([, each]) => isUnknown(each)))
    await opened(await claiming("elsewhere", unknown, request), context, ({ source, document }, dataKey) => {
        const verdict = judge(document, dataKey, source)
        if (verdict.kind === "elsewhere") throw sealedElsewhere(source, verdict.place)
    })
}

/**
 * The files among these that are another place's, by path: each says so, and its data key proves it. What only says so
 * is not among them: anybody can write that.
 */
export async function foundElsewhere(
    found: ReadonlyMap<string, Examined>,
    request: Request,
    context: Context,
): Promise<ReadonlyMap<string, string>> {
    const strange = new Map<string, string>()
    const claims = await claiming("elsewhere", found, request)
    await opened(claims, context, ({ path, source, document }, dataKey) => {
        const verdict = judge(document, dataKey, source)
        if (verdict.kind === "elsewhere") strange.set(path, verdict.place)
    })
    return strange
}

async function claiming(
    kind: Verdict["kind"],
    found: ReadonlyMap<string, Examined>,
    request: Request,
): Promise<readonly Asked[]> {
    const asked: Asked[] = []
    for (const [path, { source, file, held }] of found) {
        if (file === undefined || held === undefined || !hasBinding(file)) continue
        const document = await parseDocument(file, formatAt(source))
        if (claimed(document, source).kind !== kind) continue
        const key = request.accepted.secrets.get(source)?.key
        asked.push({ path, source, key, document, labels: held.labels })
    }
    return asked
}

async function opened(
    asked: readonly Asked[],
    context: Context,
    look: (each: Asked, dataKey: Buffer) => void,
): Promise<void> {
    if (asked.length === 0) return
    const { keyring } = await findIdentities(context)
    const dataKeys = await unlockAll(
        asked.map(({ document }) => document),
        keyring,
    )
    try {
        for (const [index, each] of asked.entries()) {
            const dataKey = dataKeys[index]
            if (dataKey instanceof Buffer) look(each, dataKey)
        }
    } finally {
        for (const dataKey of dataKeys) if (dataKey instanceof Buffer) dataKey.fill(0)
    }
}
