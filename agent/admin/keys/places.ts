// Where private keys are looked for, and in which order (docs/command-line.md#keys; docs/clan-contract.md#looking-for-keys).

import { homedir } from "node:os"
import { isAbsolute, join, resolve } from "node:path"
import type { Environment } from "../../os/children.ts"

/** What a place may hold: age identities, an SSH key, or either of them (`--identity`). */
export type Holds = "age" | "ssh" | "any"

/**
 * A place to look for private keys. `name` says it to people, the variable and the path; `origin` is what `key show`
 * has, as clan prints it: the path, or the bare name of the variable.
 */
export type Place = { readonly holds: Holds; readonly name: string; readonly origin: string } & (
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "command"; readonly command: string }
    | {
          readonly kind: "file"
          readonly path: string
          /** The user named it, so it is the answer even when there is nothing usable. */
          readonly named: boolean
      }
)

/**
 * The places that count, best first. `--identity` stands alone: who names a key wants that key. Otherwise the first
 * place that is there wins, of those for age and of those for SSH; nothing is merged (docs/clan-contract.md#looking-for-keys), except that
 * both of the usual SSH keys are used.
 */
export function places(env: Environment, identityOptions: readonly string[], cwd: string): readonly Place[] {
    if (identityOptions.length > 0) {
        return identityOptions.map((option): Place => {
            const path = resolve(cwd, option)
            return { kind: "file", holds: "any", name: path, origin: path, path, named: true }
        })
    }
    return [...agePlaces(env, cwd), ...sshPlaces(env, cwd)]
}

/** The key file that sops and clan read by default, and that `key generate` writes. */
export function defaultKeyFile(env: Environment): string {
    return join(configurationDirectory(env), "sops", "age", "keys.txt")
}

function agePlaces(env: Environment, cwd: string): Place[] {
    const given = [
        text(env, "SOPS_AGE_KEY"),
        file(env, "SOPS_AGE_KEY_FILE", "age", cwd),
        command(env),
        text(env, "AGE_KEY"),
        file(env, "AGE_KEYFILE", "age", cwd),
    ].find((place) => place !== undefined)
    if (given !== undefined) return [given]
    const config = configurationDirectory(env)
    return [defaultKeyFile(env), join(config, "age", "identities")].map((path) => usual(path, "age"))
}

function sshPlaces(env: Environment, cwd: string): Place[] {
    const given = file(env, "SOPS_AGE_SSH_PRIVATE_KEY_FILE", "ssh", cwd)
    if (given !== undefined) return [given]
    return ["id_ed25519", "id_rsa"].map((name) => usual(join(home(env), ".ssh", name), "ssh"))
}

function text(env: Environment, name: string): Place | undefined {
    const value = env[name] ?? ""
    return value === ""
        ? undefined
        : { kind: "text", holds: "age", name: `$${name}`, origin: name, text: value }
}

function file(env: Environment, name: string, holds: Holds, cwd: string): Place | undefined {
    const value = env[name] ?? ""
    if (value === "") return undefined
    const path = resolve(cwd, value)
    return { kind: "file", holds, name: `$${name} (${path})`, origin: path, path, named: true }
}

function command(env: Environment): Place | undefined {
    const name = "SOPS_AGE_KEY_CMD"
    const value = env[name] ?? ""
    return value === ""
        ? undefined
        : { kind: "command", holds: "age", name: `$${name}`, origin: name, command: value }
}

function usual(path: string, holds: Holds): Place {
    return { kind: "file", holds, name: path, origin: path, path, named: false }
}

/** As Go's and clan's: XDG_CONFIG_HOME, else the system's own place. */
function configurationDirectory(env: Environment): string {
    const given = env["XDG_CONFIG_HOME"] ?? ""
    if (isAbsolute(given)) return given
    return process.platform === "darwin"
        ? join(home(env), "Library", "Application Support")
        : join(home(env), ".config")
}

function home(env: Environment): string {
    const given = env["HOME"] ?? ""
    return isAbsolute(given) ? given : homedir()
}
