import { describe, expect, test } from "vitest"
import { openDocument } from "../../agent/sops/open.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { identitiesFor, parseVector, vectorBytes, vectors } from "./vectors.ts"

describe("opens what every release of sops wrote, to the byte", () => {
    for (const vector of vectors) {
        test(vector.file, async () => {
            const document = await parseVector(vector.file)
            const dataKey = await unlock(document, { identities: identitiesFor(vector) })
            const whole = openDocument(document, dataKey).whole()
            // No release can read the files without an expected text; theirs is what went in.
            expect(whole.toString("latin1")).toBe(
                vectorBytes(vector.decrypted ?? vector.plain).toString("latin1"),
            )
        })
    }
})
