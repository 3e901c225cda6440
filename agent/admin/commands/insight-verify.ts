import { parseRecipient } from "../../age/recipient.ts"
import { type Problem, type SecretFile, verify } from "../../repo/verify.ts"
import { visibleName } from "../../error.ts"
import { maxSize } from "../../sops/codec.ts"
import { glance } from "../../sops/glance.ts"
import { painted } from "../color.ts"
import { type Context, note, printJson } from "../context.ts"
import { counted } from "../counted.ts"
import { flakeDirectory } from "../flake.ts"
import { readBounded } from "../../regular-file.ts"
import { loadWorktree } from "../worktree.ts"

const disagreement = 5

/** Prints every problem; the exit code is 5 when there is one. */
export async function verifyRepository({ decrypt }: { decrypt: boolean }, context: Context): Promise<number> {
    const flake = flakeDirectory(context)
    const { repo, strays } = loadWorktree(flake)
    const files = new Map<string, SecretFile>()
    const sealed = new Map<string, Buffer>()
    // Most files fit, and ten thousand buffers would cost more than what is done with them.
    const reused = decrypt ? undefined : Buffer.allocUnsafe(64 * 1024)
    for (const path of repo.secrets.keys()) {
        const { file, bytes } = await lookAt(flake, path, reused)
        files.set(path, file)
        if (decrypt && bytes !== undefined) sealed.set(path, bytes)
    }
    const known = verify({ repo, strays, files, badKey })
    const opened = decrypt ? await (await import("./insight-open.ts")).openEach(sealed, context) : undefined
    report([...known, ...(opened?.problems ?? [])], repo.secrets.size, opened, context)
    return known.length + (opened?.problems.length ?? 0) === 0 ? 0 : disagreement
}

async function lookAt(
    flake: string,
    path: string,
    into: Buffer | undefined,
): Promise<{ file: SecretFile; bytes?: Buffer }> {
    try {
        const bytes = readBounded(`${flake}/${path}/secret`, maxSize, into)
        if (bytes === undefined) return { file: { kind: "missing" } }
        return { file: { kind: "sealed", recipients: glance(bytes) ?? (await recipientsIn(bytes)) }, bytes }
    } catch (error) {
        return {
            file: { kind: "unreadable", problem: error instanceof Error ? error.message : "cannot be read" },
        }
    }
}

/** For the few files that a glance is not enough for. */
async function recipientsIn(bytes: Buffer): Promise<readonly string[]> {
    const { parseDocument, recipientsOf } = await import("../../sops/document.ts")
    return recipientsOf(await parseDocument(bytes, "binary"))
}

function badKey(publickey: string): string | undefined {
    try {
        parseRecipient(publickey)
        return undefined
    } catch (error) {
        return error instanceof Error ? error.message : "cannot be encrypted to"
    }
}

function report(
    problems: readonly Problem[],
    secrets: number,
    opened: { readonly count: number; readonly foreign: number } | undefined,
    context: Context,
): void {
    if (context.flags.json) {
        printJson(context, { ok: problems.length === 0, secrets, opened: opened?.count ?? null, problems })
        return
    }
    for (const { path, message, hint } of problems) {
        const place = painted(`${visibleName(path)}:`, "error", context.flags.color.stdout)
        context.out(`${place} ${visibleName(message)}${hint === undefined ? "" : ` (${hint})`}\n`)
    }
    const also =
        opened === undefined ? "" : `, ${opened.count} opened, ${opened.foreign} not encrypted for you`
    const verdict = problems.length === 0 ? "everything agrees" : counted(problems.length, "problem")
    note(context, `${counted(secrets, "secret")}${also}: ${verdict}`)
}
