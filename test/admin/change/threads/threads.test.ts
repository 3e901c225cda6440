import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { availableParallelism } from "node:os"
import { basename, join } from "node:path"
import { Worker } from "node:worker_threads"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { World } from "../../../../agent/admin/context.ts"
import type { WrapJob } from "../../../../agent/admin/change/threads/thread.ts"
import { startThreads } from "../../../../agent/admin/change/threads/threads.ts"
import type { Threads } from "../../../../agent/admin/change/threads/threads.ts"
import { sharedWith } from "../../../../agent/admin/change/threads/wrapping.ts"
import { openAge } from "../../../../agent/age/file.ts"
import { sealTree } from "../../../../agent/sops/seal.ts"
import type { Target } from "../../../../agent/sops/target.ts"
import { alice, at, bob, carol } from "../../../sops/sealed.ts"
import type { Person } from "../../../sops/sealed.ts"
import { Scene } from "../../scene.ts"
import { hostseal, mainProgram, testContext } from "../../world.ts"

/** As many threads as a machine has use for. */
const others = Math.min(8, availableParallelism()) - 1

/** Threads that are counted when they are started. */
function counted(start: (program: string) => Worker): {
    readonly thread: World["thread"]
    readonly started: () => number
} {
    let count = 0
    const thread = (): Promise<Worker> => {
        count++
        return Promise.resolve(start(mainProgram))
    }
    return { thread, started: () => count }
}

/** A job for a thread, with a data key of its own for each recipient. */
function job(...recipients: readonly string[]): WrapJob {
    return {
        kind: "wrap",
        wraps: recipients.map((recipient) => ({ recipient, dataKey: new Uint8Array(randomBytes(32)) })),
    }
}

/** The same document as if clan had sealed it anew, unbound, as far as somebody without a key can tell. */
function withOwnIv(document: string): string {
    const { sops, ...rest }: { sops: Record<string, unknown> } = JSON.parse(document)
    const { hostseal: _binding, ...unbound } = sops
    return JSON.stringify({ ...rest, sops: unbound }, undefined, "\t").replace(
        /(?<=,iv:)[^,]+/u,
        randomBytes(32).toString("base64"),
    )
}

/** The data key that is in an entry of a document, if this person can open it. */
async function keyIn(entry: string, person: Person): Promise<string> {
    return (await openAge(Buffer.from(entry), person.keyring.identities)).toString("hex")
}

describe("a thread", async () => {
    const threads = await startThreads(1000, 100, testContext({}).context)
    afterAll(async () => threads.end())

    test("there is one for each processor but this", () => expect(threads.count).toBe(others))

    test.runIf(threads.count > 0)("wraps what others opened, for whom they say", async () => {
        const asked = job(alice.recipient, bob.recipient)
        const keys = asked.wraps.map(({ dataKey }) => Buffer.from(dataKey).toString("hex"))
        const given = asked.wraps.map(({ dataKey }) => dataKey.buffer)
        const [first = "", second = ""] = (await threads.wrap(asked, given)) ?? []
        expect([await keyIn(first, alice), await keyIn(second, bob)]).toEqual(keys)
        await expect(keyIn(first, bob)).rejects.toThrow(/none of the identities/u)
        // Handed over: no key is left here.
        expect(asked.wraps.map(({ dataKey }) => dataKey.length)).toEqual([0, 0])
    })

    test.runIf(threads.count > 0)("says nothing of what it cannot do, and does the next", async () => {
        const jobs = [job("age1yubikey1qqqq"), job(alice.recipient, "no recipient"), job(carol.recipient)]
        const answers = await Promise.all(jobs.map(async (one) => threads.wrap(one, [])))
        expect(answers.map((answer) => answer?.length)).toEqual([undefined, undefined, 1])
    })
})

