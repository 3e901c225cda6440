import { rmSync } from "node:fs"
import { afterAll, expect, test } from "vitest"
import { openAgeFiles } from "../../../agent/admin/import/open.ts"
import { pluginIdentity, pluginRecipient } from "../../../agent/admin/keys/plugin-run.ts"
import { findIdentities } from "../../../agent/admin/keys/find.ts"
import { sealAge } from "../../../agent/age/file.ts"
import { generateIdentity, parseIdentity } from "../../../agent/age/identity.ts"
import { parseRecipient } from "../../../agent/age/recipient.ts"
import type { Recipient } from "../../../agent/age/key.ts"
import { keyRoom, sshKey } from "../key-room.ts"
import { pluginIdentityText, pluginRecipientText, writePlugin } from "../plugin-program.ts"
import { testContext } from "../world.ts"

const { root, home } = keyRoom()
afterAll(() => rmSync(root, { recursive: true }))
const plugin = writePlugin(root)
const { context } = testContext({ PATH: "/usr/bin:/bin", HOME: root, HOSTSEAL_AGE_PLUGINS: plugin.program })
const mine = generateIdentity()

function to(text: string): Recipient {
    const parsed = parseRecipient(text)
    return parsed.kind === "unresolved plugin" ? pluginRecipient(parsed, context) : parsed
}

async function file(text: string, ...named: string[]) {
    return { bytes: await sealAge(Buffer.from("CANARY"), [to(text)], "armor"), recipients: new Set(named) }
}

test("asks a plugin once for all files that are meant for it, named or not", async () => {
    const named = pluginIdentity(
        { name: "test", text: pluginIdentityText, recipient: pluginRecipientText },
        context,
    )
    const unnamed = pluginIdentity({ name: "test", text: pluginIdentityText }, context)
    const files = [
        await file(pluginRecipientText, pluginRecipientText),
        await file(mine.recipient),
        await file(pluginRecipientText, pluginRecipientText),
    ]
    for (const identity of [named, unnamed]) {
        plugin.forget()
        const contents = await openAgeFiles(files, [identity, parseIdentity(mine.secret)])
        expect(contents.map(String)).toEqual(["CANARY", "CANARY", "CANARY"])
        expect(plugin.starts()).toHaveLength(1)
    }
})

test("does not ask for a passphrase for files that are not for its key", async () => {
    const key = sshKey(root, "locked")
    const HOME = home({ ".ssh/id_ed25519": key.file, ".config/sops/age/keys.txt": mine.secret })
    const silent = testContext({ HOME }, { terminal: () => expect.unreachable("asked") })
    const { keyring } = await findIdentities(silent.context)
    const files = [
        await file(mine.recipient, key.line),
        await file(generateIdentity().recipient, "age1other"),
    ]
    const [opened, refused] = await openAgeFiles(files, keyring.identities)
    expect(String(opened)).toBe("CANARY")
    expect(refused).toMatchObject({ message: "none of your keys opens it" })
})

test("a file that is no age file is its own failure", async () => {
    const good = await file(mine.recipient)
    const bad = [Buffer.from("nonsense"), Buffer.alloc(0), Buffer.from([...good.bytes.subarray(0, -40)])]
    const files = [good, ...bad.map((bytes) => ({ bytes, recipients: new Set<string>() }))]
    const contents = await openAgeFiles(files, [parseIdentity(mine.secret)])
    expect(contents.map((content) => content instanceof Error)).toEqual([false, true, true, true])
})
