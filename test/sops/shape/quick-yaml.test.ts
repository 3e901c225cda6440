import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { generateIdentity } from "../../../agent/age/identity.ts"
import { boundTo } from "../../../agent/sops/bind.ts"
import { parseDocument, recipientsOf } from "../../../agent/sops/document.ts"
import { SopsError } from "../../../agent/sops/error.ts"
import { sealTree } from "../../../agent/sops/seal.ts"
import { quickYaml as glance } from "../../../agent/sops/shape/quick-yaml.ts"
import { examine } from "../../../agent/sops/shape/shape.ts"
import { valueIvs } from "../../../agent/sops/value/ivs.ts"
import { parseRecipient } from "../../../agent/age/recipient.ts"
import { ageTarget } from "../../../agent/sops/target.ts"

/** With what a closer look finds. */
const quickYaml = (bytes: Buffer) => {
    const seen = glance(bytes)
    return seen && { ...seen, look: seen.look() }
}

const text =
    "# CANARY\na: CANARY 1\nb:\n    c: CANARY 2\n    d:\n        - CANARY 3\n        - 4\ne:\n    f: true\n"
const target = (recipient: string) => {
    const parsed = parseRecipient(recipient)
    if (parsed.kind === "unresolved plugin") throw new Error("not in this test")
    return ageTarget(parsed)
}
const targets = [generateIdentity(), generateIdentity()].map(({ recipient }) => target(recipient))
const sealed = (more: Partial<Parameters<typeof sealTree>[3]> = {}) =>
    sealTree(Buffer.from(text), "yaml", targets, { at: new Date(0), ...more })

/** What the careful reader says; undefined where it refuses. */
async function carefully(bytes: Buffer) {
    try {
        const document = await parseDocument(bytes, "yaml")
        const { groups, rule, macOnlyEncrypted } = document.metadata
        const [iv] = valueIvs(document).values()
        const { flaws, claim } = examine(document)
        const look = flaws.length === 0 ? { claim } : undefined
        return groups.length === 1
            ? { recipients: recipientsOf(document), rule, macOnlyEncrypted, iv, look }
            : undefined
    } catch (error) {
        if (error instanceof SopsError) return undefined
        throw error
    }
}

test("sees what is written here, bound or not, and says of it what the careful reader says", async () => {
    const files = [
        await sealed(),
        await sealed({ bind: boundTo("secrets/a.yaml") }),
        await sealed({ rule: { option: "unencrypted_suffix", pattern: "_plain" }, macOnlyEncrypted: true }),
    ]
    for (const file of files) {
        expect(quickYaml(file)).toBeDefined()
        expect(quickYaml(file)).toEqual(await carefully(file))
    }
})

test("sees most of what the real sops wrote", async () => {
    const vectors = globSync(join(import.meta.dirname, "../vectors/enc/**/*.yaml"))
    const seen = vectors.filter((path) => quickYaml(readFileSync(path)) !== undefined)
    expect(seen.length).toBeGreaterThan(0)
    for (const path of seen)
        expect(quickYaml(readFileSync(path))).toEqual(await carefully(readFileSync(path)))
})

test("of a file that was changed anywhere it says what the careful reader says, or nothing", async () => {
    const file = await sealed({ bind: boundTo("secrets/a.yaml") })
    const lines = file.toString("latin1").split("\n")
    const changed: { readonly at: string; readonly each: string }[] = []
    for (const [index, line] of lines.entries()) {
        const others = [
            "",
            ` ${line}`,
            line.slice(1),
            `${line} `,
            `${line}:`,
            `${line}x`,
            `- ${line}`,
            line.replace(":", ""),
            `${line}\n${line}`,
            `    ${line}`,
            line.slice(4),
            "<<<<<<< HEAD",
            "---",
            "\t",
        ]
        for (const other of others)
            changed.push({ at: `${line} becomes ${other}`, each: lines.with(index, other).join("\n") })
    }
    let glances = 0
    for (const { at, each } of changed) {
        const bytes = Buffer.from(each, "latin1")
        const quick = quickYaml(bytes)
        if (quick === undefined) continue
        glances++
        const careful = await carefully(bytes)
        // What it does not say, the careful reader is asked.
        expect({ at, quick }).toEqual({
            at,
            quick: quick.look ? careful : careful && { ...careful, look: undefined },
        })
    }
    expect(glances).toBeGreaterThan(10)
    expect(glances).toBeLessThan(changed.length / 2)
})
