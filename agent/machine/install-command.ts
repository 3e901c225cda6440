import { install } from "./install.ts"
import type { Host } from "./host.ts"
import { readManifest, runtimeDirectoryOf } from "./read-job.ts"

/** `install MANIFEST`: one run, for a unit of Type=oneshot or an activation script. Returns the exit code. */
export async function installCommand(
    { manifest: path, ignorePasswd }: { readonly manifest: string; readonly ignorePasswd: boolean },
    host: Host,
): Promise<number> {
    const manifest = readManifest(path, runtimeDirectoryOf(host))
    const dry = host.env["NIXOS_ACTION"] === "dry-activate"
    const mode = { ignorePasswd, dry, between: () => undefined }
    const { exitCode } = await install({ manifest, path, mode }, host)
    return exitCode
}
