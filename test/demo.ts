// The main job on real input, as `npm run demo` shows it: a throw-away host key, three SOPS files sealed to it, and
// the agent that installs them into memory. It works in a mount namespace of its own, so nothing of it stays; without
// root the namespace comes with `unshare -r`, where no file can be given to another user.

import { execFileSync, spawnSync } from "node:child_process"
import {
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    readlinkSync,
    rmSync,
    writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { argv, env, execPath, exit, getuid, stdout } from "node:process"
import { root } from "../agent/build/build.ts"
import { makeHost, seal } from "./host.ts"
import { writtenManifest, writtenSecret, writtenTemplate } from "./machine/manifest-examples.ts"

const namespaces = { root: ["--mount", "--propagation", "private"], other: ["--mount", "--map-root-user"] }
const inside = argv[2]

if (inside === undefined) {
    const kind = getuid?.() === 0 ? "root" : "other"
    const tried = spawnSync("unshare", [...namespaces[kind], "true"], { encoding: "utf8" })
    if (tried.status !== 0) {
        stdout.write(refusal(kind, tried.error?.message ?? tried.stderr.trim()))
        exit(1)
    }
    const command = [...namespaces[kind], execPath, import.meta.filename, kind]
    exit(spawnSync("unshare", command, { stdio: "inherit" }).status ?? 1)
}
await demonstrate(inside === "root")

/** Why there is no demonstration here, and what helps. */
function refusal(kind: keyof typeof namespaces, reason: string): string {
    const missing = "The demonstration needs a mount namespace of its own, and this machine gives it none"
    const help = {
        root: "In a container: start that one with --privileged, or run this outside of it.",
        other: "Run it as root, or let users have namespaces: sysctl -w user.max_user_namespaces=10000\nOn Debian also kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0.",
    }
    return `${missing}: ${reason}\n${help[kind]}\n`
}

async function demonstrate(asRoot: boolean): Promise<void> {
    const directory = mkdtempSync("/tmp/hostseal-demo-")
    try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "mode=0755", "tmpfs", directory])
        await story(directory, asRoot)
    } finally {
        execFileSync("umount", ["--lazy", directory])
        rmSync(directory, { recursive: true })
    }
}

async function story(directory: string, asRoot: boolean): Promise<void> {
    const at = (path: string): string => join(directory, path)
    mkdirSync(at("run"))

    say("A host has an SSH key. What it can open is addressed to the age recipient made of its public half.")
    const host = makeHost()
    writeFileSync(at("ssh_host_ed25519_key"), host.privateKey, { mode: 0o600 })
    show(`${host.publicLine}\n${host.recipient}`)

    say(
        "Three secrets, sealed to that recipient as SOPS files. Anybody may read these files, and git may keep them.",
    )
    const app = "database:\n    password: CANARY-1\n    port: 5432\ntoken: CANARY-2\n"
    writeFileSync(at("app.yaml"), await seal(app, "yaml", host.recipient))
    writeFileSync(at("wifi"), await seal("CANARY-3\n", "binary", host.recipient))
    writeFileSync(at("mail.env"), await seal("SMTP_PASSWORD=CANARY-4\n", "dotenv", host.recipient))
    show(readFileSync(at("app.yaml"), "utf8").split("\n", 4).join("\n"))

    say(
        "A manifest says which of them go where, who owns them, and what is made of them. The NixOS module writes it.",
    )
    const owner = asRoot ? { owner: "nobody" } : {}
    writeFileSync(at("manifest.json"), JSON.stringify(manifest(directory, asRoot, owner)))
    install(at("manifest.json"))

    say("What lies in memory now; the contents are not shown.")
    show(list(at("run")))

    say("The same again with a new token: a new generation, and one atomic switch of the link.")
    writeFileSync(at("app.yaml"), await seal(app.replace("CANARY-2", "CANARY-5"), "yaml", host.recipient))
    install(at("manifest.json"))
    show(list(at("run")))

    say("Nothing is decrypted anywhere else, and this memory is gone when the demonstration ends.")
}

function manifest(directory: string, asRoot: boolean, owner: object): object {
    const run = join(directory, "run")
    const entry = (name: string, fields: object): Record<string, unknown> =>
        writtenSecret({ name, path: join(run, "secrets", name), ...fields })
    const yaml = { format: "yaml", sopsFile: join(directory, "app.yaml") }
    const token = "<SOPS:token:PLACEHOLDER>"
    return writtenManifest({
        secrets: [
            entry("database-password", { ...yaml, key: "database/password", ...owner }),
            entry("token", { ...yaml, key: "token", mode: "0440" }),
            entry("wifi", { sopsFile: join(directory, "wifi"), path: join(run, "etc", "wifi.key") }),
            entry("mail.env", { format: "dotenv", sopsFile: join(directory, "mail.env") }),
        ],
        templates: [
            writtenTemplate({
                name: "app.conf",
                content: `listen = 80\ntoken = ${token}\n`,
                path: join(run, "secrets", "rendered", "app.conf"),
            }),
        ],
        placeholderBySecretName: { token },
        ageSshKeyPaths: [join(directory, "ssh_host_ed25519_key")],
        secretsMountPoint: join(run, "secrets.d"),
        symlinkPath: join(run, "secrets"),
        useTmpfs: asRoot,
        userMode: !asRoot,
    })
}

/** Runs the agent as systemd would; it prints what it does, never a value. */
function install(manifestPath: string): void {
    const agent = join(root, "dist", "hostseal-agent.cjs")
    stdout.write("    $ hostseal-agent install manifest.json\n")
    // Where a user's session keeps what is for this boot; a manifest in user mode asks for it.
    const variables = { ...env, XDG_RUNTIME_DIR: dirname(manifestPath) }
    const { status, output } = spawnSync(execPath, [agent, "install", manifestPath], {
        env: variables,
        encoding: "utf8",
    })
    show(output.join("").trimEnd())
    if (status !== 0) throw new Error(`the agent ended with ${status}`)
}

/** Mode, owner, size and name of what lies below a directory, and where links point; the agent's own notes left out. */
function list(directory: string, prefix = ""): string {
    const lines = readdirSync(directory)
        .filter((name) => !name.startsWith("."))
        .toSorted()
        .map((name) => {
            const path = join(directory, name)
            const status = lstatSync(path)
            const kind = status.isSymbolicLink() ? "l" : status.isDirectory() ? "d" : "-"
            const mode = (status.mode & 0o777).toString(8).padStart(4, "0")
            const target = status.isSymbolicLink()
                ? ` -> ${readlinkSync(path)}`
                : status.isDirectory()
                  ? "/"
                  : ""
            const size = status.isFile() ? `${status.size} B` : ""
            const line = `${kind} ${mode} ${`${status.uid}:${status.gid}`.padEnd(12)} ${size.padStart(6)}  ${prefix}${name}${target}`
            return status.isDirectory() ? [line, list(path, `${prefix}${name}/`)] : [line]
        })
    return lines.flat().filter(Boolean).join("\n")
}

function say(text: string): void {
    stdout.write(`\n${text}\n\n`)
}

function show(text: string): void {
    for (const line of text.split("\n")) stdout.write(`    ${line}\n`)
}
