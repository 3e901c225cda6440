// npm run release -- VERSION: the version with its commit, tag and files. All of it is made in a clean clone, and taken
// over when it is there; --dry-run leaves it at that. npm run release -- --files makes the files of the version that is
// committed, as the workflow does for a tag. Nothing is sent anywhere.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { argv, exit, stderr, stdout } from "node:process"
import { parseArgs } from "node:util"
import { root } from "../build.ts"
import { isLater, releaseChangelog } from "./changelog.ts"
import { cloneInto, makeFiles, runIn, sumsOf } from "./clone.ts"

const usage = `Usage: npm run release -- VERSION [--dry-run] [--twice] [--sign] [--date YYYY-MM-DD] [--out DIRECTORY]
       npm run release -- --files [--twice] [--out DIRECTORY]
`

const { values, positionals } = parseArgs({
    args: argv.slice(2),
    allowPositionals: true,
    options: {
        "dry-run": { type: "boolean", default: false },
        files: { type: "boolean", default: false },
        // Make everything a second time, and compare.
        twice: { type: "boolean", default: false },
        sign: { type: "boolean", default: false },
        date: { type: "string", default: new Date().toISOString().slice(0, 10) },
        out: { type: "string", default: join(root, "release") },
    },
})

const [version] = positionals
if ((version === undefined) !== values.files || positionals.length > 1) {
    stderr.write(usage)
    exit(2)
}
const work = mkdtempSync(join(tmpdir(), "hostseal-release-"))
try {
    release(version)
} catch (error) {
    stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`)
    exit(1)
} finally {
    rmSync(work, { recursive: true })
}

function release(wanted: string | undefined): void {
    const isTaken = wanted !== undefined && !values["dry-run"]
    if (isTaken && runIn(root, "git", "status", "--porcelain") !== "")
        throw new Error("there are changes that are not committed: commit them, or put them away")
    const out = resolve(values.out)
    const sums = make("first", wanted)
    if (values.twice && make("second", wanted) !== sums)
        throw new Error("made a second time, the files are others")
    rmSync(out, { recursive: true, force: true })
    cpSync(join(work, "first-files"), out, { recursive: true })
    stdout.write(`${sums}${values.twice ? "made twice, the same both times\n" : ""}the files are in ${out}\n`)
    if (wanted === undefined) return
    const tag = `v${wanted}`
    if (!isTaken) return void stdout.write(`not released: --dry-run; it would be the tag ${tag}\n`)
    runIn(root, "git", "fetch", "--quiet", join(work, "first"), "HEAD", "tag", tag)
    runIn(root, "git", "merge", "--quiet", "--ff-only", tag)
    stdout.write(`released here as ${tag}. Next: git push --follow-tags\n`)
}

/** Makes a release in a clone of its own; answers the checksums of its files. */
function make(name: string, wanted: string | undefined): string {
    const clone = join(work, name)
    cloneInto(root, clone)
    if (wanted !== undefined) commitVersion(clone, wanted)
    makeFiles(clone, join(work, `${name}-files`))
    return sumsOf(join(work, `${name}-files`))
}

/** Writes the version into every file that has it, and commits and tags that. */
function commitVersion(clone: string, wanted: string): void {
    const change = (path: string, edit: (text: string) => string): void => {
        const file = join(clone, path)
        writeFileSync(file, edit(readFileSync(file, "utf8")))
    }
    const { version: old }: { version: string } = JSON.parse(
        readFileSync(join(clone, "package.json"), "utf8"),
    )
    if (!isLater(wanted, old)) throw new Error(`${wanted} is no version after ${old}, as in 1.2.3`)
    if (runIn(clone, "git", "tag", "--list", `v${wanted}`) !== "")
        throw new Error(`the tag v${wanted} is there`)
    const { text, notes } = releaseChangelog(
        readFileSync(join(clone, "CHANGELOG.md"), "utf8"),
        wanted,
        values.date,
    )
    runIn(clone, "npm", "version", "--no-git-tag-version", "--silent", wanted)
    writeFileSync(join(clone, "CHANGELOG.md"), text)
    for (const path of ["agent/admin/version.ts", "agent/machine/version.ts"])
        change(path, (source) => source.replace(`"${old}"`, `"${wanted}"`))
    for (const path of ["docs/install.md", "docs/without-nixos.md"])
        change(path, (page) => page.replaceAll(`hostseal-${old}.tgz`, `hostseal-${wanted}.tgz`))
    runIn(clone, "npm", "run", "--silent", "nix:golden", "--", "--from-version", old)
    // Whoever only tries need be nobody.
    const nobody = values["dry-run"] ? ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"] : []
    runIn(clone, "git", ...nobody, "commit", "--quiet", "--all", "--message", `Release ${wanted}`)
    const kind = values.sign ? "--sign" : "--annotate"
    runIn(
        clone,
        "git",
        ...nobody,
        "tag",
        kind,
        "--cleanup=verbatim",
        `v${wanted}`,
        "--message",
        `${wanted}\n\n${notes}`,
    )
}
