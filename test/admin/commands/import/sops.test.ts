import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { afterAll, beforeEach, expect, test } from "vitest"
import { parseRecipient } from "../../../../agent/age/recipient.ts"
import { sealBinary, sealTree } from "../../../../agent/sops/seal.ts"
import { ageTarget } from "../../../../agent/sops/target.ts"
import { formatOf } from "../../../../agent/sops/format.ts"
import { repository, sopsVector } from "../../repository.ts"
import type { Repository } from "../../repository.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-import-"))
afterAll(() => rmSync(root, { recursive: true }))
let repo: Repository
beforeEach(async () => {
    repo = await repository(root)
})

/** A sops file for alice with this content. */
async function sopsFile(name: string, content: string | Buffer): Promise<string> {
    const recipient = parseRecipient(repo.alice.recipient)
    if (recipient.kind === "unresolved plugin") throw new Error("a plugin's recipient")
    const [plain, targets] = [Buffer.from(content), [ageTarget(recipient)]]
    const format = formatOf(name)
    const bytes =
        format === "binary"
            ? await sealBinary(plain, targets, new Date())
            : await sealTree(plain, format, targets, { at: new Date() })
    const file = join(mkdtempSync(join(root, "file-")), name)
    writeFileSync(file, bytes)
    return file
}

async function values(): Promise<Record<string, string>> {
    const entries = repo.secrets().map(async (name) => [name, (await repo.must(["get", name])).out] as const)
    return Object.fromEntries(await Promise.all(entries))
}

const contents = {
    "a.yaml": "wifi: CANARY\nempty: ''\npin: 1234\ndb:\n    password: CANARY2\n",
    "a.yml": "wifi: CANARY\nempty: ''\npin: 1234\ndb:\n    password: CANARY2\n",
    "a.json": `{"wifi": "CANARY", "empty": "", "pin": 1234, "db": {"password": "CANARY2"}}`,
}

for (const [name, content] of Object.entries(contents)) {
    test(`imports ${name} in one commit: empty values, numbers, and nested values with a separator`, async () => {
        await repo.must(["import-sops", "--prefix", "m-", "--separator", ".", await sopsFile(name, content)])
        expect(await values()).toEqual({
            "m-wifi": "CANARY",
            "m-empty": "",
            "m-pin": "1234",
            "m-db.password": "CANARY2",
        })
        expect(repo.log()).toEqual([`secrets: import 4 secrets from ${name}`, "secrets: add user alice"])
        expect(repo.git("status", "--porcelain")).toBe("")
    })
}

test("imports a dotenv file", async () => {
    await repo.must(["import-sops", await sopsFile("a.env", "WIFI=CANARY\nEMPTY=\n")])
    expect(await values()).toEqual({ WIFI: "CANARY", EMPTY: "" })
})

test("takes a dotenv file for shells, and one that begins with a byte order mark", async () => {
    const { err } = await repo.must([
        "import-sops",
        await sopsFile("a.env", "export WIFI=CANARY\nexport X=\n"),
    ])
    expect(await values()).toEqual({ WIFI: "CANARY", X: "" })
    expect(err).not.toContain("in the clear")
    const file = await sopsFile("b.json", `{"vpn": "CANARY"}`)
    writeFileSync(file, Buffer.concat([Buffer.from("\ufeff"), readFileSync(file)]))
    await repo.must(["import-sops", file])
    expect(repo.secrets()).toContain("vpn")
})

test("names the format that a file has, and the encoding that it has not", async () => {
    const file = await sopsFile("a.json", `{"vpn": "CANARY"}`)
    const misnamed = `${file}.ini`
    writeFileSync(misnamed, readFileSync(file))
    const { err } = await repo.run(["import-sops", misnamed])
    expect(err).toMatch(/^hint: it is one of type json: --input-type json$/mu)
    writeFileSync(misnamed, Buffer.from(`\ufeff${readFileSync(file, "utf8")}`, "utf16le"))
    expect((await repo.run(["import-sops", misnamed])).err).toContain("because: it is UTF-16")
})

