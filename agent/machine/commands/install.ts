import { install } from "../install.ts"
import type { Host } from "../host.ts"
import { readManifest, runtimeDirectoryOf } from "../manifest/read.ts"

/** `install MANIFEST`: one run, for a unit of Type=oneshot or an activation script. Returns the exit code. */
export async function installCommand(
    { manifest: path, ignorePasswd }: { readonly manifest: string; readonly ignorePasswd: boolean },
    host: Host,
): Promise<number> {
    const manifest = readManifest(path, runtimeDirectoryOf(host))
    const dry = host.env["NIXOS_ACTION"] === "dry-activate"
    const mode = { ignorePasswd, dry, heartbeat: () => undefined }
    const { exitCode, installed, failures } = await install({ manifest, path, mode }, host)
    if (isHeard(host)) {
        const { notifierFor } = await import("../notify.ts")
        await notifierFor(host).ready(`${installed} installed, ${failures.length} failed`)
    }
    return exitCode
}

/** Whether systemd listens: not to an ordinary unit of Type=oneshot, which has nothing to say but its exit code. */
function isHeard({ env }: Host): boolean {
    return env["NOTIFY_SOCKET"] !== undefined || env["LISTEN_FDNAMES"] !== undefined
}
