import { rmSync } from "node:fs"
import { afterAll, expect, test } from "vitest"
import { explain } from "../../../agent/error.ts"
import { cannotDecrypt } from "../../../agent/admin/keys/error.ts"
import { shortened } from "../../../agent/admin/keys/recipient-name.ts"
import { noIdentity, notAUser, ownKeys, whoAmI } from "../../../agent/admin/keys/owner.ts"
import { findIdentities } from "../../../agent/admin/keys/find.ts"
import type { Identities } from "../../../agent/admin/keys/find.ts"
import { sshToAgeRecipient } from "../../../agent/age/ssh/edwards.ts"
import { generateIdentity } from "../../../agent/age/identity.ts"
import type { Key } from "../../../agent/repo/repo.ts"
import { NoIdentityMatch } from "../../../agent/sops/error.ts"
import { unlock } from "../../../agent/sops/unlock.ts"
import { documentFor, keyRoom, sshKey } from "../key-room.ts"
import { testContext } from "../world.ts"

const { root, home } = keyRoom()
afterAll(() => rmSync(root, { recursive: true }))
const [one, two] = [generateIdentity(), generateIdentity()]
const locked = sshKey(root, "locked")
const fingerprint = "85D77543B3D624B63CEA9E6DBC17301B491B3F21"

async function identities(env: Record<string, string>): Promise<Identities> {
    return findIdentities(testContext(env).context)
}

function users(entries: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, readonly Key[]> {
    return new Map(
        Object.entries(entries).map(([name, keys]) => [
            name,
            keys.map((publickey) => ({ publickey, type: publickey.startsWith("8") ? "pgp" : "age" })),
        ]),
    )
}

test("I am the user who has one of my keys; my first key that belongs to anybody decides", async () => {
    const mine = await identities({ HOME: "/x", SOPS_AGE_KEY: `${one.secret} ${two.secret}` })
    const of = async (entries: Record<string, string[]>) => (await whoAmI(mine, users(entries), {}))?.user
    expect(await of({ alice: ["age1x", two.recipient] })).toBe("alice")
    expect(await of({ bob: [two.recipient], alice: [one.recipient] })).toBe("alice")
    expect(await of({ bob: ["age1x"] })).toBeUndefined()
})

test("a locked SSH key says who I am without being unlocked, comment or not", async () => {
    const mine = await identities({ HOME: home({ ".ssh/id_ed25519": locked.file }) })
    for (const key of [`${locked.line} me@laptop`, locked.line, sshToAgeRecipient(locked.line)]) {
        expect((await whoAmI(mine, users({ alice: [key] }), {}))?.user).toBe("alice")
    }
})

test("SOPS_PGP_FP counts after age keys", async () => {
    const mine = await identities({ HOME: "/x", SOPS_AGE_KEY: one.secret })
    const env = { SOPS_PGP_FP: ` ${fingerprint.toLowerCase()} ,` }
    expect((await whoAmI(mine, users({ carl: [fingerprint] }), env))?.user).toBe("carl")
    expect((await whoAmI(mine, users({ carl: [fingerprint], dora: [one.recipient] }), env))?.user).toBe(
        "dora",
    )
    await expect(whoAmI(mine, users({}), { SOPS_PGP_FP: "nonsense" })).rejects.toThrow("fingerprint")
})

test("a key command runs only when no known key belongs to anybody", async () => {
    const HOME = home({ ".ssh/id_ed25519": locked.file })
    const mine = await identities({ HOME, SOPS_AGE_KEY_CMD: `/bin/echo ${one.secret}` })
    expect((await whoAmI(mine, users({ alice: [locked.line] }), {}))?.user).toBe("alice")
    expect(mine.found[0]?.identity.recipient).toBe("")
    expect((await whoAmI(mine, users({ bob: [one.recipient] }), {}))?.key).toEqual({
        recipient: one.recipient,
        source: "$SOPS_AGE_KEY_CMD",
        origin: "SOPS_AGE_KEY_CMD",
    })
})

test("says which keys are nobody's, and how to become somebody", async () => {
    const mine = await identities({ HOME: "/x", SOPS_AGE_KEY: one.secret })
    const keys = []
    for await (const key of ownKeys(mine, {})) keys.push(key)
    expect(explain(notAUser(keys, mine)).join("\n")).toBe(
        `error: none of your keys belongs to a user of this repository:\n  ${one.recipient} ($SOPS_AGE_KEY)\n` +
            `hint: hostseal users add YOUR_NAME ${one.recipient}`,
    )
})

test("says where it looked for keys when there is none", async () => {
    const mine = await identities({ HOME: "/nonexistent" })
    const failure = noIdentity(mine)
    expect(failure.code).toBe("cannot-decrypt")
    expect(explain(failure).join("\n")).toBe(`error: no private key was found; looked in:
  /nonexistent/.config/sops/age/keys.txt: not there
  /nonexistent/.config/age/identities: not there
  /nonexistent/.ssh/id_ed25519: not there
  /nonexistent/.ssh/id_rsa: not there
hint: hostseal key generate`)
    expect(notAUser([], mine).message).toBe(failure.message)
})

test("says which keys were tried, and whose keys would do", async () => {
    const HOME = home({ ".ssh/id_ed25519": locked.file })
    const mine = await identities({ HOME, SOPS_AGE_KEY: one.secret })
    const error: unknown = await unlock(await documentFor(two.recipient, locked.line), mine.keyring).catch(
        (e) => e,
    )
    if (!(error instanceof NoIdentityMatch)) throw new Error("another error")
    const owners = new Map([[two.recipient, [`user "bob"`]]])
    const lines = explain(cannotDecrypt("wifi", error, mine, owners))
    const age = sshToAgeRecipient(locked.line)
    expect(lines.join("\n")).toBe(`error: cannot decrypt secret "wifi"
  tried: $SOPS_AGE_KEY (${shortened(one.recipient)})
  tried: ${HOME}/.ssh/id_ed25519 (${shortened(age)}, ${shortened(locked.line)})
  encrypted to: ${shortened(two.recipient)} (user "bob")
  encrypted to: ${shortened(locked.line)} (nobody in this repository)
because: cannot ask without a terminal: Passphrase for ${HOME}/.ssh/id_ed25519
hint: use --identity with a key without passphrase`)
})

test("shortens recipients so that they can still be told apart", () => {
    expect(shortened(two.recipient)).toMatch(/^age1.{4}….{8}$/u)
    expect(shortened(locked.line)).toMatch(/^ssh-ed25519 ….{8}$/u)
    expect(shortened("age1short")).toBe("age1short")
})