test("says which values everybody could read", async () => {
    const file = await sopsFile("a.json", `{"vpn_unencrypted": "CANARY", "wifi": "CANARY2", "empty": ""}`)
    const { err } = await repo.must(["import-sops", file])
    expect(err).toContain("warning: a value was in the clear, for all who can read the file: vpn_unencrypted")
})

test("imports an INI file; what is in no section is at the top", async () => {
    const file = await sopsFile("a.ini", "top = CANARY\n\n[db]\npassword = CANARY2\n")
    await repo.must(["import-sops", "--separator", "-", file])
    expect(await values()).toEqual({ top: "CANARY", "db-password": "CANARY2" })
})

test("imports a binary file as one secret, byte for byte", async () => {
    const bytes = Buffer.from([0, 255, 254, 128, 67, 65, 78, 65, 82, 89])
    await repo.must(["import-sops", "--prefix", "m-", await sopsFile("tls.key.bin", bytes)])
    expect(repo.secrets()).toEqual(["m-tls.key"])
    const out: Buffer[] = []
    await repo.must(["get", "m-tls.key"], { out: (data) => void out.push(Buffer.from(data)) })
    expect(Buffer.concat(out)).toEqual(bytes)
})

test("imports from standard input, by a guess or by --input-type", async () => {
    const stdin = async (name: string, content: string) => {
        const bytes = readFileSync(await sopsFile(name, content))
        return { stdin: () => Readable.from([bytes]) }
    }
    await repo.must(["import-sops", "-"], await stdin("a.yaml", "one: CANARY\n"))
    await repo.must(["import-sops", "-"], await stdin("a.json", `{"two": "CANARY"}`))
    await repo.must(
        ["import-sops", "--input-type", "binary", "--prefix", "three", "-"],
        await stdin("a", "CANARY"),
    )
    expect(await values()).toEqual({ one: "CANARY", two: "CANARY", three: "CANARY" })
    expect(repo.log()[0]).toBe("secrets: import three from standard input")
})

test("running it again changes nothing and says why", async () => {
    const file = await sopsFile("a.yaml", "wifi: CANARY\nvpn: CANARY\n")
    await repo.must(["import-sops", file])
    const before = repo.git("rev-parse", "HEAD")
    const { err } = await repo.must(["import-sops", file])
    expect(err).toBe(
        "warning: wifi already exists, skipping\nwarning: vpn already exists, skipping\n" +
            "nothing to import: everything is there already\n",
    )
    expect(repo.git("rev-parse", "HEAD")).toBe(before)
})

test("skips nested values without a separator, with a warning; nothing left is an error", async () => {
    const { err } = await repo.must([
        "import-sops",
        await sopsFile("a.yaml", "db:\n    x: CANARY\nwifi: CANARY\n"),
    ])
    expect(err).toContain(
        "warning: db is not a string but a mapping (--separator takes it apart), skipping db/x\n",
    )
    expect(repo.secrets()).toEqual(["wifi"])
    const nothing = await repo.run(["import-sops", await sopsFile("b.yaml", "db:\n    x: CANARY\n")])
    expect(nothing.code).toBe(1)
    expect(nothing.err).toContain("could be imported")
    // Running it again does no harm, whatever is skipped besides.
    const again = await repo.must([
        "import-sops",
        await sopsFile("a.yaml", "db:\n    x: CANARY\nwifi: CANARY\n"),
    ])
    expect(again.err).toContain("nothing to import: everything is there already\n")
})

