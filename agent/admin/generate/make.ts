// From what has to be made to values, all in memory.

import { visibleName } from "../../error.ts"
import { withoutLineEnd } from "../../os/sha512crypt.ts"
import type { CertificateMake, Independent, KeyMake, Make, Source } from "../../repo/generators/generator.ts"
import { titleOf } from "../../repo/generators/placed.ts"
import type { Placed } from "../../repo/generators/placed.ts"
import type { Work } from "../../repo/generators/work.ts"
import { Failure } from "../failure.ts"
import { answerName } from "./answers.ts"
import type { Answers } from "./answers.ts"
import { errandOf } from "./errand.ts"
import { newKey, publicHalf } from "./keys.ts"
import { passwordHash } from "./password-hash.ts"
import { passphrase, randomValue } from "./random.ts"
import type { Errand, Written } from "./script/run-script.ts"

/** Where values come from that are not made. */
export interface Given {
    readonly answers: Answers
    /** The value of a var that is there. */
    readonly open: (path: string) => Promise<Buffer>
    readonly run: (errand: Errand) => Promise<Written>
    readonly now: Date
}

/** What was made. */
export interface Made {
    /** By the paths of the vars. */
    readonly values: ReadonlyMap<string, Buffer>
    /** Files that scripts wrote and nobody declared, by what people call the generators. */
    readonly extra: ReadonlyMap<string, readonly string[]>
    /** When values stop to be good, by the places of the generators. */
    readonly ends: ReadonlyMap<string, Date>
}

/** Shorter ones may stand anywhere by chance. */
const shortestSecret = 8

/**
 * Makes all of it. Throws `Failure` for what cannot be made, and for a public value that holds
 * a secret: everybody would read it.
 */
export async function makeAll(all: readonly Placed[], work: readonly Work[], given: Given): Promise<Made> {
    const maker = new Maker(all, given)
    for (const { placed, files } of work) for (const file of files) await maker.make(placed, file)
    maker.mustKeepSecrets()
    return { values: maker.made, extra: maker.extra, ends: maker.ends }
}

class Maker {
    readonly made = new Map<string, Buffer>()
    readonly extra = new Map<string, readonly string[]>()
    readonly ends = new Map<string, Date>()
    readonly #written = new Map<string, ReadonlyMap<string, Buffer>>()
    readonly #secrets = new Map<string, Buffer>()
    readonly #public = new Map<string, string>()
    readonly #all: ReadonlyMap<string, Placed>
    readonly #given: Given

    constructor(all: readonly Placed[], given: Given) {
        this.#all = new Map(all.map((placed) => [placed.folder, placed]))
        this.#given = given
    }

    async make(placed: Placed, name: string): Promise<void> {
        const file = placed.generator.files.get(name)
        if (file === undefined) return
        const path = `${placed.folder}/${name}`
        const where = `file "${name}" of generator ${titleOf(placed)}`
        const value = await this.#valueOf(placed, name, file.make, where)
        this.made.set(path, value)
        if (file.secret) this.#secrets.set(path, value)
        else this.#public.set(path, where)
    }

    /** Also what was opened or entered for it. */
    mustKeepSecrets(): void {
        for (const [path, where] of this.#public) {
            const value = this.made.get(path)
            for (const [name, secret] of this.#secrets) {
                const needle = withoutLineEnd(secret)
                if (needle.length < shortestSecret || value?.includes(needle) !== true) continue
                throw new Failure(
                    "refused",
                    `nothing was changed: ${where} is public and holds ${visibleName(name)}`,
                    {
                        hint: "declare it secret, or make it of something else",
                    },
                )
            }
        }
    }

