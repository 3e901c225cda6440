// Every parser of something that somebody else may have written, as the programs call them.
import { AgeError } from "../../agent/age/error.ts"
import { openAge } from "../../agent/age/file.ts"
import { parseIdentityFile } from "../../agent/age/identity-file.ts"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { parseSshPrivateKey } from "../../agent/age/ssh/key.ts"
import { parseSshPublicLine } from "../../agent/age/ssh/public.ts"
import { UserError } from "../../agent/error.ts"
import { parseKeys } from "../../agent/repo/keys.ts"
import { Refusal } from "../../agent/repo/refusal.ts"
import { keyChecker } from "../../agent/sops/check.ts"
import { readConfig } from "../../agent/sops/config/config.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import { parseEnc } from "../../agent/sops/value/enc.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../../agent/sops/error.ts"
import type { Format } from "../../agent/sops/format.ts"
import { quickRecipients } from "../../agent/sops/shape/quick-reading.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { pgpProblem } from "../../agent/sops/pgp/problem.ts"
import { compileRegex } from "../../agent/sops/regex/match.ts"
import { examine, shapeOf } from "../../agent/sops/shape/shape.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { identitiesOf } from "../sops/vectors.ts"

const stranger = parseIdentity(generateIdentity().secret)
const mine = [stranger, ...identitiesOf("keys/age1.txt")]

/** A document is looked at, and opened if it can be. */
function document(format: Format): (input: Buffer) => Promise<void> {
    return async (input) => {
        const read = await parseDocument(input, format)
        examine(read)
        await shapeOf(input, format)
        quickRecipients(input)
        attempt(() => keyChecker(read)("a/1"))
        const opened = openDocument(read, await unlock(read, { identities: mine }))
        opened.whole()
        attempt(() => opened.lookup("a/1"))
    }
}

function attempt(work: () => unknown): void {
    try {
        work()
    } catch (error) {
        if (!isExpected(error)) throw error
    }
}

/** What it throws has no class of its own; its words are known. */
function keysIn(text: string): unknown {
    try {
        return parseKeys(text)
    } catch (error) {
        if (error instanceof Error && /^key\.json[ :]/u.test(error.message)) return undefined
        throw error
    }
}

export const parsers: Readonly<Record<string, (input: Buffer) => unknown>> = {
    json: document("json"),
    yaml: document("yaml"),
    dotenv: document("dotenv"),
    ini: document("ini"),
    binary: document("binary"),
    age: async (input) => await openAge(input, mine),
    identities: parseIdentityFile,
    recipient: (input) => parseRecipient(input.toString()),
    ssh: parseSshPrivateKey,
    "ssh line": (input) => parseSshPublicLine(input.toString()),
    pattern: (input) => compileRegex(input.toString())?.("CANARY of a key".repeat(20)),
    enc: (input) => parseEnc(input.toString("latin1")),
    pgp: (input) => pgpProblem(input.toString("latin1")),
    "key.json": (input) => keysIn(input.toString()),
    rules: (input) => readConfig(input.toString()),
}

/** Our own errors; everything else is a bug. */
export function isExpected(error: unknown): boolean {
    return [AgeError, SopsError, MacMismatch, NoIdentityMatch, UserError, Refusal].some(
        (kind) => error instanceof kind,
    )
}