test("says of each value that it is skipped or was in the clear, wherever it stands", async () => {
    const text =
        "wifi: CANARY\nnothing: null\nnone: {}\ndb:\n    user_unencrypted: CANARY\n    hosts:\n" +
        "        - key: CANARY\n        - CANARY\n    no: []\npin_unencrypted: 7\n"
    const { err } = await repo.must(["import-sops", "--dry-run", await sopsFile("a.yaml", text)])
    const warnings = err.split("\n").filter((line) => line.startsWith("warning: "))
    expect(warnings).toEqual([
        "warning: none is empty: there is no value in it",
        "warning: db/no is empty: there is no value in it",
        "warning: 2 values were in the clear, for all who can read the file: db/user_unencrypted, pin_unencrypted",
        "warning: nothing is null, skipping",
        "warning: db is not a string but a mapping (--separator takes it apart), skipping " +
            "db/user_unencrypted, db/hosts/0/key, db/hosts/1",
    ])
})

test("a name that cannot be stops everything", async () => {
    const file = await sopsFile("a.yaml", "good: CANARY\n../../etc/evil: CANARY\n")
    const { code, err } = await repo.run(["import-sops", file])
    expect(code).toBe(1)
    expect(err).toContain(`"../../etc/evil": allowed are`)
    expect(err).not.toContain("CANARY")
    expect(repo.secrets()).toEqual([])
    expect(repo.log()).toEqual(["secrets: add user alice"])
})

test("readers are those who are named; a member of a group gets no link of their own", async () => {
    await repo.must(["groups", "add-user", "admins", "alice"])
    await repo.must(["machines", "add", "web01", repo.alice.recipient])
    await repo.must([
        "import-sops",
        "--group",
        "admins",
        "--machine",
        "web01",
        await sopsFile("a.json", `{"x": "CANARY"}`),
    ])
    const paths = repo.git("ls-files", "sops/secrets/x").trim().split("\n")
    expect(paths).toEqual(
        ["groups/admins", "machines/web01", "secret"].map((path) => `sops/secrets/x/${path}`),
    )
})

test("--dry-run shows what would be made, and makes nothing", async () => {
    const { out } = await repo.must(["import-sops", "--dry-run", await sopsFile("a.yaml", "wifi: CANARY\n")])
    expect(out).toContain("encrypt wifi")
    expect(out).not.toContain("CANARY")
    expect(repo.secrets()).toEqual([])
})

test("takes what real sops wrote, with the key given by --identity", async () => {
    const identity = join(root, "age1.txt")
    writeFileSync(identity, sopsVector("keys/age1.txt").bytes, { mode: 0o600 })
    const { path } = sopsVector("enc/mac-only.3.13.2.yaml")
    await repo.must(["import-sops", "-i", identity, "--user", "alice", "--separator", "-", path])
    expect(await values()).toMatchObject({ secret: "a", "nested-list-0-secret": "d", "nums-i": "1" })
})

for (const [why, argv, message] of [
    ["is not there", ["absent.yaml"], "there is no file absent.yaml"],
    ["is not encrypted", [sopsVector("plain/nulls.yaml").path], "is not a sops file of type yaml"],
    [
        "is of another type",
        ["--input-type", "json", sopsVector("enc/nulls.3.13.2.yaml").path],
        "is not a sops file of type json",
    ],
    ["is for somebody else", [sopsVector("enc/nulls.3.13.2.yaml").path], "cannot decrypt"],
    ["is a directory", ["/tmp"], "/tmp is a folder, and not a file"],
] as const) {
    test(`refuses a file that ${why}`, async () => {
        const { code, err } = await repo.run(["import-sops", ...argv])
        expect(code).toBe(1)
        expect(err).toContain(message)
        expect(repo.log()).toEqual(["secrets: add user alice"])
    })
}

test("refuses readers that do not exist, after which nothing has changed", async () => {
    const file = await sopsFile("a.yaml", "wifi: CANARY\n")
    const { code, err } = await repo.run(["import-sops", "--machine", "nope", file])
    expect(code).toBe(1)
    expect(err).toContain(`machine "nope" does not exist`)
    expect(repo.secrets()).toEqual([])
})
