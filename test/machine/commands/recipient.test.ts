import { expect, test } from "vitest"
import { generateHybridIdentity, generateIdentity } from "../../../agent/age/identity.ts"
import { rsaKey } from "../../age/ssh-files.ts"
import { World } from "../world.ts"

test("prints the recipient of private keys, public keys and key files", async () => {
    const world = new World()
    const identity = generateIdentity()
    const rsa = rsaKey().publicLine
    world.write("host.pub", `${world.key.publicLine} root@host\n`)
    world.write("rsa.pub", `${rsa} root@host\n`)
    world.write("key.txt", identity.secret, 0o600)
    const files = ["host_key", "host.pub", "key.txt", "rsa.pub"].map((name) => world.at(name))
    const { code, out } = await world.run("recipient", ...files)
    expect(code).toBe(0)
    expect(out).toEqual([world.key.recipient, world.key.recipient, identity.recipient, rsa])
})

test("takes the public key beside a private one that cannot be read", async () => {
    const world = new World()
    world.write("key.pub", world.key.publicLine)
    expect((await world.run("recipient", world.at("key"))).out).toEqual([world.key.recipient])
})

test("takes what age-keygen -y wrote beside a key file, every line of it, and skips comments", async () => {
    const world = new World()
    const [one, two] = [generateIdentity().recipient, generateHybridIdentity().recipient]
    world.write("key.txt.pub", `# of this machine\r\n${one}\r\n\n${two}\n`)
    world.write("host.pub", `# of this machine\n${world.key.publicLine}\n`)
    expect((await world.run("recipient", world.at("key.txt"))).out).toEqual([one, two])
    expect((await world.run("recipient", world.at("host"))).out).toEqual([world.key.recipient])
    world.write("empty.pub", "\n")
    const { code, said } = await world.run("recipient", world.at("empty"))
    expect([code, said]).toEqual([
        65,
        `hostseal-agent: error: there is no public key in ${world.at("empty.pub")}`,
    ])
})

test("says what is wrong, without the key", async () => {
    const world = new World()
    world.write(
        "broken",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n-----END OPENSSH PRIVATE KEY-----\n",
        0o600,
    )
    for (const [name, code, said] of [
        ["gone", 75, "there is no key at"],
        ["broken", 65, "has no public key for age"],
    ] as const) {
        const run = await world.run("recipient", world.at(name))
        expect(run.code).toBe(code)
        expect(run.said).toContain(said)
    }
})
