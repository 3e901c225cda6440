import { rmSync } from "node:fs"
import { afterAll, expect, test } from "vitest"
import { sealWithPassphrase } from "../../../agent/age/passphrase.ts"
import { generateIdentity } from "../../../agent/age/identity.ts"
import { keyRoom, sealedFor, sshKey } from "../key-room.ts"
import { atTerminal, nodeProgram } from "../terminal.ts"
import { mainProgram } from "../world.ts"

const { root, home } = keyRoom()
afterAll(() => rmSync(root, { recursive: true }))

const opening = nodeProgram(`
    import { findIdentities } from "agent:admin/keys/find.ts"
    import { parseDocument } from "agent:sops/document.ts"
    import { unlockAll } from "agent:sops/unlock.ts"
    import { gatedRunner } from "agent:os/ssh-child.ts"
    const context = {
        env: process.env, cwd: "/", flags: { identity: [], verbose: 0 },
        err: (text) => process.stderr.write(text),
        terminal: () => ({ input: process.stdin, output: process.stderr }),
        readSshKey: gatedRunner(process.env.PROGRAM),
    }
    const files = process.env.DOCUMENTS.split(" ").map((text) => Buffer.from(text, "base64"))
    const documents = await Promise.all(files.map((file) => parseDocument(file, "binary")))
    try {
        const { keyring } = await findIdentities(context)
        const keys = await unlockAll(documents, keyring)
        console.log("opened " + String(keys.filter((key) => key instanceof Buffer).length))
        for (const key of keys) if (key.cause) console.log("cause: " + key.cause.message)
    } catch (error) {
        console.log(error.name + ": " + error.message)
        process.exitCode = error.exitCode ?? 1
    }
`)

const others = Array.from({ length: 4 }, () => generateIdentity().recipient)

/**
 * Has a person with this home open two secrets for a recipient and others before and after it, answering the questions
 * for passphrases.
 */
async function open(HOME: string, recipient: string, ...answers: string[]) {
    const readers = others.toSpliced(2, 0, recipient)
    const documents = await Promise.all(
        [1, 2].map(async () => (await sealedFor(...readers)).toString("base64")),
    )
    const steps = answers.flatMap((answer) => [{ expect: `Passphrase for ${HOME}` }, { type: answer }])
    const env = {
        PATH: "/usr/bin:/bin",
        TERM: "xterm",
        HOME,
        PROGRAM: mainProgram,
        DOCUMENTS: documents.join(" "),
    }
    const session = await atTerminal(opening, steps, { env })
    expect(session.shown).not.toContain("CANARY")
    expect(session.restored).toBe(true)
    return { ...session, questions: session.shown.match(/Passphrase for/gu)?.length }
}

for (const kind of ["locked", "rsa-locked"] as const) {
    test(`asks once for the passphrase of an SSH key: ${kind}`, async () => {
        const key = sshKey(root, kind)
        const HOME = home({ ".ssh/id_rsa": key.file, ".ssh/id_rsa.pub": key.pub })
        const session = await open(HOME, key.line, "wrong\r", "CANARY\r")
        expect(session.shown).toContain("the passphrase is wrong")
        expect(session.shown).toContain("opened 2")
        expect(session.questions).toBe(2)
    })
}

for (const form of ["armor", "binary"] as const) {
    test(`asks once for the passphrase of an age key file: ${form}`, async () => {
        const [one, two] = [generateIdentity(), generateIdentity()]
        const file = Buffer.from(`${one.secret}\n${two.secret}\n`)
        const HOME = home({
            ".config/sops/age/keys.txt": await sealWithPassphrase(file, Buffer.from("CANARY"), form),
        })
        for (const { recipient } of [one, two]) {
            const session = await open(HOME, recipient, "CANARY\r")
            expect(session.shown).toContain("opened 2")
            expect(session.questions).toBe(1)
        }
    })
}

const key = sshKey(root, "locked")

test("after three wrong passphrases the key is left alone, for all files", async () => {
    const session = await open(home({ ".ssh/id_ed25519": key.file }), key.line, "1\r", "2\r", "3\r")
    expect(session.shown).toContain("opened 0")
    expect(session.shown).toContain("id_ed25519 was not unlocked")
    expect(session.questions).toBe(3)
})

test("who gives up at the passphrase ends the command", async () => {
    const session = await open(home({ ".ssh/id_ed25519": key.file }), key.line, "CAN\x03")
    expect(session.shown).toContain("Interrupted: interrupted")
    expect(session.status).toBe(130)
})
