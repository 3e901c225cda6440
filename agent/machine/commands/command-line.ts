// The two command lines of the program: its own, and that of `sops-install-secrets`, which scripts and modules know.

import { parseArgs } from "node:util"
import { UserError } from "../../error.ts"

/** What to do. */
export type Request =
    | { readonly kind: "install"; readonly manifest: string; readonly ignorePasswd: boolean }
    | {
          readonly kind: "run"
          readonly manifest: string
          readonly ignorePasswd: boolean
          /** Milliseconds between two looks at everything. */
          readonly interval: number
      }
    | { readonly kind: "check"; readonly manifest: string; readonly depth: "manifest" | "sopsfile" }
    | { readonly kind: "status"; readonly manifest: string | undefined; readonly json: boolean }
    | { readonly kind: "recipient"; readonly files: readonly string[] }
    | { readonly kind: "version" }
    | { readonly kind: "help"; readonly text: string }

/** A command line that makes no sense; exit code 2. */
export class UsageError extends UserError {}

const help = `Examples:
  hostseal-agent install /etc/hostseal/manifest.json    install the secrets of a manifest
  hostseal-agent check manifest.json                    see what is wrong with it, without any private key
  hostseal-agent status                                 what is installed, what is stale, what failed and why
  hostseal-agent recipient                              the public key to encrypt secrets to for this machine

Usage: hostseal-agent COMMAND

Commands:
  install [--ignore-passwd] MANIFEST     open the secrets and put them into memory
  run [--ignore-passwd] [--interval=SECONDS] MANIFEST
                                         do that, stay, and do it again on SIGHUP, when a file that it read
                                         changes, and when what it installed was tampered with
  check [--mode=MODE] MANIFEST           MODE is sopsfile (default: look into the files) or manifest
  status [--json] [MANIFEST]             of /run/secrets and /run/secrets-for-users, or of a manifest
  recipient [FILE…]                      public keys of /etc/ssh/ssh_host_ed25519_key, or of key files
  version

Exit codes: 0 done; 1 failure; 2 usage; 3 nothing is installed; 5 not as it should be (status);
7 something optional failed; 65 something failed that takes another configuration; 75 something failed
that may work later. Called as sops-install-secrets it takes that program's arguments and exits with 0 or 1,
but for the units of the module.`

const legacyHelp = `Usage: sops-install-secrets [OPTION] manifest.json
  -check-mode string
    \tValidate configuration without installing it (possible values: "manifest","sopsfile","off") (default "off")
  -ignore-passwd
    \tDon't look up anything in /etc/passwd. Causes everything to be owned by root:root or the user executing the tool in user mode`

/** Reads the arguments of `hostseal-agent`. Throws `UsageError`. */
export function parseCommandLine(args: readonly string[]): Request {
    const [command, ...rest] = args
    const isHelp = command === undefined || ["help", "--help", "-h"].includes(command)
    if (isHelp || rest.includes("--help") || rest.includes("-h")) return { kind: "help", text: help }
    switch (command) {
        case "install": {
            const { values, positionals } = parse(rest, { "ignore-passwd": { type: "boolean" } })
            return {
                kind: "install",
                manifest: only(positionals),
                ignorePasswd: values["ignore-passwd"] === true,
            }
        }
        case "run": {
            const { values, positionals } = parse(rest, {
                "ignore-passwd": { type: "boolean" },
                interval: { type: "string" },
            })
            const ignorePasswd = values["ignore-passwd"] === true
            return {
                kind: "run",
                manifest: only(positionals),
                ignorePasswd,
                interval: interval(values["interval"]),
            }
        }
        case "check": {
            const { values, positionals } = parse(rest, { mode: { type: "string" } })
            const depth = values["mode"] ?? "sopsfile"
            if (depth !== "sopsfile" && depth !== "manifest")
                throw new UsageError(`--mode is sopsfile or manifest, not "${String(depth)}"`)
            return { kind: "check", manifest: only(positionals), depth }
        }
        case "status": {
            const { values, positionals } = parse(rest, { json: { type: "boolean" } })
            const manifest = positionals.length === 0 ? undefined : only(positionals)
            return { kind: "status", manifest, json: values["json"] === true }
        }
        case "recipient":
            return { kind: "recipient", files: parse(rest, {}).positionals }
        case "version":
        case "--version":
            return { kind: "version" }
        default:
            throw new UsageError(`there is no command "${command}"`, { hint: "hostseal-agent --help" })
    }
}

type Options = Record<string, { type: "boolean" | "string" }>

function parse(args: readonly string[], options: Options) {
    // The usual command line has no options; for it Node's parser need not be loaded.
    if (!args.some((arg) => arg.startsWith("-"))) return { values: {}, positionals: [...args] }
    try {
        const { values, positionals } = parseArgs({
            args: [...args],
            options,
            allowPositionals: true,
            strict: true,
        })
        return { values, positionals }
    } catch (error) {
        throw new UsageError(error instanceof Error ? error.message : "unknown option", {
            hint: "hostseal-agent --help",
        })
    }
}

function interval(text: string | boolean | undefined = "60"): number {
    const seconds = typeof text === "string" && /^\d{1,5}(?:\.\d{1,3})?$/u.test(text) ? Number(text) : 0
    if (seconds === 0) throw new UsageError("--interval is a number of seconds")
    return seconds * 1000
}

function only(positionals: readonly string[]): string {
    const [manifest] = positionals
    if (manifest === undefined || positionals.length > 1)
        throw new UsageError("exactly one manifest is needed", { hint: "hostseal-agent --help" })
    return manifest
}

/**
 * Reads the arguments of `sops-install-secrets`, as Go's flag package does: one dash or two, `-name=value` or, for
 * other than switches, `-name value`, and the first argument that is no option ends them. Throws `UsageError`.
 */
export function parseLegacyCommandLine(args: readonly string[]): Request {
    let checkMode = "off"
    let ignorePasswd = false
    const left = [...args]
    for (let next = left[0]; next !== undefined && /^-./u.test(next); next = left[0]) {
        left.shift()
        if (next === "--") break
        const [, name, value] = /^--?([^=]+)(?:=(.*))?$/su.exec(next) ?? []
        if (name === "h" || name === "help") return { kind: "help", text: legacyHelp }
        if (name === "ignore-passwd") ignorePasswd = switchValue(value ?? "true")
        else if (name === "check-mode") checkMode = value ?? left.shift() ?? missing("check-mode")
        else throw refused(`flag provided but not defined: -${name ?? next}`)
    }
    if (!["manifest", "sopsfile", "off"].includes(checkMode))
        throw refused(`invalid value provided for -check-mode flag: ${checkMode}`)
    const [manifest] = left
    // sops-install-secrets shows its usage then, and exits with 0.
    if (manifest === undefined || left.length > 1) return { kind: "help", text: legacyHelp }
    if (checkMode === "manifest" || checkMode === "sopsfile")
        return { kind: "check", manifest, depth: checkMode }
    return { kind: "install", manifest, ignorePasswd }
}

function switchValue(text: string): boolean {
    if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true
    if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false
    throw refused(`invalid boolean value "${text}" for -ignore-passwd`)
}

function missing(flag: string): never {
    throw refused(`flag needs an argument: -${flag}`)
}

function refused(message: string): UsageError {
    return new UsageError(message, { hint: "sops-install-secrets -help" })
}
