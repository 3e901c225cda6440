// A repository with people around it, for tests that run whole command lines and then look at everything: real git,
// real files, a home for each person. Command lines run in this process, or in one of their own.

import { execFileSync, spawn } from "node:child_process"
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Readable } from "node:stream"
import { expect } from "vitest"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import { NoIdentityMatch } from "../../agent/sops/error.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { seal } from "../host.ts"
import { hostseal } from "./world.ts"

export interface KeyPair {
    readonly secret: string
    readonly recipient: string
}

/** How a command ended. */
export interface Ended {
    readonly code: number | null
    readonly out: string
    readonly err: string
}

export interface How {
    /** Whose home and keys it gets. */
    readonly as?: string
    readonly stdin?: string | Buffer
    readonly env?: Readonly<Record<string, string>>
    readonly cwd?: string
    /** Arguments of Node itself, before the program. */
    readonly node?: readonly string[]
}

/** A secret as it lies in the tree. */
export interface Sealed {
    readonly recipients: readonly string[]
    readonly dataKey: string
    readonly value: string
}

export class Scene {
    readonly directory: string
    readonly tree: string
    readonly #keys: Map<string, KeyPair>

    /** An empty repository, or one like `origin`; in `directory`, which has to be empty too. */
    constructor(origin?: Scene, directory = mkdtempSync(join(tmpdir(), "hostseal-scene-"))) {
        this.directory = directory
        this.tree = join(directory, "tree")
        this.#keys = new Map(origin === undefined ? [] : origin.#keys)
        if (origin !== undefined) {
            cpSync(origin.directory, directory, { recursive: true, verbatimSymlinks: true })
            return
        }
        mkdirSync(this.tree)
        this.git("init", "--quiet", "--initial-branch=main", "--template=")
        this.git("config", "user.name", "Scene")
        this.git("config", "user.email", "scene@example.org")
        this.git("config", "gc.auto", "0")
        this.git("commit", "--quiet", "--allow-empty", "--message=beginning")
    }

    [Symbol.dispose](): void {
        rmSync(this.directory, { recursive: true, force: true })
    }

    /** The key pair of a person or machine, made when it is first asked for. A person's lies in their home. */
    key(name: string): KeyPair {
        const known = this.#keys.get(name)
        if (known !== undefined) return known
        const key = generateIdentity()
        this.#keys.set(name, key)
        const folder = join(this.directory, "homes", name, ".config", "sops", "age")
        mkdirSync(folder, { recursive: true })
        writeFileSync(join(folder, "keys.txt"), `${key.secret}\n`, { mode: 0o600 })
        return key
    }

    env({ as = "alice", env = {} }: How = {}): Record<string, string> {
        const home = join(this.directory, "homes", as)
        const temporary = join(this.directory, "tmp")
        mkdirSync(home, { recursive: true })
        mkdirSync(temporary, { recursive: true })
        const path = process.env["PATH"] ?? ""
        return { PATH: path, HOME: home, TMPDIR: temporary, GIT_CONFIG_NOSYSTEM: "1", ...env }
    }

