import { checkManifest } from "../check.ts"
import { visibleName } from "../../error.ts"
import type { Host } from "../host.ts"
import type { SecretEntry } from "../manifest/manifest.ts"
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
    const named = withOwnNames(manifest.secrets, host)
    for (const warning of warnings) named.tell(`warning: ${warning}`)
    for (const problem of problems) tellError(problem, named)
    if (problems.length > 0)
        host.tell(`error: ${path} has ${problems.length} ${problems.length === 1 ? "problem" : "problems"}`)
    return problems.length === 0 ? exitCodes.done : exitCodes.configuration
}

/** Says the name that people know beside a path of the store, once a line. */
function withOwnNames(secrets: readonly SecretEntry[], host: Host): Host {
    const names = new Map(
        secrets.flatMap(({ source, ownFile }) =>
            ownFile === undefined || ownFile === source ? [] : [[source, visibleName(ownFile)] as const],
        ),
    )
    const rename = (line: string): string => {
        let text = line
        for (const [source, name] of names) text = text.replace(source, () => `${name} (${source})`)
        return text
    }
    return { ...host, tell: (line) => host.tell(rename(line)) }
}
