// The hash that nix/npm-deps.nix fixes: of the production dependencies as npm lays them out. `npm run nix:deps`
// computes it anew and writes nix/npm-deps.json; a test fails when that was forgotten.

import { execFileSync } from "node:child_process"
import { createHash, type Hash } from "node:crypto"
import { copyFileSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import * as z from "zod"

const root = join(import.meta.dirname, "..", "..")
const recorded = join(root, "nix", "npm-deps.json")

const lockFile = z.looseObject({
    packages: z.record(
        z.string(),
        z.looseObject({
            version: z.string().optional(),
            integrity: z.string().optional(),
            dev: z.boolean().optional(),
        }),
    ),
})

/** What nix/npm-deps.json holds: a digest of what the lock file asks for, and the hash of what that becomes. */
export const recordSchema = z.strictObject({ dependencies: z.string(), hash: z.string() })

export type NpmDeps = z.infer<typeof recordSchema>

export function readRecord(): NpmDeps {
    return recordSchema.parse(JSON.parse(readFileSync(recorded, "utf8")))
}

/** A digest of the production dependencies that package-lock.json names; what developers use is left out. */
export function lockedDependencies(): string {
    const { packages } = lockFile.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")))
    const production = Object.entries(packages)
        .filter(([path, entry]) => path !== "" && entry.dev !== true)
        .map(([path, entry]) => [path, entry.version, entry.integrity])
    return sri(createHash("sha256").update(JSON.stringify(production)))
}

/** Fetches the production dependencies with npm, as nix/npm-deps.nix does, and hashes them as Nix does. */
export function fetchedHash(): string {
    const directory = mkdtempSync(join(tmpdir(), "npm-deps-"))
    try {
        return archiveHash(fetchInto(directory))
    } finally {
        rmSync(directory, { recursive: true })
    }
}

/** Fetches the production dependencies into `directory`; answers their place. */
export function fetchInto(directory: string): string {
    for (const name of ["package.json", "package-lock.json"])
        copyFileSync(join(root, name), join(directory, name))
    const options = ["--ignore-scripts", "--omit=dev", "--omit=optional", "--no-audit", "--no-fund"]
    execFileSync("npm", ["ci", ...options], { cwd: directory, stdio: ["ignore", "ignore", "inherit"] })
    const modules = join(directory, "node_modules")
    rmSync(join(modules, ".package-lock.json"))
    rmSync(join(modules, ".bin"), { recursive: true, force: true })
    return modules
}

/** The hash of a directory as `nix-hash --type sha256` sees it: of its Nix archive. */
export function archiveHash(path: string): string {
    const hash = createHash("sha256")
    write(hash, "nix-archive-1")
    archive(hash, path)
    return sri(hash)
}

function archive(hash: Hash, path: string): void {
    const stat = lstatSync(path)
    write(hash, "(", "type")
    if (stat.isSymbolicLink()) {
        write(hash, "symlink", "target", readlinkSync(path))
    } else if (stat.isDirectory()) {
        write(hash, "directory")
        for (const name of readdirSync(path).toSorted(byBytes)) {
            write(hash, "entry", "(", "name", name, "node")
            archive(hash, join(path, name))
            write(hash, ")")
        }
    } else {
        write(hash, "regular")
        if ((stat.mode & 0o100) !== 0) write(hash, "executable", "")
        write(hash, "contents", readFileSync(path))
    }
    write(hash, ")")
}

/** Each piece of an archive: its length in 8 bytes, its bytes, and zeros up to a multiple of 8. */
function write(hash: Hash, ...pieces: readonly (string | Buffer)[]): void {
    for (const piece of pieces) {
        const bytes = Buffer.from(piece)
        const length = Buffer.alloc(8)
        length.writeBigUInt64LE(BigInt(bytes.length))
        hash.update(length)
            .update(bytes)
            .update(Buffer.alloc((8 - (bytes.length % 8)) % 8))
    }
}

function byBytes(a: string, b: string): number {
    return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function sri(hash: Hash): string {
    return `sha256-${hash.digest("base64")}`
}

if (argv[1] === fileURLToPath(import.meta.url)) {
    const record: NpmDeps = { dependencies: lockedDependencies(), hash: fetchedHash() }
    writeFileSync(recorded, `${JSON.stringify(record, null, 4)}\n`)
}
