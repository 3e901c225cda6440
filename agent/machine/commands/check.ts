import { checkManifest } from "../check.ts"
import type { Host } from "../host.ts"
import { readManifest } from "../manifest/read.ts"
import { exitCodes, tellError } from "../report.ts"

/** `check MANIFEST`: prints every problem; nothing when there is none. Returns the exit code. */
export async function checkCommand(
    { manifest: path, depth }: { readonly manifest: string; readonly depth: "manifest" | "sopsfile" },
    host: Host,
): Promise<number> {
    // While it is built a user's manifest has no runtime directory.
    const manifest = readManifest(path, () => host.env["XDG_RUNTIME_DIR"] ?? "")
    const { problems, warnings } = await checkManifest(manifest, depth)
    for (const warning of warnings) host.tell(`warning: ${warning}`)
    for (const problem of problems) tellError(problem, host)
    if (problems.length > 0)
        host.tell(`error: ${path} has ${problems.length} ${problems.length === 1 ? "problem" : "problems"}`)
    return problems.length === 0 ? exitCodes.done : exitCodes.configuration
}
