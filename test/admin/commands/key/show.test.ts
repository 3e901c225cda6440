import { rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { sealWithPassphrase } from "../../../../agent/age/passphrase.ts"
import { generateIdentity } from "../../../../agent/age/identity.ts"
import { keyRoom } from "../../key-room.ts"
import { hostseal } from "../../world.ts"

const { root, home } = keyRoom()
afterAll(() => rmSync(root, { recursive: true }))
const mine = generateIdentity()
const fingerprint = "85D77543B3D624B63CEA9E6DBC17301B491B3F21"

test("prints what clan prints: an array with sorted keys, and no final newline", async () => {
    const HOME = home({ ".config/sops/age/keys.txt": mine.secret })
    const source = join(HOME, ".config/sops/age/keys.txt")
    const { code, out, err } = await hostseal(["key", "show"], { HOME })
    expect(out).toBe(`[
  {
    "publickey": "${mine.recipient}",
    "source": "${source}",
    "type": "age",
    "username": ""
  }
]`)
    expect([code, err]).toEqual([0, ""])
})

test("names variables and PGP keys as clan does, and has a record for programs", async () => {
    const env = { HOME: "/nonexistent", SOPS_AGE_KEY: mine.secret, SOPS_PGP_FP: fingerprint }
    const { out } = await hostseal(["key", "show", "--json"], env)
    const keys = [
        { publickey: mine.recipient, source: "SOPS_AGE_KEY", type: "age", username: "" },
        { publickey: fingerprint, source: "SOPS_PGP_FP", type: "pgp", username: "" },
    ]
    expect(JSON.parse(out)).toEqual({ version: 1, keys })
    expect(out).not.toContain("AGE-SECRET")
})

test("no key is exit code 1, as in clan", async () => {
    const { code, out, err } = await hostseal(["key", "show"], { HOME: "/nonexistent" })
    expect([code, out]).toEqual([1, ""])
    expect(err).toBe("error: No public key found\nhint: hostseal key generate\n")
})

test("leaves out what is locked where nobody can be asked", async () => {
    const sealed = await sealWithPassphrase(Buffer.from(mine.secret), Buffer.from("CANARY"), "armor")
    const HOME = home({ ".config/sops/age/keys.txt": sealed })
    const { code, err, out } = await hostseal(["key", "show"], { HOME, SOPS_PGP_FP: fingerprint })
    expect(code).toBe(0)
    expect(err).toMatch(/^warning: cannot ask without a terminal: Passphrase for/u)
    expect(JSON.parse(out)).toHaveLength(1)
})
