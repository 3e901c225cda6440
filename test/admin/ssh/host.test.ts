import { execFileSync } from "node:child_process"
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { hostKeyIn, knownHost, scanHost } from "../../../agent/admin/ssh/host.ts"
import { makeSshKey } from "../../../agent/admin/ssh/keygen.ts"
import { sshToAgeRecipient } from "../../../agent/age/ssh/edwards.ts"
import { generateIdentity } from "../../../agent/age/identity.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-host-"))
afterAll(() => rmSync(root, { recursive: true }))
const [one, two] = [makeSshKey("root@web01"), makeSshKey("root@web02")]
const line = one.publicFile.split(" ", 2).join(" ")

test("reads a .pub file, keyscan output and known_hosts, whatever other keys stand in it", () => {
    const scan = `# web01:22 SSH-2.0-OpenSSH_9.9\nweb01 ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAA\nweb01 ${line}\n`
    const twice = `web01 ${line}\n10.0.0.1 ${line}\n`
    for (const text of [one.publicFile, scan, twice, `web01,10.0.0.1 ${line} comment\r\n`]) {
        expect(hostKeyIn(text, "FILE").line).toBe(line)
    }
    const key = hostKeyIn(one.publicFile, "FILE")
    expect(key.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/u)
    expect(key.recipient).toBe(sshToAgeRecipient(line))
})

for (const [why, text, message] of [
    ["no key", "hello\n", "FILE holds no ssh-ed25519 public key"],
    [
        "an RSA key alone",
        "web01 ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAA\n",
        "FILE holds no ssh-ed25519 public key",
    ],
    ["a key that was cut off", line.slice(0, -8), "FILE holds no ssh-ed25519 public key"],
    [
        "two keys",
        one.publicFile + two.publicFile,
        "FILE holds more than one ssh-ed25519 public key:\n  SHA256:",
    ],
    ["a private key", one.privateFile.toString(), "FILE holds a private key"],
    ["an age identity", generateIdentity().secret, "FILE holds a private key"],
] as const) {
    test(`refuses ${why}`, () => {
        expect(() => hostKeyIn(text, "FILE")).toThrow(message)
        expect(() => hostKeyIn(text, "FILE")).not.toThrow(/OPENSSH|AGE-SECRET/u)
    })
}

for (const host of [
    "-oProxyCommand=x",
    "a b",
    "web01;id",
    "web01,web02",
    "",
    "@",
    "web01:port",
    "web01:123456",
    "[::1",
    "\x1b[2J",
]) {
    test(`refuses ${JSON.stringify(host)} as a host, without starting anything`, async () => {
        await expect(scanHost(host, { PATH: root })).rejects.toThrow("is not the name or address of a host")
    })
}

/** A directory with programs that print this and note their arguments. */
function programs(output: string): { PATH: string } {
    const bin = mkdtempSync(join(root, "bin-"))
    writeFileSync(join(bin, "answer"), output)
    for (const name of ["ssh-keyscan", "ssh-keygen"]) {
        writeFileSync(join(bin, name), `#!/bin/sh\necho "$@" >&2\n/bin/cat ${bin}/answer\n`, { mode: 0o755 })
    }
    return { PATH: bin }
}

for (const [host, args] of [
    ["web01", "-T 10 -t ed25519 -- web01"],
    ["root@web01.example.org:2222", "-T 10 -t ed25519 -p 2222 -- web01.example.org"],
    ["[2001:db8::1]:22", "-T 10 -t ed25519 -p 22 -- 2001:db8::1"],
    ["2001:db8::1", "-T 10 -t ed25519 -- 2001:db8::1"],
] as const) {
    test(`asks ${host}`, async () => {
        await expect(scanHost(host, programs(""))).rejects.toMatchObject({ cause: { message: args } })
        expect((await scanHost(host, programs(`${host} ${line}\n`))).line).toBe(line)
    })
}

test("tells a host that nobody answers for from one without such a key, with what ssh-keyscan said", async () => {
    const env = { PATH: "/usr/bin:/bin" }
    await expect(scanHost("127.0.0.1:9", env)).rejects.toMatchObject({
        message: "no SSH server answered at 127.0.0.1:9",
        hint: "look at the name and the port, and whether the machine is up",
    })
    await expect(scanHost("nosuch.invalid", env)).rejects.toMatchObject({
        message: "no SSH server answered at nosuch.invalid",
        cause: { message: expect.stringMatching(/^getaddrinfo nosuch\.invalid: [A-Za-z ]+$/u) },
    })
    const greeting = createServer((socket) => {
        socket.on("error", () => undefined)
        socket.write("SSH-2.0-test\r\n")
        socket.once("data", () => socket.end())
    })
    await new Promise<void>((resolve) => {
        greeting.listen(0, "127.0.0.1", resolve)
    })
    const address = greeting.address()
    const host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`
    await expect(scanHost(host, env)).rejects.toMatchObject({
        message: `${host} did not show an ed25519 SSH host key`,
        hint: "ssh-keygen -A, as root on that machine, makes it one",
    })
    greeting.close()
})

test("knows what known_hosts says of the host, hashed or not", async () => {
    const HOME = mkdtempSync(join(root, "home-"))
    mkdirSync(join(HOME, ".ssh"))
    writeFileSync(join(HOME, ".ssh", "known_hosts"), `web01 ${line}\n[web02]:2222 ${line}\n`)
    const env = { PATH: "/usr/bin:/bin", HOME }
    writeFileSync(join(HOME, ".ssh", "hashed"), `web03 ${line}\n`)
    execFileSync("ssh-keygen", ["-q", "-H", "-f", join(HOME, ".ssh", "hashed")], { stdio: "ignore" })
    appendFileSync(join(HOME, ".ssh", "known_hosts"), readFileSync(join(HOME, ".ssh", "hashed")))
    const [same, other] = [hostKeyIn(one.publicFile, ""), hostKeyIn(two.publicFile, "")]
    expect(await knownHost("root@web01", same, env)).toBe("same")
    expect(await knownHost("web01", other, env)).toBe("other")
    expect(await knownHost("web02:2222", same, env)).toBe("same")
    expect(await knownHost("web02", same, env)).toBe("unknown")
    expect(await knownHost("web03", same, env)).toBe("same")
    expect(await knownHost("web01", same, { PATH: "" })).toBe("unknown")
})
