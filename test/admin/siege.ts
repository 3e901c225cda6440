// A repository that somebody made to do harm, or that is broken, and what every command has to keep to in it: one
// message, an exit code of 1, 2 or 5, nothing written, and nothing outside the repository touched or shown.

import { execFileSync } from "node:child_process"
import { cpSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync } from "node:fs"
import { symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest"
import { bundledCli } from "../bundled.ts"
import { filesBelow, Scene } from "./scene.ts"
import type { Ended } from "./scene.ts"

/** A repository for each test of a file: alice and bob are admins, who can read wifi and mail. */
export class Siege {
    #program = ""
    readonly origin = new Scene()
    scene: Scene = this.origin

    /** To be called once, at the top of a file of tests. */
    static lay(): Siege {
        const siege = new Siege()
        beforeAll(() => siege.#prepare())
        beforeEach(() => {
            siege.scene = new Scene(siege.origin)
        })
        afterEach(() => siege.scene[Symbol.dispose]())
        afterAll(() => {
            siege.origin[Symbol.dispose]()
        })
        return siege
    }

    /** The program that Node runs. */
    get program(): string {
        return this.#program
    }

    /** A place that no command has any business in. It looks like a repository. */
    get outside(): string {
        return join(this.scene.directory, "outside")
    }

    at(path: string): string {
        return join(this.scene.tree, path)
    }

    link(path: string, target: string): void {
        rmSync(this.at(path), { recursive: true, force: true })
        symlinkSync(target, this.at(path))
    }

    fifo(path: string): void {
        rmSync(this.at(path), { recursive: true, force: true })
        execFileSync("mkfifo", [this.at(path)])
    }

    folder(path: string): void {
        rmSync(this.at(path), { recursive: true, force: true })
        mkdirSync(this.at(path))
    }

    text(path: string, text: string | Buffer): void {
        writeFileSync(this.at(path), text)
    }

    /** Makes a file large, and most of it a hole. */
    hole(path: string): void {
        truncateSync(this.at(path), 64 * 1024 * 1024)
    }

    /** Runs it where it must come to nothing. */
    async comesToNothing(words: readonly string[], stdin = ""): Promise<Ended> {
        const { scene } = this
        const [tree, commits] = [everything(scene.tree), scene.commits()]
        const ended = await this.keepsInside(words, stdin)
        expect(ended.code, `${words.join(" ")}: ${ended.out}${ended.err}`).not.toBe(0)
        expect(everything(scene.tree), words.join(" ")).toEqual(tree)
        expect(scene.commits(), words.join(" ")).toBe(commits)
        return ended
    }

    /** Runs it where it may work or not, as long as the world outside stays as it is. */
    async keepsInside(words: readonly string[], stdin = ""): Promise<Ended> {
        const there = everything(this.outside)
        const ended = await this.scene.outside(this.program, words, { stdin })
        const { code, out, err } = ended
        expect([0, 1, 2, 5], `${words.join(" ")}: ${err}`).toContain(code)
        expect(everything(this.outside), words.join(" ")).toEqual(there)
        expect(Array.from(out + err).filter(isControl), words.join(" ")).toEqual([])
        if (code === 1 || code === 2) expect(err.match(/^error: /gmu), err).toHaveLength(1)
        return ended
    }

    async #prepare(): Promise<void> {
        const { origin } = this
        this.#program = await bundledCli()
        for (const words of [
            ["users", "add", "alice", origin.key("alice").recipient],
            ["users", "add", "bob", origin.key("bob").recipient],
            ["machines", "add", "web01", origin.key("web01").recipient],
            ["groups", "add-user", "admins", "alice"],
            ["groups", "add-user", "admins", "bob"],
        ]) {
            expect(await origin.inside(words)).toMatchObject({ code: 0 })
        }
        for (const secret of ["wifi", "mail"]) {
            const made = await origin.inside(["set", "--group", "admins", secret], { stdin: "CANARY" })
            expect(made).toMatchObject({ code: 0 })
        }
        const outside = join(origin.directory, "outside")
        cpSync(join(origin.tree, "sops"), outside, { recursive: true, verbatimSymlinks: true })
        writeFileSync(join(outside, "shadow"), "root:CANARY:0:0\n")
    }
}

/** What moves the cursor, rings, or turns the direction of what follows. */
function isControl(character: string): boolean {
    return character !== "\n" && character !== "\t" && /[\p{Cc}\p{Bidi_Control}]/u.test(character)
}

/** Everything that lies somewhere, and what it is. */
export function everything(root: string): Record<string, string> {
    return Object.fromEntries(
        filesBelow(root, "").map((path) => {
            const status = lstatSync(join(root, path))
            if (status.isSymbolicLink()) return [path, `-> ${readlinkSync(join(root, path))}`]
            if (!status.isFile()) return [path, "special"]
            if (status.size > 1024 * 1024) return [path, `${status.size} bytes`]
            return [path, readFileSync(join(root, path), "latin1")]
        }),
    )
}
