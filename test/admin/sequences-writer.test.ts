// Random command lines, and between them somebody who may write to the repository: she copies files, adds links and
// entries, and takes links away. After every command nobody opens a value whom its output has not named, apart from those
// who could open it, or the secret that it was set for, before.

import * as fc from "fast-check"
import {
    cpSync,
    existsSync,
    lstatSync,
    mkdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Scene } from "./scene.ts"
import type { Ended } from "./scene.ts"
import { begin, perform } from "./sequence-scene.ts"
import { keyNames, pathOf, step } from "./sequence.ts"
import type { Expected, Step } from "./sequence.ts"
import { label } from "./writer.ts"

const secret = fc.constantFrom("wifi", "vpn", "mail", "vars/shared/ca/key").map(pathOf)
const name = fc.constantFrom("alice", "bob", "carol")

/** What she does to the tree; nothing where it makes no sense. */
type Act = (tree: string, scene: Scene) => void
const act: fc.Arbitrary<Act> = fc.oneof(
    fc.tuple(secret, secret).map(([from, to]): Act => (tree) => {
        if (from !== to && existsSync(join(tree, from, "secret")) && existsSync(join(tree, to, "secret")))
            cpSync(join(tree, from, "secret"), join(tree, to, "secret"))
    }),
    fc.tuple(secret, name).map(([to, who]): Act => (tree) => {
        const path = join(tree, to, "users", who)
        if (!existsSync(join(tree, to)) || lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
        mkdirSync(dirname(path), { recursive: true })
        symlinkSync(
            to.startsWith("sops/") ? `../../../users/${who}` : `../../../../../sops/users/${who}`,
            path,
        )
    }),
    fc.tuple(secret, name).map(([to, who]): Act => (tree, scene) => {
        if (existsSync(join(tree, to, "secret"))) label(tree, to, scene.key(who).recipient)
    }),
    fc.tuple(secret, name).map(
        ([from, who]): Act =>
            (tree) =>
                rmSync(join(tree, from, "users", who), { force: true }),
    ),
    fc.tuple(name, name).map(([from, to]): Act => (tree) => {
        const [own, other] = [from, to].map((each) => join(tree, `sops/users/${each}/key.json`))
        if (own !== undefined && other !== undefined && existsSync(own) && existsSync(other))
            writeFileSync(other, readFileSync(own))
    }),
)

/** Lines that the steps do not have, for nobody works out what comes of them: vars, and values that are edited. */
const others: fc.Arbitrary<Step> = fc
    .tuple(
        fc.constantFrom("alice", "bob"),
        fc.constantFrom("wifi", "vpn", "vars/shared/ca/key"),
        name,
        fc.nat(999),
    )
    .chain(([as, of, who, number]) =>
        fc
            .constantFrom<readonly string[]>(
                ["edit", of],
                ["set", "vars/shared/ca/key"],
                ["grant", of, "--user", who],
                ["revoke", of, "--user", who],
                ["key", "update", of],
                ["bind", of],
            )
            .map((words) => ({
                as,
                words,
                stdin: `CANARY ${number}`,
                next: (state: Expected) => state,
                [fc.toStringMethod]: () => `${as}: ${words.join(" ")}`,
            })),
    )

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    await begin(origin)
    // From here on this clone knows who reads what.
    expect(await origin.inside(["users", "add", "carol", origin.key("carol").recipient])).toMatchObject({
        code: 0,
    })
})
afterAll(() => origin[Symbol.dispose]())

test("nobody gains by a command what it does not print", { timeout: 300_000 }, async () => {
    const each = fc.oneof(
        { weight: 4, arbitrary: step },
        { weight: 2, arbitrary: others },
        { weight: 3, arbitrary: act },
    )
    await fc.assert(
        fc.asyncProperty(fc.array(each, { minLength: 6, maxLength: 18 }), async (steps) => {
            using scene = new Scene(origin)
            const watch = new Watch(scene)
            await watch.look()
            for (const one of steps) {
                if (typeof one === "function") watch.act(one)
                else await watch.step(one)
            }
        }),
        { numRuns: Number(process.env["WRITER_RUNS"] ?? 15), endOnFailure: true },
    )
})

class Watch {
    readonly #scene: Scene
    /** Values that each key has ever opened, and secrets that it opens since the last command. */
    readonly #seen = new Map(keyNames.map((key) => [key, new Set<string>()]))
    #holders = new Map<string, ReadonlySet<string>>()

    constructor(scene: Scene) {
        this.#scene = scene
    }

    async look(): Promise<Map<string, Map<string, string>>> {
        const found = new Map<string, Map<string, string>>()
        for (const [path, { value }] of await this.#scene.secrets()) {
            const opens = new Map<string, string>()
            for (const key of keyNames) {
                if (!(await this.#scene.opens(key, path))) continue
                opens.set(key, value)
            }
            found.set(path, opens)
        }
        this.#note(found)
        return found
    }

    #note(found: ReadonlyMap<string, ReadonlyMap<string, string>>): void {
        for (const opens of found.values()) for (const [key, value] of opens) this.#seen.get(key)?.add(value)
        this.#holders = new Map([...found].map(([path, opens]) => [path, new Set(opens.keys())]))
    }

    act(one: Act): void {
        one(this.#scene.tree, this.#scene)
        this.#scene.git("add", "--all")
        this.#scene.git("commit", "--quiet", "--allow-empty", "--message=tidy up")
    }

    async #perform(one: Step): Promise<Ended> {
        const { as, words, stdin } = one
        if (words[0] !== "edit") return perform(this.#scene, one)
        return this.#scene.inside(words, { as, env: { EDITOR: `sh -c 'printf "${stdin}" > "$0"'` } })
    }

    async step(one: Step): Promise<void> {
        const [seen, holders] = [
            new Map([...this.#seen].map(([key, all]) => [key, new Set(all)])),
            this.#holders,
        ]
        const { code, err } = await this.#perform(one)
        const line = `${one.as}: ${one.words.join(" ")}\n${err}`
        // 5: what was put in the place of another file is left out.
        expect([0, 1, 2, 5], line).toContain(code)
        if (code !== 0) expect(err.match(/^error: /gmu), line).toHaveLength(1)
        const said = new Set(
            [
                ...err.matchAll(/^(?:user|machine) (\w+) can (?:now|also) read (.*?)(?: with age1\w+)?$/gmu),
            ].flatMap(([, who, names = ""]) => names.split(", ").map((each) => `${who} ${pathOf(each)}`)),
        )
        const [, from = "", to = ""] = one.words[0] === "rename" ? one.words : []
        for (const [path, opens] of await this.look()) {
            for (const [key, value] of opens) {
                const had = holders.get(path === pathOf(to) ? pathOf(from) : path)?.has(key) === true
                if (seen.get(key)?.has(value) === true || had) continue
                expect(said, `${key} opens ${path}, unsaid, after ${line}`).toContain(
                    `${key.replace("_new", "")} ${path}`,
                )
            }
        }
    }
}