describe("a shared target", () => {
    /** Threads that take everything and answer with this. */
    function answering(answer: (job: WrapJob) => readonly string[] | undefined, hasRoom = true) {
        const jobs: (readonly string[])[] = []
        const threads: Threads = {
            count: 1,
            haveRoom: () => hasRoom,
            wrap: (asked) => {
                jobs.push(asked.wraps.map(({ dataKey }) => Buffer.from(dataKey).toString("hex")))
                return Promise.resolve(answer(asked))
            },
            look: () => Promise.resolve(undefined),
            end: () => Promise.resolve(),
        }
        return { threads, jobs }
    }
    const keys = (...lengths: readonly number[]): Buffer[] => lengths.map((length) => randomBytes(length))
    const hex = (all: readonly Buffer[]): string[] => all.map((key) => key.toString("hex"))

    test("has many data keys wrapped at once, each by itself, whatever its length", async () => {
        const { threads, jobs } = answering(({ wraps }) => wraps.map((_, index) => `entry ${index}`))
        const target = sharedWith(threads)(alice.target)
        const dataKeys = keys(32, 16, 48, ...Array.from({ length: 15 }, () => 32))
        const entries = await Promise.all(dataKeys.map(async (key) => target.wrap(key)))
        expect(jobs).toEqual([hex(dataKeys.slice(0, 16)), hex(dataKeys.slice(16))])
        expect(entries.map(({ enc }) => enc).slice(14)).toEqual([
            "entry 14",
            "entry 15",
            "entry 0",
            "entry 1",
        ])
        expect(entries[0]).toMatchObject({ type: "age", id: alice.recipient })
    })

    test("wraps here what no thread has wrapped, and while all are busy", async () => {
        const failing = answering(() => undefined)
        const busy = answering(() => [], false)
        for (const { threads } of [failing, busy]) {
            const target = sharedWith(threads)(alice.target)
            const dataKeys = keys(32, 32)
            const entries = await Promise.all(dataKeys.map(async (key) => target.wrap(key)))
            const opened = await Promise.all(entries.map(async ({ enc }) => keyIn(enc, alice)))
            expect(opened).toEqual(hex(dataKeys))
        }
        expect([failing.jobs.length, busy.jobs.length]).toEqual([1, 0])
    })

    test("is left alone where wrapping takes more than arithmetic", () => {
        const target: Target = { ...alice.target, takes: "plugin" }
        expect(sharedWith(answering(() => []).threads)(target)).toBe(target)
    })
})

test("few pieces are not worth a thread", async () => {
    const thread = (): never => {
        throw new Error("a thread was started")
    }
    expect((await startThreads(99, 100, testContext({}, { thread }).context)).count).toBe(0)
})

describe("a large change", () => {
    const scene = new Scene()
    afterAll(() => scene[Symbol.dispose]())
    const names = Array.from({ length: 120 }, (_, index) => `s${index}`)
    const ok = async (words: readonly string[], more: Partial<World> = {}): Promise<void> => {
        const ended = await hostseal(words, scene.env(), { cwd: scene.tree, ...more })
        expect([ended.code, ended.err.includes("error")]).toEqual([0, false])
    }
    beforeAll(async () => {
        const values = Object.fromEntries(names.map((name) => [name, `CANARY of ${name}`]))
        for (const name of ["alice", "bob", "carol", "dave"])
            await ok(["users", "add", name, scene.key(name).recipient])
        await ok(["groups", "add-user", "team", "alice"])
        const file = join(scene.directory, "values.json")
        writeFileSync(
            file,
            await sealTree(Buffer.from(JSON.stringify(values)), "json", [alice.target], { at }),
        )
        const key = { ...scene.env(), SOPS_AGE_KEY: [scene.key("alice").secret, alice.secret].join("\n") }
        const imported = await hostseal(["import-sops", "--group", "team", file], key, { cwd: scene.tree })
        expect(imported.code).toBe(0)
    })

    async function expectReaders(...readers: readonly string[]): Promise<void> {
        const secrets = await scene.secrets()
        expect(secrets.size).toBe(names.length)
        const recipients = readers.map((name) => scene.key(name).recipient).toSorted()
        for (const [path, sealed] of secrets) {
            expect(sealed.recipients.toSorted()).toEqual(recipients)
            expect(sealed.value).toBe(`CANARY of ${basename(path)}`)
        }
        await ok(["verify", "--decrypt"])
    }

    test("is made by more than this thread, and is right", async () => {
        for (const name of ["bob", "carol", "dave"]) await ok(["groups", "add-user", "team", name])
        await expectReaders("alice", "bob", "carol", "dave")
        const { thread, started } = counted((file) => new Worker(file, { argv: ["--thread"], env: {} }))
        await ok(["groups", "remove-user", "team", "dave"], { thread })
        expect(started()).toBe(Math.min(1, others))
        await expectReaders("alice", "bob", "carol")
    })

    test("is made without threads that die", async () => {
        const { thread, started } = counted(() => new Worker("process.exit(1)", { eval: true, env: {} }))
        await ok(["groups", "add-user", "team", "dave"])
        await ok(["groups", "remove-user", "team", "bob"], { thread })
        expect(started()).toBe(Math.min(1, others))
        await expectReaders("alice", "carol", "dave")
    })

    test("is made here when that takes no time", async () => {
        const { thread, started } = counted(() => new Worker("", { eval: true, env: {} }))
        await ok(["groups", "add-user", "team", "bob"], { thread })
        expect(started()).toBe(0)
        await expectReaders("alice", "bob", "carol", "dave")
    })
})