    /** Runs a command line in this process. */
    async inside(words: readonly string[], how: How = {}): Promise<Ended> {
        const input = Readable.from([Buffer.from(how.stdin ?? "")])
        return this.#judged(
            await hostseal(words, this.env(how), { cwd: how.cwd ?? this.tree, stdin: () => input }),
            words,
        )
    }

    /** Runs a command line in a process of its own. `program` is what Node runs. */
    async outside(program: string, words: readonly string[], how: How = {}): Promise<Ended> {
        const args = [...(how.node ?? []), program, ...words]
        const child = spawn(process.execPath, args, {
            cwd: how.cwd ?? this.tree,
            env: this.env(how),
            stdio: "pipe",
        })
        const [out, err]: [Buffer[], Buffer[]] = [[], []]
        child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
        child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
        child.stdin.on("error", () => undefined)
        child.stdin.end(how.stdin ?? "")
        const code = await new Promise<number | null>((resolve, reject) => {
            child.once("error", reject)
            child.once("close", resolve)
        })
        const [printed, said] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()]
        return this.#judged({ code, out: printed, err: said }, words)
    }

    git(...args: readonly string[]): string {
        const env = { PATH: process.env["PATH"] ?? "", HOME: this.directory, GIT_CONFIG_NOSYSTEM: "1" }
        return execFileSync("git", args, {
            cwd: this.tree,
            env,
            stdio: ["ignore", "pipe", "pipe"],
        }).toString()
    }

    /** The number of commits. */
    commits(): number {
        return Number(this.git("rev-list", "--count", "HEAD"))
    }

    /** Fails unless everything is committed and nothing temporary is left, here or in the directory for such things. */
    mustBeClean(): void {
        expect(this.git("status", "--porcelain", "--untracked-files=all"), "git status").toBe("")
        expect(existsSync(join(this.tree, "sops/.hostseal")), "folder of changes").toBe(false)
        expect(
            readdirSync(join(this.tree, ".git")).filter(
                (name) => /hostseal.|lock$/u.test(name) && name !== "clan.lock",
            ),
            "left in .git",
        ).toEqual([])
        const temporary = join(this.directory, "tmp")
        expect(existsSync(temporary) ? readdirSync(temporary) : [], "temporary files").toEqual([])
    }

    /** Puts a secret into the tree as clan would, which makes vars too, and commits it. */
    async plant(
        folder: string,
        value: string,
        keys: readonly string[],
        links: Readonly<Record<string, string>>,
    ) {
        mkdirSync(join(this.tree, folder), { recursive: true })
        const recipients = keys.map((name) => this.key(name).recipient).toSorted((a, b) => (a < b ? -1 : 1))
        writeFileSync(join(this.tree, folder, "secret"), await seal(value, "binary", ...recipients))
        for (const [path, target] of Object.entries(links)) {
            mkdirSync(dirname(join(this.tree, path)), { recursive: true })
            symlinkSync(target, join(this.tree, path))
        }
        this.git("add", "--all")
        this.git("commit", "--quiet", "--message=plant")
    }

    /** Every secret in the tree by its folder, opened with whatever key fits. */
    async secrets(): Promise<Map<string, Sealed>> {
        const found = new Map<string, Sealed>()
        for (const path of filesBelow(this.tree, "").filter((each) => each.endsWith("/secret"))) {
            const document = await parseDocument(readFileSync(join(this.tree, path)), "binary")
            const recipients = recipientsOf(document)
            const identities = [...this.#keys.values()]
                .filter(({ recipient }) => recipients.includes(recipient))
                .map(({ secret }) => parseIdentity(secret))
            const dataKey = await unlock(document, { identities })
            const value = openDocument(document, dataKey).whole().toString()
            found.set(path.slice(0, -"/secret".length), {
                recipients,
                dataKey: dataKey.toString("hex"),
                value,
            })
        }
        return found
    }

    /** Whether this key opens that secret. */
    async opens(name: string, secret: string): Promise<boolean> {
        const document = await parseDocument(readFileSync(join(this.tree, secret, "secret")), "binary")
        try {
            await unlock(document, { identities: [parseIdentity(this.key(name).secret)] })
            return true
        } catch (error) {
            if (error instanceof NoIdentityMatch) return false
            throw error
        }
    }

    /**
     * The tree without what is random: a link by its target, a secret by its recipients and its value, everything else
     * by its bytes. Two trees that say the same are equal.
     */
    async picture(): Promise<Record<string, string>> {
        const secrets = await this.secrets()
        const picture: Record<string, string> = {}
        for (const path of filesBelow(this.tree, "")) {
            const sealed = secrets.get(path.replace(/\/secret$/u, ""))
            const at = join(this.tree, path)
            if (lstatSync(at).isSymbolicLink()) picture[path] = `-> ${readlinkSync(at)}`
            else if (path.endsWith("/secret") && sealed !== undefined)
                picture[path] = `${sealed.value} for ${sealed.recipients.join(" ")}`
            else picture[path] = readFileSync(at, "utf8").replaceAll(/"(at|id|made)": ".*?"/gu, `"$1": …`)
        }
        return picture
    }

    #judged(ended: Ended, words: readonly string[]): Ended {
        const all = words[0] === "get" ? ended.err : ended.out + ended.err
        expect(all, `${words.join(" ")} printed a value`).not.toContain("CANARY")
        expect(all, `${words.join(" ")} printed a private key`).not.toContain("AGE-SECRET-KEY")
        expect(ended.err, `${words.join(" ")} is a bug`).not.toMatch(/^\s+at |this is a bug/mu)
        return ended
    }
}

/** Every file and link below a folder, without git's own. */
export function filesBelow(root: string, folder: string): readonly string[] {
    return readdirSync(join(root, folder), { withFileTypes: true })
        .filter(({ name }) => name !== ".git")
        .flatMap((entry) => {
            const path = folder === "" ? entry.name : `${folder}/${entry.name}`
            return entry.isDirectory() ? filesBelow(root, path) : [path]
        })
        .toSorted()
}
