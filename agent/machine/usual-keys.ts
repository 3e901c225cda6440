// The keys that nobody named in the manifest: where the sops library looks by itself, and so sops-nix. They count for
// files that no other key opens. In a unit the environment is what `sops.environment` says.

import { existsSync } from "node:fs"
import { isAbsolute, join, resolve } from "node:path"
import { spreadIdentities } from "../age/identity-file.ts"
import type { Identity } from "../age/key.ts"
import { UserError } from "../error.ts"
import { chosenEnvironment, findProgram, run } from "../os/children.ts"
import { splitWords } from "../os/shell-words.ts"
import type { Host } from "./host.ts"
import { searchPath } from "./host.ts"
import { sentence } from "./key-reader.ts"
import type { KeyReader } from "./key-reader.ts"
import type { Manifest } from "./manifest/manifest.ts"

/** A key store may take a moment; nobody is there to be asked on a machine. */
const deadline = 60_000

/** Reads all of them: of the environment first, then of the home. Whatever is wrong with one is noted. */
export async function usualKeys(
    manifest: Manifest,
    reader: KeyReader,
    host: Host,
): Promise<readonly Identity[]> {
    const { env } = host
    const named = new Set([...reader.tried.map(({ path }) => path), ...manifest.sshKeyPaths])
    const found: Identity[] = []
    const take = async (place: string, read: () => Promise<readonly Identity[]> | readonly Identity[]) => {
        try {
            found.push(...(await read()))
        } catch (error) {
            reader.fail(place, `${place} cannot be used: ${sentence(error)}`, { problem: sentence(error) })
        }
    }
    const variable = async (
        name: string,
        read: (value: string) => Promise<readonly Identity[]> | readonly Identity[],
    ): Promise<void> => {
        const value = env[name] ?? ""
        if (value !== "") await take(`$${name}`, async () => await read(value))
    }

    await variable("SOPS_AGE_KEY", (text) => {
        if (!manifest.userMode)
            reader.warn(
                "$SOPS_AGE_KEY is not private: every user can see the environment of a unit (put the key into a file, and name that in sops.age.keyFile)",
            )
        return reader.identitiesIn(spreadIdentities(text), "$SOPS_AGE_KEY")
    })
    await variable("SOPS_AGE_KEY_FILE", (path) => (named.has(path) ? [] : reader.keyFile(resolve("/", path))))
    await variable("SOPS_AGE_SSH_PRIVATE_KEY_FILE", (path) =>
        named.has(path) ? [] : reader.sshKey(resolve("/", path)),
    )
    await variable("SOPS_AGE_KEY_CMD", async (command) =>
        reader.identitiesIn(await printed(command, "SOPS_AGE_KEY_CMD", host), "$SOPS_AGE_KEY_CMD"),
    )
    await variable("SOPS_AGE_SSH_PRIVATE_KEY_CMD", async (command) =>
        reader.sshKeyIn(
            await printed(command, "SOPS_AGE_SSH_PRIVATE_KEY_CMD", host),
            "$SOPS_AGE_SSH_PRIVATE_KEY_CMD",
        ),
    )

    const home = absolute(env["HOME"])
    const config = absolute(env["XDG_CONFIG_HOME"]) ?? (home === undefined ? undefined : configOf(home))
    if (config !== undefined) found.push(...atHome(join(config, "sops/age/keys.txt"), "keyFile"))
    if (home !== undefined)
        for (const name of ["id_ed25519", "id_rsa"]) found.push(...atHome(join(home, ".ssh", name), "sshKey"))
    return found

    /** A place that nobody named need not be there. */
    function atHome(path: string, kind: "keyFile" | "sshKey"): readonly Identity[] {
        return named.has(path) || !existsSync(path) ? [] : reader[kind](path)
    }
}

function absolute(path: string | undefined): string | undefined {
    return path !== undefined && isAbsolute(path) ? path : undefined
}

/** As Go has it. */
function configOf(home: string): string {
    return join(home, process.platform === "darwin" ? "Library/Application Support" : ".config")
}

/** What a command prints; it is run without a shell. Throws `UserError`. */
async function printed(command: string, variable: string, host: Host): Promise<Buffer> {
    const [name = "", ...args] = splitWords(command, variable)
    const program = findProgram(name, searchPath(host))
    if (program === undefined) throw new UserError(`the program "${name}" was not found`)
    const { end, stdout, stderr } = await run({ program, args, env: chosenEnvironment(host.env), deadline })
    if (end.kind === "exit" && end.code === 0) return stdout
    stdout.fill(0)
    throw new UserError(`it ${end.kind === "exit" ? `ended with status ${end.code}` : "was ended"}`, {
        cause: new Error(stderr.trim() || "it said nothing"),
    })
}
