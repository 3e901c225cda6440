// Who is to have each secret that a change touches, and what a person has to be asked for that.

import type { Held } from "../../repo/consent/accepted.ts"
import { Consent } from "../../repo/consent/consent.ts"
import type { Decision, Touch, Unasked } from "../../repo/consent/consent.ts"
import { gainsOfCopies, Values } from "../../repo/copies.ts"
import { plural, secretName } from "../../repo/edits.ts"
import { pairName } from "../../repo/consent/request.ts"
import type { Request } from "../../repo/consent/request.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import type { Checkout } from "../git/git.ts"
import { formatAt, readSecret } from "../repository/secret-file.ts"
import { severalNames } from "../keys/error.ts"
import { settle } from "./ask.ts"
import type { Rules } from "./since.ts"
import { callerRecipients } from "../keys/caller.ts"
import { heldIn } from "./held.ts"
import type { Examined } from "./sealing/seal.ts"
import { vouchedFor } from "../keys/vouched.ts"

interface Question {
    readonly flake: string
    readonly git: Checkout | undefined
    readonly request: Request
    /** What the files of the secrets say that are touched, by their paths after the change. */
    readonly found: ReadonlyMap<string, Examined>
    /** Whether every file is to be what its links say. */
    readonly everything: boolean
    /** Whether the files are to be bound as they are. */
    readonly binding: boolean
    readonly sealed: ReadonlySet<string>
    readonly rules: Rules | undefined
}

/** What was decided, by path, and what somebody had to accept for it. */
export interface Agreement {
    readonly decisions: ReadonlyMap<string, Decision>
    readonly accepted: readonly Unasked[]
}

/** Decides. Throws `Failure` when somebody would gain or lose what neither the command nor a person says. */
export async function agree(question: Question, context: Context): Promise<Agreement> {
    const { request, found, everything, binding, git, rules } = question
    const how = binding ? "bind" : everything ? "all" : "asked"
    const consent = new Consent(request)
    const values = await valuesOf(question)
    warnOfMoved(question, values, context)
    const callers = await ownRecipients(question, context)
    const declined = new Set<string>()
    let vouched: ReadonlyMap<string, readonly string[]> | undefined
    let own: ReadonlySet<string> | undefined
    const mine = async (): Promise<ReadonlySet<string>> =>
        (own ??= await callerRecipients(request.before, context))
    for (;;) {
        const decisions = new Map<string, Decision>()
        const unasked: Unasked[] = []
        for (const [path, { held, value }] of found) {
            const touch: Touch = {
                path,
                held,
                how: value === undefined ? how : "value",
                vouched: [...callers, ...(vouched?.get(path) ?? [])],
            }
            const decision = consent.decide(touch, { has: (pair) => declined.has(pairName(pair)) })
            decisions.set(path, decision)
            if (rules !== undefined && (held === undefined || request.edit.moved?.has(path) === true))
                unasked.push(...gainsByRule(decision, request, await mine()))
            unasked.push(
                ...decision.unasked,
                ...gainsOfCopies(decision, request.source(path), values, consent),
            )
        }
        if (unasked.length === 0) {
            warnOfCopies(question, decisions, values, context)
            return { decisions, accepted: [] }
        }
        if (vouched === undefined && !context.flags.dryRun) {
            // A file is opened only where that may spare a question.
            const doubtful = new Set(unasked.map(({ secret, copy = secret }) => copy))
            const files = new Map([...found].filter(([path]) => doubtful.has(path)))
            vouched = await vouchedFor(files, request, context)
            if (vouched.size > 0) continue
        }
        const asked = { unasked, request, git, everything: everything || binding, rules }
        const refused = await settle(asked, context)
        if (refused.length === 0) return { decisions, accepted: unasked }
        for (const pair of refused) declined.add(pairName(pair))
    }
}

/** The caller's own, who overwrites secrets that this clone has not seen; nobody's where there is none of these. */
async function ownRecipients({ request, found }: Question, context: Context): Promise<readonly string[]> {
    const isNew = [...found].some(
        ([path, { held, value }]) =>
            held !== undefined && value !== undefined && !request.accepted.secrets.has(request.source(path)),
    )
    return isNew ? [...(await callerRecipients(request.before, context))] : []
}

/**
 * Who would have a file by a rule, which anybody can have written: of a new file those whom this clone does not know, of
 * one that gets another name everybody who did not have it.
 */
function gainsByRule(
    { touch, gained }: Decision,
    { accepted }: Request,
    mine: ReadonlySet<string>,
): readonly Unasked[] {
    return gained
        .filter(
            ({ reader, recipient }) =>
                !mine.has(recipient) &&
                (touch.held !== undefined ||
                    accepted[plural(reader.kind)].get(reader.name)?.includes(recipient) !== true),
        )
        .map((pair): Unasked => ({ ...pair, effect: "gain", secret: touch.path, canWait: false }))
}

/**
 * Where the values lie that are touched. Of all other files the IV is read only when a file is not the one that this
 * clone knows: it may have been copied from anywhere.
 */
async function valuesOf({ flake, request, found, sealed }: Question): Promise<Values> {
    const values = new Values(request.accepted)
    let isNew = false
    for (const { source, held, value } of found.values()) {
        if (held === undefined) continue
        values.found(source, held)
        isNew ||= value === undefined && !values.isAsListed(source, held)
    }
    for (const from of request.edit.moved?.values() ?? []) {
        if (values.held(from) !== undefined) continue
        const held = await heldAt(flake, from)
        if (held === undefined) continue
        values.found(from, held)
        isNew ||= !values.isAsListed(from, held)
    }
    if (!isNew) return values
    for (const path of sealed) {
        if (values.held(path) !== undefined) continue
        const held = await heldAt(flake, path)
        if (held !== undefined) values.found(path, held)
    }
    return values
}

async function heldAt(flake: string, path: string): Promise<Held | undefined> {
    const file = readSecret(flake, path)
    return file && heldIn(file, undefined, formatAt(path))
}

/** A secret that only gets another name is not looked at otherwise. */
function warnOfMoved({ request }: Question, values: Values, context: Context): void {
    for (const [path, from] of request.edit.moved ?? []) {
        const held = values.held(from)
        const others = held === undefined ? [] : values.copiedFrom(from, held)
        if (others.length > 0) warn(context, copyOf(path, others))
    }
}

function warnOfCopies(
    { request, found }: Question,
    decisions: ReadonlyMap<string, Decision>,
    values: Values,
    context: Context,
): void {
    for (const [path, { held, value }] of found) {
        if (held === undefined || value !== undefined || request.edit.moved?.has(path) === true) continue
        if (decisions.get(path)?.wrapped.size === 0) continue
        const others = values.copiedFrom(request.source(path), held)
        if (others.length > 0) warn(context, copyOf(path, others))
    }
}

function copyOf(path: string, others: readonly string[]): string {
    return `${secretName(path)}: its file is that of ${severalNames(others.map(secretName))}`
}
