import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { Readable } from "node:stream"
import { afterAll, expect, test } from "vitest"
import { confirmedHostKey, givenHostKey } from "../../../agent/admin/ssh/confirm.ts"
import { makeSshKey } from "../../../agent/admin/ssh/keygen.ts"
import { sshToAgeRecipient } from "../../../agent/age/ssh/edwards.ts"
import { keyRoom } from "../key-room.ts"
import { sshServer } from "../ssh-server.ts"
import { atTerminal, nodeProgram } from "../terminal.ts"
import { testContext } from "../world.ts"

const { root, home } = keyRoom()
const [key, other] = [makeSshKey("root@web01"), makeSshKey("root@web01")]
const server = await sshServer(key.publicFile)
const host = `127.0.0.1:${server.port}`
const known = (line: string) => ({ ".ssh/known_hosts": `[127.0.0.1]:${server.port} ${line}` })
const PATH = "/usr/bin:/bin"
const recipient = sshToAgeRecipient(key.publicFile)
afterAll(() => {
    server.close()
    rmSync(root, { recursive: true })
})

/** As ssh-keygen itself prints it. */
function printedFingerprint(): string {
    const { stdout } = spawnSync("ssh-keygen", ["-lf", "-"], { input: key.publicFile })
    return stdout.toString().split(" ")[1] ?? ""
}

test("takes the key that a host shows when told yes beforehand, and shows what was taken", async () => {
    const { context, said } = testContext({ PATH, HOME: home({}) }, { flags: { yes: true, quiet: true } })
    expect((await confirmedHostKey(host, context)).recipient).toBe(recipient)
    expect(said()).toBe(
        `${host} shows this SSH host key:\n  ${printedFingerprint()} (ED25519)\n  ${recipient}\n` +
            "compare it on the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\n",
    )
})

test("says when known_hosts has the same key", async () => {
    const HOME = home(known(key.publicFile))
    const { context, said } = testContext({ PATH, HOME }, { flags: { yes: true } })
    await confirmedHostKey(host, context)
    expect(said()).toContain("your known_hosts has the same key for this host")
})

test("refuses a key that known_hosts contradicts, even with --yes", async () => {
    const HOME = home(known(other.publicFile))
    const { context } = testContext({ PATH, HOME }, { flags: { yes: true } })
    await expect(confirmedHostKey(`root@${host}`, context)).rejects.toMatchObject({
        message: expect.stringContaining("shows another SSH host key than the one in your known_hosts"),
        hint: expect.stringContaining(`ssh-keygen -R "[127.0.0.1]:${server.port}"`),
    })
})

test("asks nobody without a terminal, and says what to use instead", async () => {
    const { context } = testContext({ PATH, HOME: home({}) })
    await expect(confirmedHostKey(host, context)).rejects.toMatchObject({
        exitCode: 2,
        hint: "use --yes, or --ssh-key with a key that you trust",
    })
})

const asking = nodeProgram(`
    import { confirmedHostKey, givenHostKey } from "agent:admin/ssh/confirm.ts"
    const context = {
        env: process.env, flags: { yes: false, quiet: false },
        err: (text) => process.stderr.write(text),
        terminal: () => ({ input: process.stdin, output: process.stderr }),
    }
    const { HOST, FILE } = process.env
    await (FILE === undefined ? confirmedHostKey(HOST, context) : givenHostKey(FILE, context)).then(
        (key) => console.log("taken " + key.recipient),
        (error) => console.log(error.message),
    )
`)

for (const [answer, end] of [
    ["yes\n", `taken ${recipient}`],
    ["\n", "the host key was not confirmed; nothing was changed"],
    ["n\n", "the host key was not confirmed; nothing was changed"],
] as const) {
    test(`a person compares the fingerprint and answers ${JSON.stringify(answer)}`, async () => {
        const steps = [{ expect: `Is this the fingerprint of ${host}? [y/N] ` }, { type: answer }]
        const { shown } = await atTerminal(asking, steps, { env: { PATH, HOME: home({}), HOST: host } })
        expect(shown).toContain(end)
        // So they are for a key in a file: it may be what ssh-keyscan printed.
        const FILE = join(root, "scanned")
        writeFileSync(FILE, `web01 ${key.publicFile}`)
        const given = await atTerminal(
            asking,
            [
                { expect: `  ${printedFingerprint()} (ED25519)` },
                { expect: "Is this the fingerprint of the machine? [y/N] " },
                { type: answer },
            ],
            { env: { PATH, HOME: home({}), FILE } },
        )
        expect(given.shown).toContain(end)
    })
}

test("takes the key from a file, a link, or standard input, as ssh-keyscan prints it", async () => {
    const file = join(root, "key.pub")
    writeFileSync(file, key.publicFile)
    const { context } = testContext(
        { PATH },
        { stdin: () => Readable.from([Buffer.from(`web01 ${key.publicFile}`)]) },
    )
    expect((await givenHostKey(file, context)).recipient).toBe(recipient)
    expect((await givenHostKey("-", context)).recipient).toBe(recipient)
    await expect(givenHostKey(join(root, "absent"), context)).rejects.toThrow("there is no file")
    await expect(givenHostKey(root, context)).rejects.toThrow("is a folder, and not a file")
    await expect(givenHostKey("/dev/zero", context)).rejects.toThrow("has more than 262144 bytes")
})
