// Templates in YAML, read back by the parser that sops uses, which is one of Go.

import { expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { yamlScalar } from "../../agent/machine/generation/yaml.ts"
import { YamlPlaces } from "../../agent/machine/generation/yaml-place.ts"
import { oddTexts } from "../machine/generation/odd-texts.ts"
import { releases, Sandbox } from "./sops-program.ts"

const mark = "<MARK>"

test.each(releases)("%s reads every value back", async (release) => {
    const { recipient, secret } = generateIdentity()
    const sandbox = new Sandbox()
    try {
        // A text of nothing is no document of its own, and is not encrypted.
        const texts = oddTexts.filter((text) => text !== "")
        const template = `list:\n${texts.map(() => `- ${mark}\n- key: ${mark}\n  other:\n    ${mark}\n`).join("")}`
        const places = new YamlPlaces(template)
        let at = 0
        const document = template.replaceAll(mark, (_, index: number) =>
            yamlScalar(texts[Math.trunc(at++ / 3)] ?? "", places.at(index, index + mark.length)),
        )
        const sealed = await sandbox.encrypt(release, Buffer.from(document), "yaml", ["--age", recipient])
        const read = await sandbox.sops(release, ["decrypt", "--extract", '["list"]'], sealed, {
            format: "yaml",
            secret,
            output: "json",
        })
        expect(JSON.parse(read.toString())).toEqual(
            texts.flatMap((text) => [text, { key: text, other: text }]),
        )
    } finally {
        sandbox.remove()
    }
})