describe("a look at thousands of files", () => {
    const scene = new Scene()
    afterAll(() => scene[Symbol.dispose]())
    const count = 2100
    const folder = (index: number): string => join(scene.tree, `sops/secrets/s${index}`)
    const file = (index: number): string => join(folder(index), "secret")
    const verify = (more: Partial<World>) =>
        hostseal(["verify", "--json"], scene.env(), { cwd: scene.tree, ...more })

    beforeAll(async () => {
        for (const name of ["alice", "bob"]) {
            await scene.inside(["users", "add", name, scene.key(name).recipient])
            await scene.inside(["set", "--user", name, "--user", "alice", `s${name === "bob" ? 1 : 0}`], {
                stdin: "CANARY",
            })
        }
        const [alices, bobs] = [readFileSync(file(0), "utf8"), readFileSync(file(1), "utf8")]
        for (let index = 2; index < count; index++) {
            cpSync(folder(0), folder(index), { recursive: true, verbatimSymlinks: true })
            writeFileSync(file(index), withOwnIv(alices))
        }
        rmSync(file(2))
        writeFileSync(file(3), "no document")
        writeFileSync(file(4), withOwnIv(bobs))
        writeFileSync(file(1), withOwnIv(alices))
        rmSync(file(5))
        symlinkSync("../s0/secret", file(5))
        // Nothing about it can be told at a glance.
        writeFileSync(file(6), withOwnIv(alices).replace('"age"', '"\\u0061ge"'))
    })

    test("finds with threads, and with threads that die, what is found without", async () => {
        const threads = counted((program) => new Worker(program, { argv: ["--thread"], env: {} }))
        const dying = counted(() => new Worker("process.exit(1)", { eval: true, env: {} }))
        const seen = await verify(threads)
        expect([threads.started(), seen.code]).toEqual([Math.min(1, others), 5])
        expect(JSON.parse(seen.out)).toMatchObject({ ok: false, secrets: count })
        const found: { problems: { code: string; path: string }[] } = JSON.parse(seen.out)
        expect(found.problems.map(({ code, path }) => `${basename(path)}: ${code}`)).toEqual([
            "s1: missing-recipient",
            "s2: no-file",
            "s3: unreadable",
            "s4: extra-recipient",
            "s5: unreadable",
            "secret: stray",
        ])
        expect(await verify(dying)).toEqual(seen)
        expect(dying.started()).toBe(Math.min(1, others))
    })

    test("leaves no thread behind when the tree is refused", async () => {
        symlinkSync("elsewhere", join(scene.tree, "vars"))
        const ends: Promise<unknown>[] = []
        const threads = counted((program) => {
            const worker = new Worker(program, { argv: ["--thread"], env: {} })
            ends.push(once(worker, "exit"))
            return worker
        })
        const refused = await verify(threads)
        expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("vars is a link")])
        expect(threads.started()).toBe(Math.min(1, others))
        await Promise.all(ends)
    })

    test("follows no link, and looks behind none", async () => {
        const elsewhere = join(scene.directory, "elsewhere")
        rmSync(join(scene.tree, "vars"))
        renameSync(join(scene.tree, "sops"), elsewhere)
        symlinkSync(elsewhere, join(scene.tree, "sops"))
        const threads = counted((program) => new Worker(program, { argv: ["--thread"], env: {} }))
        const refused = await verify(threads)
        expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("sops is a link")])
        expect(threads.started()).toBe(0)
    })
})
