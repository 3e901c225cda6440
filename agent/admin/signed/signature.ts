// Whose signature a commit has. The programs are those in PATH and not those of git's configuration, the keys are the
// ones that are given and not those of a keyring, and no date has a say: a commit says itself when it was made.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { childEnvironment, findProgram, run } from "../../os/children.ts"
import type { Environment } from "../../os/children.ts"
import { UserError } from "../../error.ts"
import type { Commit } from "./commit.ts"
import { sshFingerprint } from "./signers.ts"
import type { Signer } from "./signers.ts"

const deadline = 30_000

/** Knows the fingerprints of keys, and finds whose signature is good. To be closed: it keeps public keys in a folder. */
export class Signatures {
    readonly #folder = mkdtempSync(join(tmpdir(), "hostseal-signed-"))
    readonly #env: Environment
    readonly #pgp = new Map<string, Promise<readonly string[]>>()

    constructor(env: Environment) {
        this.#env = env
    }

    [Symbol.dispose](): void {
        rmSync(this.#folder, { recursive: true, force: true })
    }

    /** The fingerprints of a key; several for an armour that holds several. */
    async idsOf(signer: Signer): Promise<readonly string[]> {
        if (signer.kind === "ssh") return [signer.id]
        const known = this.#pgp.get(signer.armour) ?? this.#import(signer.armour)
        this.#pgp.set(signer.armour, known)
        return known
    }

    /** The fingerprint of the key among `signers` that has signed a commit; undefined when none of them has. */
    async signerOf(commit: Commit, signers: readonly Signer[]): Promise<string | undefined> {
        const { signature = "" } = commit
        if (signature.startsWith("-----BEGIN SSH SIGNATURE-----"))
            return this.#ssh(commit, signature, signers)
        if (!signature.startsWith("-----BEGIN PGP SIGNATURE-----")) return undefined
        const ids = new Set<string>()
        for (const signer of signers)
            if (signer.kind === "pgp") for (const id of await this.idsOf(signer)) ids.add(id)
        return ids.size === 0 ? undefined : this.#gpg(commit, signature, ids)
    }

    async #ssh(
        { payload }: Commit,
        signature: string,
        signers: readonly Signer[],
    ): Promise<string | undefined> {
        const id = signingKey(signature)
        const signer = signers.find((one) => one.kind === "ssh" && one.id === id)
        if (signer?.kind !== "ssh") return undefined
        const [allowed, file] = [join(this.#folder, "allowed"), join(this.#folder, "signature")]
        writeFileSync(allowed, `signer namespaces="git" ${signer.line}\n`)
        writeFileSync(file, signature)
        const args = ["-Y", "verify", "-f", allowed, "-I", "signer", "-n", "git", "-s", file]
        const { end } = await run({ ...this.#job("ssh-keygen", args), input: payload })
        return end.kind === "exit" && end.code === 0 ? id : undefined
    }

    async #gpg(
        { payload }: Commit,
        signature: string,
        ids: ReadonlySet<string>,
    ): Promise<string | undefined> {
        const file = join(this.#folder, "signature")
        writeFileSync(file, signature)
        const args = ["--status-fd", "1", "--trust-model", "always", "--verify", file, "-"]
        const { end, stdout } = await run({ ...this.#job("gpg", args), input: payload })
        if (end.kind !== "exit" || end.code !== 0) return undefined
        const lines = stdout.toString("latin1").split("\n")
        const good = lines.filter((line) => line.startsWith("[GNUPG:] GOODSIG "))
        const [valid, ...others] = lines.filter((line) => line.startsWith("[GNUPG:] VALIDSIG "))
        if (good.length !== 1 || valid === undefined || others.length > 0) return undefined
        // The last field is the fingerprint of the key whose subkey may have signed.
        const id = valid.trim().split(" ").at(-1) ?? ""
        return ids.has(id) ? id : undefined
    }

    async #import(armour: string): Promise<readonly string[]> {
        const shown = await run({
            ...this.#job("gpg", ["--with-colons", "--show-keys"]),
            input: Buffer.from(armour),
        })
        await run({ ...this.#job("gpg", ["--import"]), input: Buffer.from(armour) })
        const lines = shown.stdout.toString("latin1").split("\n")
        return lines.flatMap((line, index) => {
            if (!line.startsWith("pub:")) return []
            const print = lines.slice(index + 1).find((each) => each.startsWith("fpr:"))
            return print?.split(":")[9] ?? []
        })
    }

    #job(name: "gpg" | "ssh-keygen", args: readonly string[]) {
        const program = findProgram(name, this.#env["PATH"])
        if (program === undefined)
            throw new UserError(`${name} was not found in an absolute entry of PATH`, {
                hint: `install ${name === "gpg" ? "GnuPG" : "OpenSSH"}: signatures are checked with it`,
            })
        const own = ["--batch", "--no-tty", "--no-options", "--no-autostart", "--homedir", this.#folder]
        const env = { ...childEnvironment(this.#env), LC_ALL: "C", GNUPGHOME: this.#folder }
        return { program, args: name === "gpg" ? [...own, ...args] : args, env, deadline }
    }
}

/** The fingerprint of the key that a signature says it is by: `SSHSIG`, a version, and the key. */
function signingKey(signature: string): string | undefined {
    const blob = Buffer.from(signature.replaceAll(/-----[A-Z ]+-----/gu, ""), "base64")
    if (blob.length < 14 || blob.toString("latin1", 0, 6) !== "SSHSIG") return undefined
    const length = blob.readUInt32BE(10)
    return length > blob.length - 14 ? undefined : sshFingerprint(blob.subarray(14, 14 + length))
}
