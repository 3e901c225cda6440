// Writing the user's own key file. Losing what is in it locks the user out, so it is replaced as a whole or not at
// all, and only after the new bytes were read back as the old identities and the new one.

import { rmSync } from "node:fs"
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises"
import { setTimeout as wait } from "node:timers/promises"
import { dirname } from "node:path"
import { parseIdentityFile } from "../../age/identity-file.ts"
import type { GeneratedIdentity } from "../../age/identity.ts"
import { UserError } from "../../error.ts"
import { guard } from "../terminal/interruption.ts"
import { makeFolders } from "../../os/folders.ts"
import { codeOf } from "../../os/system-error.ts"

/** How long to wait for somebody who is writing the same key file. */
const patience = 5_000

/**
 * Appends an identity to a key file, which it creates (0600, missing directories 0700) if need be. What is in the
 * file stays, whatever its last byte is; its mode becomes 0600. A link is followed. Refuses a file that it cannot
 * read as identities: one that is sealed with a passphrase, or damaged.
 */
export async function appendIdentity(path: string, identity: GeneratedIdentity, now: Date): Promise<void> {
    makeFolders(dirname(path), 0o700)
    const file = await resolved(path)
    const aside = `${file}.new`
    const handle = await claim(aside)
    const remove = (): void => rmSync(aside, { force: true })
    const release = guard(remove)
    try {
        const before = await existing(file)
        const after = withIdentity(before, identity, now)
        check(path, before, after, identity.recipient)
        await handle.writeFile(after)
        await handle.chmod(0o600)
        await handle.sync()
        await rename(aside, file)
    } catch (error) {
        await rm(aside, { force: true })
        throw error
    } finally {
        release()
        await handle.close()
    }
    const directory = await open(dirname(file))
    await directory.sync().finally(() => directory.close())
}

/** The text of a key file that holds this identity alone, as age-keygen writes it. */
export function identityText({ secret, recipient }: GeneratedIdentity, now: Date): string {
    const created = now.toISOString().replace(/\.\d+Z$/u, "Z")
    return `# created: ${created}\n# public key: ${recipient}\n${secret}\n`
}

function withIdentity(before: Buffer, identity: GeneratedIdentity, now: Date): Buffer {
    const unfinished = before.length > 0 && before.at(-1) !== 0x0a
    return Buffer.concat([before, Buffer.from((unfinished ? "\n" : "") + identityText(identity, now))])
}

function check(path: string, before: Buffer, after: Buffer, recipient: string): void {
    const old = recipients(path, before)
    const all = recipients(path, after)
    if (
        all.length !== old.length + 1 ||
        all.at(-1) !== recipient ||
        old.some((known, index) => all[index] !== known)
    )
        throw new UserError(
            `the key file ${path} would not hold the same identities as before; it was not changed`,
        )
}

/** What is in a key file, in a form that can be compared; the plugin identities first. */
function recipients(path: string, bytes: Buffer): string[] {
    if (bytes.toString("latin1").trim() === "") return []
    try {
        const { identities, plugins } = parseIdentityFile(bytes)
        return [...plugins.map(({ text }) => text), ...identities.map((identity) => identity.recipient)]
    } catch (error) {
        throw new UserError(`the key file ${path} is not one that can be added to; it was not changed`, {
            cause: error,
            hint: "move it away, or set SOPS_AGE_KEY_FILE to where the new key should go",
        })
    }
}

/** The place of the new bytes; as long as it exists, nobody else writes this key file. */
async function claim(aside: string): Promise<Awaited<ReturnType<typeof open>>> {
    const end = performance.now() + patience
    for (;;) {
        try {
            return await open(aside, "wx", 0o600)
        } catch (error) {
            if (codeOf(error) !== "EEXIST") throw error
            if (performance.now() > end) {
                throw new UserError(`somebody else is writing this key file: ${aside} exists`, {
                    hint: "if no other hostseal is running, remove it",
                })
            }
            await wait(50)
        }
    }
}

async function existing(file: string): Promise<Buffer> {
    try {
        if (!(await stat(file)).isFile()) throw new UserError(`${file} is not a file`)
        return await readFile(file)
    } catch (error) {
        if (isAbsent(error)) return Buffer.alloc(0)
        throw error
    }
}

/** Where a path leads: a key file may be a link into somebody's dotfiles. */
async function resolved(path: string): Promise<string> {
    try {
        return await realpath(path)
    } catch (error) {
        if (isAbsent(error)) return path
        throw error
    }
}

function isAbsent(error: unknown): boolean {
    return codeOf(error) === "ENOENT"
}
