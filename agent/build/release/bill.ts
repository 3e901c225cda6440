// The bill of materials of a release, as CycloneDX 1.6: what the programs are bundled from, by package-lock.json. The same
// lock file gives the same bill; the serial number is made of what stands in it.

import { createHash } from "node:crypto"
import * as z from "zod"

const entry = z.looseObject({
    version: z.string(),
    integrity: z.string().optional(),
    license: z.string().optional(),
    dev: z.boolean().optional(),
    optional: z.boolean().optional(),
    dependencies: z.record(z.string(), z.string()).optional(),
})
const lockFile = z.looseObject({
    name: z.string(),
    version: z.string(),
    packages: z.record(z.string(), entry),
})
type Entry = z.infer<typeof entry>

const folder = "node_modules/"

/** The bill for a lock file, which is JSON, of a release of `date` (YYYY-MM-DD). */
export function billOfMaterials(lock: string, date: string): string {
    const { name, version, packages } = lockFile.parse(JSON.parse(lock))
    const shipped = Object.entries(packages).filter(
        ([path, one]) => path !== "" && one.dev !== true && one.optional !== true,
    )
    const referenceOf = (path: string): string => {
        const found = packages[path]
        return path === "" ? packageUrl(name, version) : packageUrl(nameOf(path), found?.version ?? "")
    }
    const bill = {
        bomFormat: "CycloneDX",
        specVersion: "1.6",
        version: 1,
        metadata: {
            timestamp: `${date}T00:00:00Z`,
            component: {
                type: "application",
                "bom-ref": referenceOf(""),
                name,
                version,
                ...licensed(packages[""]),
                purl: referenceOf(""),
            },
        },
        components: shipped.map(([path, one]) => ({
            type: "library",
            "bom-ref": referenceOf(path),
            name: nameOf(path),
            version: one.version,
            ...hashed(one),
            ...licensed(one),
            purl: referenceOf(path),
        })),
        dependencies: [["", packages[""]] as const, ...shipped].map(([path, one]) => ({
            ref: referenceOf(path),
            dependsOn: Object.keys(one?.dependencies ?? {})
                .flatMap((wanted) => placeOf(wanted, path, packages) ?? [])
                .map(referenceOf),
        })),
    }
    const digest = createHash("sha256").update(JSON.stringify(bill)).digest("hex")
    return `${JSON.stringify({ ...bill, serialNumber: `urn:uuid:${uuid(digest)}` }, null, 2)}\n`
}

function nameOf(path: string): string {
    return path.slice(path.lastIndexOf(folder) + folder.length)
}

function packageUrl(name: string, version: string): string {
    return `pkg:npm/${name.replace("@", "%40")}@${version}`
}

/** Where Node finds `wanted` from the package at `path`: in it, or in one that it lies in. */
function placeOf(
    wanted: string,
    path: string,
    packages: Readonly<Record<string, Entry>>,
): string | undefined {
    const candidate = `${path === "" ? "" : `${path}/`}${folder}${wanted}`
    if (packages[candidate] !== undefined) return candidate
    if (path === "") return undefined
    return placeOf(wanted, path.slice(0, Math.max(0, path.lastIndexOf(folder) - 1)), packages)
}

function hashed({ integrity }: Entry): object {
    const [, algorithm, hash] = /^sha(\d+)-(.+)$/u.exec(integrity ?? "") ?? []
    if (algorithm === undefined || hash === undefined) return {}
    return { hashes: [{ alg: `SHA-${algorithm}`, content: Buffer.from(hash, "base64").toString("hex") }] }
}

function licensed(one: Entry | undefined): object {
    if (one?.license === undefined) return {}
    const isOne = /^[\w.+-]+$/u.test(one.license)
    return { licenses: [isOne ? { license: { id: one.license } } : { expression: one.license }] }
}

/** A digest in the shape of a UUID of version 8, which is for makers of their own. */
function uuid(digest: string): string {
    const [a, b, c, d, e] = [
        digest.slice(0, 8),
        digest.slice(8, 12),
        digest.slice(13, 16),
        digest.slice(17, 20),
        digest.slice(20, 32),
    ]
    return `${a}-${b}-8${c}-8${d}-${e}`
}
