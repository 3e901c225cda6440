// Runs test/admin/*.script: whole command lines against the program as it ships, in a repository and a home of their
// own. Lines are words as in a shell, `$name` is the public key of a person or machine, `#` begins a comment, and what
// follows `-- name --` is a file, in the working tree and for `stdin`. `$tree` is the working tree.
//
//   person alice             makes her a home with a private key, and acts as her from now on
//   as bob                   acts as somebody who exists
//   machine web01            makes a key pair for a machine
//   env NAME=VALUE           sets a variable from now on; NAME= unsets it
//   stdin file|'text'        is the standard input of the next command
//   hostseal words           must succeed; `! ` in front: must fail with exit code 1, `!2 `: with 2
//   reveal hostseal words    may print a value. Every value holds CANARY, and no other line may print that
//   stdout|stderr pattern    the last output matches; `! stdout .`: there is none; `stdout = "text"`: it is exactly that
//   readers wifi alice web01 exactly these have keys in the file, and every one of them opens it
//   keeps|changes wifi       the data key of the file, since the last such line or `readers`
//   exists|! exists path     in the working tree
//   clean                    nothing is left to commit, and nothing temporary lies around
//   run program words        any program, in the working tree
//   start …                  a `hostseal` or `run` line in the background; `wait` waits for all of them to succeed

import { execFileSync, spawn } from "node:child_process"
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { expect } from "vitest"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { splitWords } from "../../agent/os/shell-words.ts"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { unlock } from "../../agent/sops/unlock.ts"

interface Output {
    readonly code: number | null
    readonly stdout: Buffer
    readonly stderr: string
}

/** One script at work. `program` is the file that Node runs for `hostseal`. */
export class Script {
    readonly #program: string
    readonly #directory = mkdtempSync(join(tmpdir(), "hostseal-script-"))
    readonly #tree = join(this.#directory, "tree")
    readonly #keys = new Map<string, { readonly secret: string; readonly recipient: string }>()
    readonly #dataKeys = new Map<string, string>()
    readonly #files: ReadonlyMap<string, string>
    readonly #lines: readonly string[]
    #env: Record<string, string>
    readonly #background: Promise<Output>[] = []
    #stdin = Buffer.alloc(0)
    #last: Output = { code: 0, stdout: Buffer.alloc(0), stderr: "" }

