import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { sealWithPassphrase } from "../../agent/age/passphrase.ts"
import { keyRoom, sshKey } from "./key-room.ts"
import { repository } from "./repository.ts"
import type { Repository } from "./repository.ts"
import { atTerminal } from "./terminal.ts"
import type { Step } from "./terminal.ts"
import { mainProgram } from "./world.ts"

// The whole program with a person at a terminal.

const { root, home } = keyRoom()
const runtime = mkdtempSync("/dev/shm/hostseal-test-")
afterAll(() => {
    for (const directory of [root, runtime]) rmSync(directory, { recursive: true })
})

async function at(repo: Repository, argv: readonly string[], steps: readonly Step[], env = {}, pipe = false) {
    return atTerminal([process.execPath, mainProgram, ...argv], steps, {
        cwd: repo.flake,
        env: { ...repo.env, TERM: "xterm", XDG_RUNTIME_DIR: runtime, ...env },
        pipe,
    })
}

/** A repository of somebody whose only key is a locked SSH key, with some secrets that bob can read, too. */
async function lockedRepository(count: number): Promise<{ repo: Repository; HOME: string }> {
    const repo = await repository(root)
    const [key, bob] = [sshKey(root, "locked"), sshKey(root, "plain")]
    const HOME = home({ ".ssh/id_ed25519": key.file })
    await repo.must(["users", "add", "bob", bob.line])
    for (let index = 0; index < count; index++) {
        const env = { ...repo.env, SOPS_NIX_SECRET: "CANARY" }
        await repo.must(["set", "--user", "bob", `secret${index}`], { env })
    }
    await repo.must(["users", "add-key", "alice", key.line])
    return { repo, HOME }
}

test("set takes pasted lines whole and shows none of them, also when standard output is a pipe", async () => {
    const repo = await repository(root)
    for (const pipe of [false, true]) {
        const steps = [
            { expect: "Paste your secret: " },
            { type: "\x1b[200~CANARY 1\rCANARY 2\r\x1b[201~\r" },
        ]
        const session = await at(repo, ["set", `wifi${String(pipe)}`], steps, {}, pipe)
        expect(session).toMatchObject({ status: 0, restored: true })
        expect(session.shown + session.out).not.toContain("CANARY")
        expect((await repo.must(["get", `wifi${String(pipe)}`])).out).toBe("CANARY 1\nCANARY 2\n")
    }
})

for (const [why, type] of [
    ["Ctrl-C", "CANARY\x03"],
    ["Ctrl-D", "\x04"],
] as const) {
    test(`set that is given up with ${why} leaves nothing`, async () => {
        const repo = await repository(root)
        const session = await at(repo, ["set", "wifi"], [{ expect: "Paste your secret: " }, { type }])
        expect(session).toMatchObject({ status: 130, restored: true })
        expect(repo.secrets()).toEqual([])
        expect(repo.git("status", "--porcelain")).toBe("")
    })
}

test("an editor that is given up leaves no plaintext and no secret", async () => {
    const repo = await repository(root)
    const editor = `${process.execPath} -e 'console.log("ready"); setInterval(() => {}, 1000)' --`
    const session = await at(repo, ["edit", "wifi"], [{ expect: "ready" }, { type: "\x03" }], {
        EDITOR: editor,
    })
    expect(session.status).toBe(130)
    expect(readdirSync(runtime)).toEqual([])
    expect(repo.secrets()).toEqual([])
    expect(repo.git("status", "--porcelain")).toBe("")
})

test("a command that opens many secrets asks for a passphrase once", async () => {
    const { repo, HOME } = await lockedRepository(5)
    const question = `Passphrase for ${join(HOME, ".ssh/id_ed25519")}: `
    const session = await at(repo, ["users", "remove", "bob"], [{ expect: question }, { type: "CANARY\r" }], {
        HOME,
    })
    expect(session.status).toBe(0)
    expect(session.shown.split(question)).toHaveLength(2)
    expect(session.shown).toContain("re-encrypted 5 of 5 secrets")
    expect(repo.git("status", "--porcelain")).toBe("")
}, 60_000)

/** A repository whose user alice has her key in a file that is sealed with a passphrase, and in no other. */
async function sealedKeyRepository(): Promise<{ repo: Repository; HOME: string; question: string }> {
    const repo = await repository(root)
    const bob = sshKey(root, "plain")
    const sealed = await sealWithPassphrase(Buffer.from(repo.alice.secret), Buffer.from("CANARY"), "armor")
    const HOME = home({ ".config/sops/age/keys.txt": sealed })
    await repo.must(["users", "add", "bob", bob.line])
    await repo.must(["groups", "add-user", "admins", "alice"])
    await repo.must(["groups", "add-user", "admins", "bob"])
    for (const name of ["wifi", "vpn"]) {
        const env = { ...repo.env, SOPS_NIX_SECRET: "CANARY" }
        await repo.must(["set", "--group", "admins", name], { env })
    }
    return { repo, HOME, question: `Passphrase for ${join(HOME, ".config/sops/age/keys.txt")}: ` }
}

const rewrite = `${process.execPath} -e 'setTimeout(() => fs.appendFileSync(process.argv[1], " 2"), 300)' --`

