import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import * as z from "zod"
import { billOfMaterials } from "../../../agent/build/release/bill.ts"
import { root } from "../../../agent/build/build.ts"

const schema = z.strictObject({
    bomFormat: z.literal("CycloneDX"),
    specVersion: z.literal("1.6"),
    version: z.literal(1),
    metadata: z.looseObject({ timestamp: z.iso.datetime() }),
    components: z.array(
        z.strictObject({
            type: z.literal("library"),
            "bom-ref": z.string(),
            name: z.string(),
            version: z.string(),
            hashes: z.array(z.strictObject({ alg: z.literal("SHA-512"), content: z.string().length(128) })),
            licenses: z.array(z.looseObject({})).optional(),
            purl: z.string().startsWith("pkg:npm/"),
        }),
    ),
    dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
    serialNumber: z
        .string()
        .regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/u),
})

const lock = readFileSync(join(root, "package-lock.json"), "utf8")
const bill = schema.parse(JSON.parse(billOfMaterials(lock, "2026-01-02")))

describe("the bill of materials", () => {
    test("names what the programs are bundled from, and nothing that developers use", () => {
        const names = bill.components.map(({ name }) => name)
        expect(names).toEqual(expect.arrayContaining(["age-encryption", "zod", "sshpk", "systemd-notify"]))
        for (const name of ["vitest", "typescript", "esbuild", "node"]) expect(names).not.toContain(name)
    })

    test("leads from every package to packages that it names", () => {
        const known = new Set(bill.dependencies.map(({ ref }) => ref))
        const wanted = bill.dependencies.flatMap(({ dependsOn }) => dependsOn)
        expect(wanted.filter((ref) => !known.has(ref))).toEqual([])
        // Every package is there because some other one wants it.
        expect(bill.components.map((one) => one.purl).filter((ref) => !wanted.includes(ref))).toEqual([])
    })

    test("finds a package that lies in another one before one of the same name outside", () => {
        const packages = {
            "": { version: "1.0.0", dependencies: { a: "1", b: "1" } },
            "node_modules/a": { version: "1.0.0", dependencies: { "@x/b": "2" } },
            "node_modules/@x/b": { version: "1.0.0" },
            "node_modules/b": { version: "3.0.0", dependencies: { "@x/b": "1" } },
            "node_modules/a/node_modules/@x/b": { version: "2.0.0" },
        }
        const text = JSON.stringify({ name: "p", version: "1.0.0", packages })
        const { dependencies }: { dependencies: { ref: string; dependsOn: string[] }[] } = JSON.parse(
            billOfMaterials(text, "2026-01-02"),
        )
        const of = (ref: string) => dependencies.find((one) => one.ref === ref)?.dependsOn
        expect(of("pkg:npm/a@1.0.0")).toEqual(["pkg:npm/%40x/b@2.0.0"])
        expect(of("pkg:npm/b@3.0.0")).toEqual(["pkg:npm/%40x/b@1.0.0"])
    })

    test("is the same for the same lock file, and another one for another date", () => {
        expect(billOfMaterials(lock, "2026-01-02")).toBe(billOfMaterials(lock, "2026-01-02"))
        expect(billOfMaterials(lock, "2026-01-03")).not.toContain(bill.serialNumber)
    })
})
