import { execFileSync } from "node:child_process"
import { keyEntry } from "../../../agent/sops/key-entry.ts"
import type { Target } from "../../../agent/sops/target.ts"

/** The first key in a GnuPG home, or the one that is imported into it, as somebody to encrypt to. */
export function pgpTarget(home: string, publicKey?: Buffer): Target {
    const gpg = (input: Buffer | string, ...args: string[]): Buffer => {
        const quiet = ["--batch", "--quiet", "--homedir", home, "--trust-model", "always"]
        return execFileSync("gpg", [...quiet, ...args], { input, stdio: ["pipe", "pipe", "pipe"] })
    }
    if (publicKey !== undefined) gpg(publicKey, "--import")
    const listed = gpg("", "--with-colons", "--list-keys").toString()
    const fp = /^fpr:+([0-9A-F]{40}):/mu.exec(listed)?.[1] ?? ""
    return {
        id: `pgp:${fp}`,
        async wrap(dataKey) {
            const enc = gpg(dataKey, "--armor", "--encrypt", "-r", fp).toString()
            return await Promise.resolve(keyEntry("pgp", { fp, enc, created_at: "2026-01-01T00:00:00Z" }))
        },
    }
}