for (const argv of [
    ["groups", "remove-user", "admins", "bob"],
    ["users", "remove", "bob"],
    ["edit", "wifi"],
    ["edit", "new"],
]) {
    test(`"${argv.join(" ")}" asks for the passphrase of a key file once`, async () => {
        const { repo, HOME, question } = await sealedKeyRepository()
        const steps = [{ expect: question }, { type: "CANARY\r" }]
        const session = await at(repo, argv, steps, { HOME, EDITOR: rewrite })
        expect(session.status, session.shown).toBe(0)
        expect(session.shown.split(question)).toHaveLength(2)
        expect(repo.git("status", "--porcelain")).toBe("")
        await repo.must(["verify", "--decrypt"])
    }, 60_000)
}

test("a value on a terminal ends its line, and only there", async () => {
    const repo = await repository(root)
    await repo.must(["set", "wifi"], { env: { ...repo.env, SOPS_NIX_SECRET: "CANARY" } })
    await repo.must(["set", "lines"], { env: { ...repo.env, SOPS_NIX_SECRET: "CANARY\n" } })
    expect((await at(repo, ["get", "wifi"], [])).shown).toBe("CANARY\n")
    expect((await at(repo, ["get", "lines"], [])).shown).toBe("CANARY\n")
    expect((await repo.must(["get", "wifi"])).out).toBe("CANARY")
})

test("a value is put into the clipboard of the terminal, and taken out again", async () => {
    const repo = await repository(root)
    await repo.must(["set", "wifi"], { env: { ...repo.env, SOPS_NIX_SECRET: "CANARY" } })
    const put = `\u001b]52;c;${Buffer.from("CANARY").toString("base64")}\u0007`
    const empty = "\u001b]52;c;!\u0007"
    const { shown, status } = await at(repo, ["copy", "wifi", "--seconds", "1"], [{ expect: empty }])
    expect(status, shown).toBe(0)
    expect(shown).toContain(put)
    expect(shown.replace(put, "")).not.toContain("CANARY")
    expect(shown).toContain("wifi is in the clipboard for 1 second")
    const early = await at(repo, ["copy", "wifi"], [{ expect: "45 seconds" }, { type: "\x03" }])
    expect(early.status).toBe(130)
    expect(early.shown).toContain(empty)
    const left = await at(repo, ["copy", "wifi", "--seconds", "0"], [])
    expect(left.shown).toContain(put)
    expect(left.shown).not.toContain(empty)
    const { code, err, out } = await repo.run(["copy", "wifi"])
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain("there is no terminal here")
})

test("help goes through the pager when it is longer than the screen, and only then", async () => {
    const repo = await repository(root)
    const shown = async (env: object, rows = 24): Promise<string> => {
        const argv = [process.execPath, mainProgram, "--help"]
        const all = { ...repo.env, TERM: "xterm", PAGER: "sed s/^/paged:/", ...env }
        return (await atTerminal(argv, [], { cwd: repo.flake, env: all, size: [rows, 70] })).shown
    }
    expect(await shown({})).toContain("paged:hostseal manages")
    expect(await shown({ PAGER: "cat" })).not.toContain("paged:")
    expect(await shown({ PAGER: "no-such-pager" })).toContain("hostseal manages")
    expect(await shown({}, 900)).not.toContain("paged:")
    for (const line of (await shown({ PAGER: "" })).split("\n"))
        if (!line.startsWith("  hostseal ")) expect(line.length, line).toBeLessThanOrEqual(70)
    expect((await repo.must(["--help"])).out).toContain("hostseal manages")
})

test("without a terminal that is exit code 2, and the message names a way out", async () => {
    const [ssh, age] = [await lockedRepository(2), await sealedKeyRepository()]
    for (const [{ repo, HOME }, argv] of [
        [ssh, ["get", "secret0"]],
        [ssh, ["users", "remove", "bob"]],
        [age, ["get", "wifi"]],
        [age, ["groups", "remove-user", "admins", "bob"]],
    ] as const) {
        const { code, err } = await repo.run(argv, { env: { ...repo.env, HOME } })
        expect(code, err).toBe(2)
        expect(err.split("cannot ask without a terminal: Passphrase for")).toHaveLength(2)
        expect(err.split("hint: ")).toEqual([
            expect.anything(),
            "use --identity with a key without passphrase\n",
        ])
        expect(repo.git("status", "--porcelain")).toBe("")
    }
}, 60_000)

test("who has no key is told so once, whatever the number of secrets", async () => {
    const { repo } = await lockedRepository(3)
    const { code, err } = await repo.run(["users", "remove", "bob"], { env: { ...repo.env, HOME: home({}) } })
    expect(code).toBe(1)
    expect(err.split("no private key was found")).toHaveLength(2)
})

test("who gives up at the passphrase changes nothing", async () => {
    const { repo, HOME } = await lockedRepository(2)
    const before = repo.git("rev-parse", "HEAD")
    const session = await at(
        repo,
        ["users", "remove", "bob"],
        [{ expect: "Passphrase for" }, { type: "\x03" }],
        { HOME },
    )
    expect(session.status).toBe(130)
    expect(repo.git("rev-parse", "HEAD")).toBe(before)
    expect(repo.git("status", "--porcelain")).toBe("")
    // The lock is free again.
    await repo.must(["users", "remove", "bob"])
})
