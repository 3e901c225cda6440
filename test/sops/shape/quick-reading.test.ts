import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { parseDocument, recipientsOf } from "../../../agent/sops/document.ts"
import { formatOf } from "../../../agent/sops/format.ts"
import { quickRecipients } from "../../../agent/sops/shape/quick-reading.ts"

const vectors = join(import.meta.dirname, "../vectors")
const manifest: readonly { readonly file: string }[] = JSON.parse(
    readFileSync(join(vectors, "manifest.json"), "utf8"),
)
const files = manifest.map(({ file }) => file).filter((file) => ["json", "binary"].includes(formatOf(file)))

for (const file of files) {
    test(`agrees with the careful reader, or does not answer: ${file}`, async () => {
        const bytes = readFileSync(join(vectors, file))
        const seen = quickRecipients(bytes)
        if (seen !== undefined) expect(seen).toEqual(recipientsOf(await parseDocument(bytes, formatOf(file))))
        else expect(formatOf(file)).not.toBe("binary")
    })
}

const document = (sops: string, data = `"ENC[x]"`): Buffer => Buffer.from(`{"data":${data},"sops":${sops}}`)
const entry = `{"recipient":"ssh-ed25519 AAAA me@home","enc":""}`
const rest = `"mac":"m","lastmodified":"t"`

test("answers for what the CLI writes", () => {
    expect(quickRecipients(document(`{"age":[${entry},${entry}],"pgp":[{"fp":"F00"}],${rest}}`))).toEqual([
        "ssh-ed25519 AAAA",
        "pgp:F00",
    ])
})

for (const [why, bytes] of Object.entries({
    "a second sops block": Buffer.from(`{"sops":{"age":[${entry}],${rest}},"sops":{"age":[],${rest}}}`),
    "an escaped name": Buffer.from(`{"\\u0073ops":{},"sops":{"age":[${entry}],${rest}}}`),
    "a second list of keys": document(`{"age":[${entry}],"age":[],${rest}}`),
    "a list of keys in other letters": document(`{"age":[${entry}],"AGE":[${entry}],${rest}}`),
    "a key of another kind": document(`{"age":[${entry}],"kms":[{"arn":"a"}],${rest}}`),
    "key groups": document(`{"age":[${entry}],"key_groups":[{"age":[]}],${rest}}`),
    "an entry without recipient": document(`{"age":[{"enc":""}],${rest}}`),
    "no recipients at all": document(`{"age":null,${rest}}`),
    "no MAC": document(`{"age":[${entry}]}`),
    "what is no JSON": Buffer.from("CANARY"),
})) {
    test(`does not answer for ${why}`, () => {
        expect(quickRecipients(bytes)).toBeUndefined()
    })
}
