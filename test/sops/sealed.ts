// Documents that the tests seal themselves, and who can open them.
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Document } from "../../agent/sops/document.ts"
import type { Format } from "../../agent/sops/format.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { ageTarget } from "../../agent/sops/target.ts"
import type { Target } from "../../agent/sops/target.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import type { Keyring } from "../../agent/sops/unlock.ts"

export interface Person {
    readonly secret: string
    readonly recipient: string
    readonly target: Target
    readonly keyring: Keyring
}

export function person(): Person {
    const { secret, recipient } = generateIdentity()
    const parsed = parseRecipient(recipient)
    if (parsed.kind === "unresolved plugin") throw new Error("not a native recipient")
    return { secret, recipient, target: ageTarget(parsed), keyring: { identities: [parseIdentity(secret)] } }
}

/** By name and by key in the same order. */
export const [alice, bob, carol] = three()
export const at = new Date("2026-07-08T09:10:11.999Z")

function three(): readonly [Person, Person, Person] {
    const [first, second, third] = [person(), person(), person()].toSorted((a, b) =>
        a.recipient < b.recipient ? -1 : 1,
    )
    if (first === undefined || second === undefined || third === undefined) throw new Error("not three")
    return [first, second, third]
}

export interface Unlocked {
    readonly document: Document
    readonly dataKey: Buffer
}

export async function unlocked(
    bytes: Buffer,
    format: Format,
    { keyring }: Person = alice,
): Promise<Unlocked> {
    const document = await parseDocument(bytes, format)
    return { document, dataKey: await unlock(document, keyring) }
}

/** The whole plaintext. */
export async function opened(bytes: Buffer, format: Format, who: Person = alice): Promise<string> {
    const { document, dataKey } = await unlocked(bytes, format, who)
    return openDocument(document, dataKey).whole().toString()
}

/** A plaintext in which each value is encrypted and each kind of container occurs. */
export const samples: Readonly<Record<Exclude<Format, "binary">, string>> = {
    json: '{\n\t"a": "CANARY one",\n\t"b": {\n\t\t"c": 12,\n\t\t"d": 1.5,\n\t\t"e": true\n\t},\n\t"l": [\n\t\t"CANARY two",\n\t\t{\n\t\t\t"x": "CANARY three"\n\t\t},\n\t\t"CANARY four"\n\t]\n}\n',
    yaml: "# CANARY note\na: CANARY one\nb:\n    c: 12\n    d: 1.5\n    # CANARY inner\n    e: true\nl:\n    - CANARY two\n    - x: CANARY three\n    - CANARY four\nm: |\n    CANARY\n    lines\n",
    dotenv: "# CANARY note\nA=CANARY one\nB=CANARY two\nC=12\n",
    ini: "; CANARY note\n[one]\na = CANARY one\nb = CANARY two\n\n[two]\nc = CANARY three\n",
}
