import { existsSync } from "node:fs"
import { sshToAgeRecipient } from "../../age/ssh/edwards.ts"
import { parseIdentityFile } from "../../age/identity-file.ts"
import { parseRecipient } from "../../age/recipient.ts"
import { parseSshPrivateKey, sshIdentities } from "../../age/ssh/key.ts"
import { parseSshPublicLine } from "../../age/ssh/public.ts"
import { UserError } from "../../error.ts"
import { largestIdentityFile, readKeyFile } from "../../os/key-file.ts"
import type { Host } from "../host.ts"
import { readNamed } from "../named-file.ts"
import { exitCodes } from "../report.ts"

const largestPublicKey = 16 * 1024
const hostKey = "/etc/ssh/ssh_host_ed25519_key"

/**
 * `recipient [FILE…]`: the public keys to encrypt to, one in a line. A public key file needs no right to read the
 * private one, and is taken when there is one beside it. Returns the exit code.
 */
export function recipientCommand({ files }: { readonly files: readonly string[] }, host: Host): number {
    for (const file of files.length === 0 ? [hostKey] : files) {
        for (const recipient of recipientsIn(file, host)) host.print(recipient)
    }
    return exitCodes.done
}

function recipientsIn(file: string, host: Host): string[] {
    const publicFile = file.endsWith(".pub") ? file : `${file}.pub`
    try {
        if (existsSync(publicFile)) return fromPublic(publicFile)
        const bytes = readKeyFile(file, {
            uid: host.uid,
            largest: largestIdentityFile,
            warn: (warning) => host.tell(`warning: ${warning}`),
        })
        if (bytes === undefined) throw new UserError(`there is no key at ${file}`, { cause: absent() })
        if (!bytes.includes("-----BEGIN "))
            return parseIdentityFile(bytes).identities.map(({ recipient }) => recipient)
        const key = parseSshPrivateKey(bytes)
        if (key.kind === "gated") throw new UserError(`${file} is not an unencrypted ed25519 key`)
        return sshIdentities(key)
            .slice(0, 1)
            .map(({ recipient }) => recipient)
    } catch (error) {
        throw error instanceof UserError
            ? error
            : new UserError(`${file} has no public key for age`, { cause: error })
    }
}

/** What ssh-keygen writes there, or `age-keygen -y`. */
function fromPublic(path: string): string[] {
    const text = readNamed(path, largestPublicKey).content.toString()
    const lines = text.split("\n").map((line) => line.trim())
    const keys = lines.filter((line) => line !== "" && !line.startsWith("#"))
    if (keys.length === 0) throw new UserError(`there is no public key in ${path}`)
    return keys.map((line) => {
        if (line.startsWith("age1")) return parseRecipient(line).text
        const key = parseSshPublicLine(line)
        return key.type === "ssh-ed25519" ? sshToAgeRecipient(line) : key.text
    })
}

function absent(): Error {
    return Object.assign(new Error("no such file or directory"), { code: "ENOENT" })
}
