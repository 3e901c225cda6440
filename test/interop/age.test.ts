import { execFile, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env } from "node:process"
import { buffer } from "node:stream/consumers"
import { afterAll, expect, test } from "vitest"
import { encodeBech32 } from "../../agent/age/bech32.ts"
import { sshToAgeRecipient } from "../../agent/age/ssh/edwards.ts"
import { openAge, readHeader, sealAge } from "../../agent/age/file.ts"
import { parseIdentityFile } from "../../agent/age/identity-file.ts"
import { generateHybridIdentity, generateIdentity } from "../../agent/age/identity.ts"
import { openWithPassphrase, sealWithPassphrase } from "../../agent/age/passphrase.ts"
import { nobody, unwrapWithPlugin, wrapWithPlugin } from "../../agent/age/plugin.ts"
import type { PluginRun } from "../../agent/age/plugin.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import type { Identity, Recipient, WrappingRecipient } from "../../agent/age/key.ts"
import { scalarOfSeed } from "../../agent/age/ssh/ed25519.ts"
import { openGatedKey, parseSshPrivateKey, sshIdentities } from "../../agent/age/ssh/key.ts"
import { sshStrings } from "../../agent/age/ssh/wire.ts"
import { gatedRunner } from "../../agent/os/ssh-child.ts"
import { ed25519Point, opensshFile } from "../age/ssh-files.ts"
import { scan, vector } from "../age/vectors.ts"

const directory = mkdtempSync(join(tmpdir(), "hostseal-age-"))
afterAll(() => {
    rmSync(directory, { recursive: true })
})

const passphrase = "CANARY passphrase"
const environment = { PATH: env["PATH"], HOME: directory, AGE_PASSPHRASE_WORK_FACTOR: "10" }

/** What a program prints for this input; its failure is the test's. */
async function run(program: string, args: readonly string[], input: Buffer): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    const child = execFile(
        program,
        args,
        {
            cwd: directory,
            encoding: "buffer",
            env: { ...environment, AGE_PASSPHRASE: passphrase },
            maxBuffer: 64 * 1024 * 1024,
        },
        (error, stdout, stderr) => {
            if (error)
                reject(new Error(`${program} ${args.join(" ")}: ${stderr.toString()}`, { cause: error }))
            else resolve(stdout)
        },
    )
    // A program that does not read its input closes the pipe: its exit status says what that means, not EPIPE.
    child.stdin?.on("error", () => undefined)
    child.stdin?.end(input)
    return await promise
}

