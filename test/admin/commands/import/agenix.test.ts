import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Readable } from "node:stream"
import { afterAll, beforeEach, expect, test } from "vitest"
import { makeSshKey } from "../../../../agent/admin/ssh/keygen.ts"
import { sshToAgeRecipient } from "../../../../agent/age/ssh/edwards.ts"
import { sealAge } from "../../../../agent/age/file.ts"
import { generateIdentity } from "../../../../agent/age/identity.ts"
import { parseRecipient } from "../../../../agent/age/recipient.ts"
import { keyRoom, sshKey } from "../../key-room.ts"
import { repository } from "../../repository.ts"
import type { Repository } from "../../repository.ts"

const { root } = keyRoom()
afterAll(() => rmSync(root, { recursive: true }))
const host = makeSshKey("root@web01").publicFile
const stranger = generateIdentity()
let repo: Repository
let directory: string
beforeEach(async () => {
    repo = await repository(root)
    directory = mkdtempSync(join(root, "agenix-"))
    await repo.must(["machines", "add", "web01", sshToAgeRecipient(host)])
})

async function age(content: string, ...recipients: string[]): Promise<Buffer> {
    const parsed = recipients.map((text) => {
        const recipient = parseRecipient(text)
        if (recipient.kind === "unresolved plugin") throw new Error("a plugin's recipient")
        return recipient
    })
    return sealAge(Buffer.from(content), parsed, "binary")
}

/** Writes rules and their files; every file holds CANARY and its path. */
async function rules(files: Readonly<Record<string, readonly string[]>>): Promise<string> {
    for (const [path, publicKeys] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, path)), { recursive: true })
        writeFileSync(join(directory, path), await age(`CANARY ${path}`, ...publicKeys))
    }
    const text = JSON.stringify(
        Object.fromEntries(Object.entries(files).map(([path, publicKeys]) => [path, { publicKeys }])),
    )
    writeFileSync(join(directory, "rules.json"), text)
    return join(directory, "rules.json")
}

test("makes a secret of each file, for the users and machines that have its keys, in one commit", async () => {
    const file = await rules({
        "wifi.age": [repo.alice.recipient, host],
        "services/db.age": [repo.alice.recipient],
    })
    await repo.must(["import-agenix", file])
    expect(repo.secrets()).toEqual(["services-db", "wifi"])
    expect((await repo.must(["get", "services-db"])).out).toBe("CANARY services/db.age")
    expect(repo.git("ls-files", "sops/secrets").trim().split("\n")).toEqual(
        [
            "services-db/secret",
            "services-db/users/alice",
            "wifi/machines/web01",
            "wifi/secret",
            "wifi/users/alice",
        ].map((path) => `sops/secrets/${path}`),
    )
    expect(repo.log()[0]).toBe("secrets: import 2 secrets from rules.json")
})

test("a machine that was added by its SSH key is known by it, too", async () => {
    const [other] = [makeSshKey("root@db01").publicFile]
    writeFileSync(join(directory, "key.pub"), other)
    await repo.must(["machines", "add", "db01", "--ssh-key", join(directory, "key.pub")])
    await repo.must(["import-agenix", await rules({ "x.age": [repo.alice.recipient, other] })])
    expect(repo.git("ls-files", "sops/secrets/x/machines")).toContain("db01")
})

test("opens files with an SSH key that has no passphrase", async () => {
    const key = sshKey(root, "plain")
    const file = await rules({ "x.age": [key.line] })
    await repo.must(["users", "add", "bob", key.line])
    await repo.must(["import-agenix", "-i", key.path, file])
    expect(repo.git("ls-files", "sops/secrets/x/users")).toContain("bob")
})

test("stops at keys that belong to nobody, unless they are to be left out", async () => {
    const file = await rules({
        "a.age": [repo.alice.recipient, stranger.recipient],
        "b.age": [repo.alice.recipient],
    })
    const refused = await repo.run(["import-agenix", file])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain("belong to no user and no machine of this repository:\n  age1")
    expect(refused.err).toContain("(a.age)")
    expect(repo.secrets()).toEqual([])
    const { err } = await repo.must(["import-agenix", "--ignore-unknown-keys", file])
    expect(err).toContain("warning: keys in the rules belong to no user")
    expect(repo.secrets()).toEqual(["a", "b"])
})

test("skips what exists, and files that were never made", async () => {
    const file = await rules({ "a.age": [repo.alice.recipient], "b.age": [repo.alice.recipient] })
    rmSync(join(directory, "b.age"))
    const first = await repo.must(["import-agenix", "--prefix", "old-", file])
    expect(first.err).toContain(`there is no file ${join(directory, "b.age")}, skipping b.age`)
    expect(repo.secrets()).toEqual(["old-a"])
    const again = await repo.must(["import-agenix", "--prefix", "old-", file])
    expect(again.err).toContain("old-a already exists, skipping")
    expect(repo.log()).toHaveLength(3)
})

test("files of which one cannot be opened are not imported at all", async () => {
    const file = await rules({ "a.age": [repo.alice.recipient], "b.age": [repo.alice.recipient] })
    writeFileSync(join(directory, "b.age"), await age("CANARY", stranger.recipient))
    const { code, err } = await repo.run(["import-agenix", file])
    expect(code).toBe(1)
    expect(err).toContain("cannot decrypt b.age")
    expect(repo.secrets()).toEqual([])
})

test("reads rules from standard input, with the files where --directory says", async () => {
    await rules({ "a.age": [repo.alice.recipient] })
    const text = JSON.stringify({ "./a.age": { publicKeys: [repo.alice.recipient], armor: true } })
    const stdin = () => Readable.from([Buffer.from(text)])
    await repo.must(["import-agenix", "--directory", directory, "-"], { stdin })
    expect(repo.secrets()).toEqual(["a"])
})

for (const [why, text, message] of [
    ["no JSON", "{", "is not the JSON form of agenix rules"],
    ["rules without keys", `{"a.age": {}}`, "is not the JSON form of agenix rules"],
    ["a path that leads out", `{"../a.age": {"publicKeys": []}}`, `"../a.age" leads out of the directory`],
    ["an absolute path", `{"/etc/passwd": {"publicKeys": []}}`, `"/etc/passwd" leads out of the directory`],
    ["a name that cannot be", `{"a b.age": {"publicKeys": ["age1x"]}}`, "belong to no user"],
] as const) {
    test(`refuses ${why}`, async () => {
        writeFileSync(join(directory, "rules.json"), text)
        const { code, err } = await repo.run(["import-agenix", join(directory, "rules.json")])
        expect(code).toBe(1)
        expect(err).toContain(message)
    })
}

test("does not follow a link out of the directory", async () => {
    const file = await rules({ "a.age": [repo.alice.recipient] })
    writeFileSync(join(root, "outside.age"), await age("CANARY", repo.alice.recipient))
    rmSync(join(directory, "a.age"))
    symlinkSync(join(root, "outside.age"), join(directory, "a.age"))
    const { code, err } = await repo.run(["import-agenix", file])
    expect(code).toBe(1)
    expect(err).toContain("is a link and not a file")
})