    async #valueOf(placed: Placed, name: string, make: Make, where: string): Promise<Buffer> {
        const source = async (one: Source): Promise<Buffer> => this.#sourceOf(placed, one, where)
        if (isIndependent(make)) return newValue(make)
        switch (make.kind) {
            case "prompt": {
                const answer = await source({ prompt: make.prompt })
                return answer.length === 0 && make.orElse !== undefined ? newValue(make.orElse) : answer
            }
            case "template": {
                const parts: Buffer[] = []
                for (const part of make.parts)
                    parts.push(typeof part === "string" ? Buffer.from(part) : await source(part))
                return Buffer.concat(parts)
            }
            case "hash": {
                const of = typeof make.of === "string" ? { file: make.of } : make.of
                const password = withoutLineEnd(await source(of))
                if (
                    password.length === 0 ||
                    password.some((byte) => byte === 0 || byte === 10 || byte === 13)
                )
                    throw new Failure(
                        "refused",
                        `${where}: the password in "${"file" in of ? of.file : of.prompt}" is empty, or more than one line`,
                    )
                return Buffer.from(passwordHash(make.scheme, password))
            }
            case "public-of": {
                const key = placed.generator.files.get(make.of)?.make
                const value = await source({ file: make.of })
                try {
                    if (key !== undefined && isKey(key)) return publicHalf(key, value)
                } catch (error) {
                    throw new Failure("refused", `${where}: "${make.of}" is not the key that it should be`, {
                        cause: error,
                    })
                }
                throw new Error("the public half of what is no key")
            }
            case "tls-ca":
            case "tls-cert":
                return this.#certificateOf(placed, make, source, where)
            case "script":
                return (await this.#writtenBy(placed, where)).get(name) ?? Buffer.alloc(0)
            case "manual":
                break
        }
        throw new Error("what a person has to enter is not made")
    }

    async #certificateOf(
        { folder }: Placed,
        make: CertificateMake,
        source: (one: Source) => Promise<Buffer>,
        where: string,
    ): Promise<Buffer> {
        const { certificateOf } = await import("./certificate/made.ts")
        const { pem, notAfter } = await certificateOf(make, source, this.#given.now, where)
        const other = this.ends.get(folder)
        if (other === undefined || notAfter < other) this.ends.set(folder, notAfter)
        return pem
    }

    /** What its script writes, in one run. */
    async #writtenBy(placed: Placed, where: string): Promise<ReadonlyMap<string, Buffer>> {
        const known = this.#written.get(placed.folder)
        if (known !== undefined) return known
        const errand = await errandOf(placed, async (source) => this.#sourceOf(placed, source, where))
        if (errand === undefined) throw new Error("a file of a script that is not there")
        const { files, extra } = await this.#given.run(errand)
        if (extra.length > 0) this.extra.set(errand.title, extra)
        this.#written.set(placed.folder, files)
        return files
    }

    async #sourceOf(placed: Placed, source: Source, where: string): Promise<Buffer> {
        if ("prompt" in source) {
            const name = answerName(placed, source.prompt)
            const answer = this.#given.answers.get(name)
            if (answer === undefined) throw new Error("a prompt without an answer")
            const isShown = placed.generator.prompts.get(source.prompt)?.type.endsWith("hidden") === false
            if (!isShown) this.#secrets.set(`the answer to ${name}`, answer)
            return answer
        }
        const folder = "input" in source ? (placed.inputs.get(source.input) ?? "") : placed.folder
        const file = this.#all.get(folder)?.generator.files.get(source.file)
        if (file === undefined)
            throw new Failure("refused", `${where}: generator "${folder}" has no file "${source.file}"`)
        const path = `${folder}/${source.file}`
        const value = this.made.get(path) ?? (await this.#given.open(path))
        if (file.secret) this.#secrets.set(path, value)
        return value
    }
}

function newValue(make: Independent): Buffer {
    if (make.kind === "random") return randomValue(make)
    if (make.kind === "passphrase") return passphrase(make.words)
    return newKey(make)
}

function isIndependent(make: Make): make is Independent {
    return make.kind === "random" || make.kind === "passphrase" || isKey(make)
}

function isKey(make: Make): make is KeyMake {
    return ["ssh-key", "wireguard", "age-key", "nix-key", "tls-key"].includes(make.kind)
}