    constructor(program: string, text: string) {
        this.#program = program
        const [lines = "", ...files] = text.split(/^-- /mu)
        this.#lines = lines.split("\n")
        this.#files = new Map(
            files.map((file) => {
                const [name = "", content = ""] = file.split(/ --\n([^]*)/u)
                return [name, content]
            }),
        )
        mkdirSync(this.#tree)
        this.#env = {
            PATH: process.env["PATH"] ?? "",
            HOME: this.#directory,
            NODE_OPTIONS: "--throw-deprecation",
            NODE: execPath,
            HOSTSEAL: program,
            GIT_CONFIG_NOSYSTEM: "1",
        }
        this.#exec("git", ["init", "--quiet", "--initial-branch=main"])
        // The script's own files are no part of the repository.
        for (const [name, content] of this.#files) writeFileSync(join(this.#tree, name), content)
        writeFileSync(
            join(this.#tree, ".git/info/exclude"),
            [...this.#files.keys()].map((name) => `/${name}\n`).join(""),
        )
        for (const [name, value] of [
            ["user.name", "Script"],
            ["user.email", "script@example.org"],
        ] as const) {
            this.#exec("git", ["config", name, value])
        }
    }

    /** Runs all lines. Throws at the first that is not as it says. */
    async run(): Promise<void> {
        for (const [index, line] of this.#lines.entries()) {
            try {
                await this.#line(line.trim())
            } catch (error) {
                const { code, stdout, stderr } = this.#last
                const shown = `exit code ${code}\n--- stdout\n${stdout.toString()}\n--- stderr\n${stderr}`
                throw new Error(`line ${index + 1}: ${line}\n${String(error)}\n${shown}`, { cause: error })
            }
        }
    }

    [Symbol.dispose](): void {
        rmSync(this.#directory, { recursive: true, force: true })
    }

    async #line(line: string): Promise<void> {
        if (line === "" || line.startsWith("#")) return
        const [, failure, rest = ""] = /^(?:!(\d*) )?(.*)$/u.exec(line) ?? []
        const [verb = "", ...words] = splitWords(rest, "line").map((word) => this.#expanded(word))
        const [first = "", ...more] = words
        const expected = failure === undefined ? 0 : Number(failure === "" ? 1 : failure)
        switch (verb) {
            case "person":
                this.#person(first)
                break
            case "as":
                this.#as(first)
                break
            case "machine":
                this.#keys.set(first, generateIdentity())
                break
            case "env":
                this.#setVariable(first)
                break
            case "stdin":
                this.#stdin = Buffer.from(this.#files.get(first) ?? unescaped(first))
                break
            case "hostseal":
                await this.#hostseal(words, expected, false)
                break
            case "reveal":
                expect(first).toBe("hostseal")
                await this.#hostseal(more, expected, true)
                break
            case "stdout":
            case "stderr":
                this.#match(this.#last[verb].toString(), words, failure === undefined)
                break
            case "readers":
                await this.#readers(first, more)
                break
            case "keeps":
            case "changes":
                await this.#dataKey(first, verb)
                break
            case "exists": {
                const isThere = lstatSync(join(this.#tree, first), { throwIfNoEntry: false }) !== undefined
                expect(isThere, first).toBe(failure === undefined)
                break
            }
            case "clean":
                this.#clean()
                break
            case "start":
                this.#background.push(this.#start(first, more))
                break
            case "wait":
                for (const { code, stderr } of await Promise.all(this.#background.splice(0)))
                    expect(code, stderr).toBe(0)
                break
            case "run":
                this.#last = await this.#spawn(first, more)
                expect(this.#last.code).toBe(expected)
                break
            default:
                throw new Error(`there is no line "${verb}"`)
        }
    }

    #person(name: string): void {
        const key = generateIdentity()
        this.#keys.set(name, key)
        const folder = join(this.#directory, name, ".config", "sops", "age")
        mkdirSync(folder, { recursive: true })
        writeFileSync(join(folder, "keys.txt"), `# public key: ${key.recipient}\n${key.secret}\n`, {
            mode: 0o600,
        })
        this.#as(name)
    }

    #as(name: string): void {
        if (!existsSync(join(this.#directory, name))) mkdirSync(join(this.#directory, name))
        this.#env = { ...this.#env, HOME: join(this.#directory, name) }
    }

    #setVariable(assignment: string): void {
        const [name = "", value = ""] = assignment.split(/=(.*)/su)
        const { [name]: _old, ...others } = this.#env
        this.#env = value === "" ? others : { ...others, [name]: value }
    }

    async #hostseal(words: readonly string[], expected: number, reveals: boolean): Promise<void> {
        this.#last = await this.#spawn(execPath, [this.#program, ...words])
        expect(this.#last.code).toBe(expected)
        if (!reveals) expect(this.#last.stdout.toString(), "printed a plaintext").not.toContain("CANARY")
        expect(this.#last.stderr, "printed a plaintext").not.toContain("CANARY")
        for (const { secret } of this.#keys.values()) {
            expect(this.#last.stdout.toString() + this.#last.stderr, "printed a private key").not.toContain(
                secret,
            )
        }
        expect(this.#last.stderr, "a stack trace").not.toMatch(/^\s+at /mu)
    }

    async #start(verb: string, [program = "", ...words]: readonly string[]): Promise<Output> {
        return verb === "run"
            ? this.#spawn(program, words)
            : this.#spawn(execPath, [this.#program, program, ...words])
    }

    #match(text: string, [first = "", second = ""]: readonly string[], isWanted: boolean): void {
        if (first === "=") expect(text).toBe(unescaped(second))
        else if (isWanted) expect(text).toMatch(new RegExp(first, "mu"))
        else expect(text).not.toMatch(new RegExp(first, "mu"))
    }

    async #readers(secret: string, names: readonly string[]): Promise<void> {
        const document = await this.#document(secret)
        const wanted = names.map((name) => this.#key(name).recipient)
        expect(recipientsOf(document).toSorted(), "recipients").toEqual(wanted.toSorted())
        for (const name of names) {
            const key = await unlock(document, { identities: [parseIdentity(this.#key(name).secret)] })
            expect(openDocument(document, key).whole().toString(), `what ${name} reads`).toMatch(/CANARY|^$/u)
            this.#dataKeys.set(secret, key.toString("hex"))
        }
    }

    async #dataKey(secret: string, verb: "keeps" | "changes"): Promise<void> {
        const document = await this.#document(secret)
        const identities = [...this.#keys.values()].map((key) => parseIdentity(key.secret))
        const key = (await unlock(document, { identities })).toString("hex")
        const before = this.#dataKeys.get(secret)
        this.#dataKeys.set(secret, key)
        if (verb === "keeps") expect(key, "the data key").toBe(before)
        else expect(key, "the data key").not.toBe(before)
    }

    async #document(secret: string): ReturnType<typeof parseDocument> {
        const folder = secret.includes("/") ? secret : `sops/secrets/${secret}`
        return parseDocument(readFileSync(join(this.#tree, folder, "secret")), "binary")
    }

    #clean(): void {
        const status = this.#exec("git", ["status", "--porcelain", "--untracked-files=all"])
        expect(status, "git status").toBe("")
        expect(existsSync(join(this.#tree, "sops/.hostseal")), "staging folder").toBe(false)
        expect(existsSync(join(this.#tree, ".git/hostseal-journal.json")), "journal").toBe(false)
    }

    async #spawn(program: string, words: readonly string[]): Promise<Output> {
        const child = spawn(program, words, { cwd: this.#tree, env: this.#env, stdio: "pipe" })
        const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
        child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk))
        child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk))
        // A command that does not read its input ends without it.
        child.stdin.on("error", () => undefined)
        child.stdin.end(this.#stdin)
        this.#stdin = Buffer.alloc(0)
        const code = await new Promise<number | null>((resolve, reject) => {
            child.once("error", reject)
            child.once("close", resolve)
        })
        return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }
    }

    #exec(program: string, words: readonly string[]): string {
        return execFileSync(program, words, { cwd: this.#tree, env: this.#env }).toString()
    }

    #expanded(word: string): string {
        return word
            .replaceAll("$tree", this.#tree)
            .replaceAll(/\$([a-z]\w*)/gu, (_all, name: string) => this.#key(name).recipient)
    }

    #key(name: string): { readonly secret: string; readonly recipient: string } {
        const key = this.#keys.get(name)
        if (key === undefined) throw new Error(`nobody is called "${name}"`)
        return key
    }
}

/** Line ends and tabs may be written as in a string. */
function unescaped(text: string): string {
    return text.replaceAll(/\\([nt])/gu, (_all, letter: string) => (letter === "n" ? "\n" : "\t"))
}
