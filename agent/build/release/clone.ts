// A clean clone of the repository: what is released is made of what is committed, and nothing that lies about gets in.

import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { env, execPath } from "node:process"
import { billOfMaterials } from "./bill.ts"
import { notesOf } from "./changelog.ts"

/** Runs a program there, with the Node that runs this one, and answers what it says. */
export function runIn(directory: string, program: string, ...args: readonly string[]): string {
    const PATH = `${join(directory, "node_modules/.bin")}:${dirname(execPath)}:${env["PATH"] ?? ""}`
    const stdio: ["ignore", "pipe", "inherit"] = ["ignore", "pipe", "inherit"]
    return execFileSync(program, args, {
        cwd: directory,
        env: { ...env, PATH },
        encoding: "utf8",
        stdio,
    }).trim()
}

/** Clones what is committed in `root` into `directory`, and installs what building takes. */
export function cloneInto(root: string, directory: string): void {
    execFileSync("git", ["clone", "--quiet", "--no-local", root, directory], {
        stdio: ["ignore", "ignore", "inherit"],
    })
    for (const name of ["user.name", "user.email", "user.signingkey", "gpg.format"]) {
        const value = runIn(root, "git", "config", "--default", "", name)
        if (value !== "") runIn(directory, "git", "config", name, value)
    }
    runIn(directory, "npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")
}

/**
 * Makes the files of the version that is in `clone`: the tarball, its bill of materials, what CHANGELOG.md says, and the
 * checksums of all. The same commit, Node and npm give the same bytes.
 */
export function makeFiles(clone: string, into: string): void {
    mkdirSync(into, { recursive: true })
    const lock = readFileSync(join(clone, "package-lock.json"), "utf8")
    const { version }: { version: string } = JSON.parse(lock)
    const { date, notes } = notesOf(readFileSync(join(clone, "CHANGELOG.md"), "utf8"), version)
    runIn(clone, "npm", "pack", "--silent", "--pack-destination", into)
    writeFileSync(join(into, `hostseal-${version}.cdx.json`), billOfMaterials(lock, date))
    writeFileSync(join(into, "NOTES.md"), `${notes}\n`)
    writeFileSync(join(into, "SHA256SUMS"), sumsOf(into))
}

/** As `sha256sum` writes them, by name. */
export function sumsOf(directory: string): string {
    const names = readdirSync(directory).filter((name) => name !== "SHA256SUMS")
    return names
        .toSorted()
        .map(
            (name) =>
                `${createHash("sha256")
                    .update(readFileSync(join(directory, name)))
                    .digest("hex")}  ${name}\n`,
        )
        .join("")
}
