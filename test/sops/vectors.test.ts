import { describe, expect, test } from "vitest"
import { openDocument } from "../../agent/sops/open.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { identitiesFor, parseVector, vectorBytes, vectors } from "./vectors.ts"

describe("opens what every release of sops wrote, to the byte", () => {
    for (const vector of vectors) {
        test(vector.file, async () => {
            const document = await parseVector(vector.file)
            const dataKey = await unlock(document, { identities: identitiesFor(vector) })
            const whole = openDocument(document, dataKey).whole().toString("latin1")
            if (vector.decrypted !== null)
                expect(whole).toBe(vectorBytes(vector.decrypted).toString("latin1"))
            // No release can read these, so only data and comments are known: what went in, laid out and quoted anew.
            else expect(wordsOf(whole)).toEqual(wordsOf(vectorBytes(vector.plain).toString("latin1")))
        })
    }
})

function wordsOf(text: string): string[] {
    return text.replaceAll('"', "").trim().split(/\s+/)
}
