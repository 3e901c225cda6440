import { writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { basename, join } from "node:path"
import { Worker } from "node:worker_threads"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { World } from "../../agent/admin/context.ts"
import type { SealJob } from "../../agent/admin/thread.ts"
import { startThreads } from "../../agent/admin/threads.ts"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import { alice, at, bob, carol, opened, unlocked } from "../sops/sealed.ts"
import { Scene } from "./scene.ts"
import { hostseal, testContext } from "./world.ts"

const later = new Date("2027-01-02T03:04:05Z")
const own = (bytes: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

async function job(how: "rewrap" | "rotate", more: Partial<SealJob> = {}): Promise<SealJob> {
    const file = await sealBinary(Buffer.from("CANARY"), [alice.target, bob.target], at)
    const { dataKey } = await unlocked(file, "binary")
    const [recipients, extra] =
        how === "rewrap"
            ? [[alice.recipient, bob.recipient, carol.recipient], []]
            : [[alice.recipient, carol.recipient], [bob.recipient]]
    return { how, recipients, extra, file: own(file), dataKey: own(dataKey), at: later, ...more }
}

describe("a thread", async () => {
    const threads = await startThreads(1000, testContext({}).context)
    afterAll(async () => threads.end())

    test("there is one for each processor but this", () =>
        expect(threads.count).toBe(Math.min(8, availableParallelism()) - 1))

    test.runIf(threads.count > 0)("seals what others opened, for whom they say", async () => {
        for (const how of ["rewrap", "rotate"] as const) {
            const asked = await job(how)
            const wanted = asked.recipients
            const sealed = Buffer.from((await threads.seal(asked)) ?? [])
            expect(recipientsOf(await parseDocument(sealed, "binary"))).toEqual(wanted)
            expect(await opened(sealed, "binary", carol)).toBe("CANARY")
            // Handed over: neither the file nor the key is left here.
            expect([asked.file.length, asked.dataKey.length]).toEqual([0, 0])
            if (how === "rotate")
                await expect(opened(sealed, "binary", bob)).rejects.toThrow(/no identity matches/u)
        }
    })

    test.runIf(threads.count > 0)("says nothing of what it cannot do, and does the next", async () => {
        const wrong = [
            await job("rewrap", { recipients: ["age1yubikey1qqqq"] }),
            await job("rotate", { dataKey: own(Buffer.alloc(32)) }),
            await job("rewrap", { file: own(Buffer.from("CANARY, and no document")) }),
        ]
        const answers = await Promise.all(
            [...wrong, await job("rewrap")].map(async (one) => threads.seal(one)),
        )
        expect(answers.map((answer) => answer === undefined)).toEqual([true, true, true, false])
    })
})

test("few pieces are not worth a thread", async () => {
    const thread = (): never => {
        throw new Error("a thread was started")
    }
    expect((await startThreads(99, testContext({}, { thread }).context)).count).toBe(0)
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
        for (const name of ["alice", "bob", "carol"])
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

    test("is made by all threads, and is right", async () => {
        await ok(["groups", "add-user", "team", "bob"])
        await expectReaders("alice", "bob")
        await ok(["groups", "remove-user", "team", "bob"])
        await expectReaders("alice")
    })

    test("is made without threads that die", async () => {
        let started = 0
        const thread = (): Promise<Worker> => {
            started++
            return Promise.resolve(new Worker("process.exit(1)", { eval: true, env: {} }))
        }
        await ok(["groups", "add-user", "team", "carol"], { thread })
        expect(started).toBe(Math.min(8, availableParallelism()) - 1)
        await expectReaders("alice", "carol")
    })
})
