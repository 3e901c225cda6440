import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { makeSshKey } from "../../../agent/admin/ssh/keygen.ts"
import { sshToAgeRecipient } from "../../../agent/age/ssh/edwards.ts"
import { parseSshPrivateKey, sshIdentities } from "../../../agent/age/ssh/key.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-keygen-"))
afterAll(() => rmSync(root, { recursive: true }))

// Comments of every length up to a block, so that every padding occurs.
for (const comment of ["", "a", "ab", "abc", "abcd", "abcde", "abcdef", "root@web01"]) {
    test(`makes a key that OpenSSH takes, with the comment "${comment}"`, () => {
        const { privateFile, publicFile } = makeSshKey(comment)
        const file = join(root, `key-${comment.length}`)
        writeFileSync(file, privateFile, { mode: 0o600 })
        const printed = execFileSync("ssh-keygen", ["-y", "-f", file]).toString().trim()
        expect(printed).toBe(publicFile.trim())
    })
}

test("makes a key that we read ourselves, another one each time", () => {
    const [one, two] = [makeSshKey("web01"), makeSshKey("web01")]
    const key = parseSshPrivateKey(one.privateFile)
    if (key.kind !== "ed25519") throw new Error("not an ed25519 key")
    const [age] = sshIdentities(key)
    expect(age?.recipient).toBe(sshToAgeRecipient(one.publicFile))
    expect(one.publicFile).not.toBe(two.publicFile)
})
