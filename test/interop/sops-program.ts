import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env } from "node:process"
import { promisify } from "node:util"
import type { Format } from "../../agent/sops/format.ts"

const run = promisify(execFile)

/** The releases that must read what we write: the newest, and one of 2025. */
export const releases = ["sops", "sops-3.9.4"] as const
export type Release = (typeof releases)[number]

/** A directory of its own, with nothing of the user's configuration, in which the real sops runs. */
export class Sandbox {
    private readonly directory = mkdtempSync(join(tmpdir(), "hostseal-sops-"))
    private files = 0

    /** Runs sops on these bytes with an identity at hand; what it prints. A failure is an error with its message. */
    async sops(
        release: Release,
        args: readonly string[],
        input: Buffer,
        {
            format,
            secret,
            output = format,
        }: { readonly format: Format; readonly secret?: string; readonly output?: Format },
    ): Promise<Buffer> {
        const path = join(this.directory, `${this.files++}.${format}`)
        writeFileSync(path, input)
        const { stdout } = await run(
            release,
            [...args, "--input-type", format, "--output-type", output, path],
            {
                cwd: this.directory,
                encoding: "buffer",
                maxBuffer: 64 * 1024 * 1024,
                env: {
                    PATH: env["PATH"],
                    HOME: this.directory,
                    ...(secret === undefined ? {} : { SOPS_AGE_KEY: secret }),
                },
            },
        )
        return stdout
    }

    /** What `sops decrypt` prints. */
    decrypt(release: Release, document: Buffer, format: Format, secret: string): Promise<Buffer> {
        return this.sops(release, ["decrypt"], document, { format, secret })
    }

    /** The document that `sops encrypt` makes. */
    encrypt(release: Release, plaintext: Buffer, format: Format, args: readonly string[]): Promise<Buffer> {
        return this.sops(release, ["encrypt", ...args], plaintext, { format })
    }

    /** Puts a `.sops.yaml` where sops finds it. */
    configure(rules: string): void {
        writeFileSync(join(this.directory, ".sops.yaml"), rules)
    }

    remove(): void {
        rmSync(this.directory, { recursive: true })
    }
}