function file(name: string, content: Buffer | string): string {
    const path = join(directory, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
}

function recipientOf(text: string): WrappingRecipient {
    const recipient = parseRecipient(text)
    if (recipient.kind === "unresolved plugin" || recipient.kind === "tag")
        throw new Error("not a native recipient")
    return recipient
}

async function sshIdentitiesOf(bytes: Buffer): Promise<readonly Identity[]> {
    const key = parseSshPrivateKey(bytes)
    const program = join(import.meta.dirname, "../ssh-child-program.ts")
    return sshIdentities(
        key.kind === "gated" ? await openGatedKey(key, undefined, gatedRunner(program)) : key,
    )
}

const seeds = Array.from({ length: 1000 }, () => randomBytes(32))

function publicLine(seed: Buffer): string {
    return `ssh-ed25519 ${sshStrings("ssh-ed25519", ed25519Point(seed)).toString("base64")}`
}

test("ssh-to-age makes the same recipients of 1000 random public keys", async () => {
    const lines = seeds.map(publicLine)
    const theirs = await run("ssh-to-age", [], Buffer.from(`${lines.join("\n")}\n`))
    expect(lines.map(sshToAgeRecipient)).toEqual(theirs.toString().trim().split("\n"))
})

test("ssh-to-age makes the same identities of 1000 random private keys", async () => {
    const queue = [...seeds.entries()]
    const worker = async (): Promise<void> => {
        for (let next = queue.pop(); next; next = queue.pop()) {
            const [, seed] = next
            const theirs = (await run("ssh-to-age", ["-private-key"], opensshFile(seed))).toString().trim()
            expect(encodeBech32("age-secret-key-", scalarOfSeed(seed)).toUpperCase()).toBe(theirs)
            const [converted] = await sshIdentitiesOf(opensshFile(seed))
            expect(converted?.recipient).toBe(sshToAgeRecipient(publicLine(seed)))
        }
    }
    await Promise.all([worker(), worker(), worker(), worker()])
})

test("ssh-to-age reads the forms of public keys that we read", async () => {
    const line = publicLine(randomBytes(32))
    const forms = [
        `${line} a comment`,
        `restrict,pty ${line}`,
        `example.org ${line}`,
        `@cert-authority * ${line}`,
    ]
    const theirs = await run("ssh-to-age", [], Buffer.from(forms.join("\n")))
    expect(forms.map(sshToAgeRecipient)).toEqual(theirs.toString().trim().split("\n"))
    const scanned = await run("ssh-to-age", [], Buffer.from(scan.knownHosts))
    expect(scanned.toString().trim().split("\n")).toEqual(scan.recipients)
})

test("age-keygen derives the same recipients, classic and post-quantum", async () => {
    for (const { secret, recipient } of [generateIdentity(), generateHybridIdentity()]) {
        const theirs = await run("age-keygen", ["-y"], Buffer.from(`${secret}\n`))
        expect(theirs.toString().trim()).toBe(recipient)
    }
    for (const args of [[], ["-pq"]]) {
        const made = await run("age-keygen", args, Buffer.alloc(0))
        const recipient = /^# public key: (.*)$/m.exec(made.toString())?.[1]
        expect(parseIdentityFile(made).identities.map((identity) => identity.recipient)).toEqual([recipient])
    }
})

interface Case {
    readonly recipient: string
    readonly keyFile: string
    readonly identities: readonly Identity[]
}

const classic = generateIdentity()
const hybrid = generateHybridIdentity()
const cases: Record<string, Case> = {
    X25519: keyFileCase("classic", classic.secret, classic.recipient),
    hybrid: keyFileCase("hybrid", hybrid.secret, hybrid.recipient),
    "ssh-ed25519": await sshCase("ed1"),
    "ssh-rsa": await sshCase("rsa"),
}

function keyFileCase(name: string, secret: string, recipient: string): Case {
    const { identities } = parseIdentityFile(Buffer.from(secret))
    return { recipient, keyFile: file(name, `${secret}\n`), identities }
}

async function sshCase(name: string): Promise<Case> {
    const bytes = vector(`agessh/${name}`)
    return {
        recipient: vector(`agessh/${name}.pub`).toString().trim(),
        keyFile: file(name, bytes),
        identities: await sshIdentitiesOf(bytes),
    }
}

const sizes = [0, 1, 64, 65535, 65536, 65537, 3 * 65536 + 5]

for (const [name, { recipient, keyFile, identities }] of Object.entries(cases)) {
    test(`${name}: age opens what we seal, and we open what age seals`, async () => {
        for (const size of sizes) {
            const plaintext = Buffer.alloc(size, "CANARY")
            for (const form of ["armor", "binary"] as const) {
                const ours = await sealAge(plaintext, [recipientOf(recipient)], form)
                expect((await run("age", ["-d", "-i", keyFile], ours)).equals(plaintext)).toBe(true)
                const args = ["-e", "-r", recipient, ...(form === "armor" ? ["-a"] : [])]
                const theirs = await run("age", args, plaintext)
                expect((await openAge(theirs, identities)).equals(plaintext)).toBe(true)
            }
        }
    })
}

test("a file for several recipients opens with each, on both sides", async () => {
    const group = Object.values(cases).filter(({ recipient }) => !recipient.startsWith("age1pq"))
    const plaintext = Buffer.from("CANARY")
    const recipients: Recipient[] = group.map(({ recipient }) => recipientOf(recipient))
    const ours = await sealAge(plaintext, recipients, "armor")
    const flags = group.flatMap(({ recipient }) => ["-r", recipient])
    const theirs = await run("age", ["-e", ...flags], plaintext)
    for (const { keyFile, identities } of group) {
        expect(await run("age", ["-d", "-i", keyFile], ours)).toEqual(plaintext)
        expect(await openAge(theirs, identities)).toEqual(plaintext)
    }
})

test("passphrases: age opens what we seal, and we open what age seals", async () => {
    const plaintext = Buffer.from("CANARY")
    const ours = await sealWithPassphrase(plaintext, Buffer.from(passphrase), "armor")
    expect(await run("age", ["-d", "-j", "batchpass"], ours)).toEqual(plaintext)
    const theirs = await run("age", ["-e", "-j", "batchpass"], plaintext)
    expect(await openWithPassphrase(theirs, Buffer.from(passphrase))).toEqual(plaintext)
})

test("a real plugin wraps and unwraps through our side of the protocol", async () => {
    const identity = encodeBech32("age-plugin-batchpass-", Buffer.alloc(0)).toUpperCase()
    const fileKey = Buffer.alloc(16, "CANARY")
    const wrapped = await withPlugin("recipient-v1", (plugin) =>
        wrapWithPlugin(plugin, { identities: [identity] }, [fileKey]),
    )
    expect(wrapped.stanzas[0]).toMatchObject([{ type: "scrypt" }])
    expect(wrapped.labels.size).toBe(1)

    const theirs = await run("age", ["-e", "-j", "batchpass"], Buffer.from("CANARY"))
    const both = [wrapped.stanzas[0] ?? [], readHeader(theirs).stanzas]
    const keys = await withPlugin("identity-v1", (plugin) => unwrapWithPlugin(plugin, [identity], both))
    expect(keys[0]).toEqual(fileKey)
    expect(keys[1]).toHaveLength(16)
})

async function withPlugin<T>(machine: string, talk: (plugin: PluginRun) => Promise<T>): Promise<T> {
    const child = spawn("age-plugin-batchpass", [`--age-plugin=${machine}`], {
        cwd: directory,
        env: { ...environment, AGE_PASSPHRASE: passphrase },
        stdio: ["pipe", "pipe", "pipe"],
    })
    const complaints = buffer(child.stderr)
    const channel = { output: child.stdout, write: (bytes: Buffer) => void child.stdin.write(bytes) }
    const result = await talk({ channel, prompts: nobody, deadline: 10_000 })
    child.stdin.end()
    expect((await complaints).toString()).toBe("")
    return result
}
