// What a machine says of itself: the status of its agent, as `hostseal-agent status --json` prints it. It may come from
// anywhere, so nothing of it is more than a claim.

import * as z from "zod/mini"
import { Failure } from "../failure.ts"

const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/u))
const schema = z.looseObject({
    version: z.literal(1),
    installations: z.array(
        z.looseObject({
            agent: z.string(),
            secrets: z.array(
                z.looseObject({
                    name: z.string(),
                    state: z.string(),
                    sourceHash: z.nullish(hash),
                }),
            ),
        }),
    ),
})

/** The SHA-256 of the encrypted files that a machine installed its secrets from. */
export type InstalledFiles = ReadonlySet<string>

/** Reads a status. Throws `Failure` for what is none, and for one of an agent that does not tell hashes. */
export function parseMachineStatus(text: string, machine: string): InstalledFiles {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Failure("refused", `what ${machine} says is not JSON`)
    }
    const parsed = z.safeParse(schema, value)
    if (!parsed.success)
        throw new Failure("refused", `what ${machine} says is not the status of its agent`, {
            hint: "it is what hostseal-agent status --json prints",
        })
    const entries = parsed.data.installations.flatMap(({ secrets }) => secrets)
    const there = entries.filter(({ state }) => state === "installed" || state === "stale")
    if (there.length > 0 && there.every(({ sourceHash }) => sourceHash === undefined))
        throw new Failure(
            "refused",
            `the agent of ${machine} is too old: it does not tell what it installed from`,
        )
    return new Set(there.flatMap(({ sourceHash }) => sourceHash ?? []))
}
