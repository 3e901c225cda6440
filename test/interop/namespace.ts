// A mount namespace with a /run, users and groups of its own, in which a program that must be root mounts, links and
// changes owners without touching the machine under it. Gone with the process that holds it.

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from "node:fs"
import { readlinkSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { env } from "node:process"

/** One node of a file tree, without what differs from run to run (times, inodes). */
export interface Node {
    readonly mode: string
    readonly owner: string
    /** The bytes of a file as text, the target of a link; directories have none. */
    readonly content?: string
}

export interface Outcome {
    readonly status: number | null
    readonly stdout: string
    readonly stderr: string
}

const users =
    "root:x:0:0::/root:/bin/sh\nalice:x:1000:100::/home/alice:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"
const groups = "root:x:0:\nkeys:x:96:\nusers:x:100:\nweb:x:900:\nnogroup:x:65534:\n"

export class Namespace {
    readonly #directory: string
    readonly #holder: ChildProcess

    private constructor(directory: string, holder: ChildProcess) {
        this.#directory = directory
        this.#holder = holder
    }

    static async open(): Promise<Namespace> {
        const directory = mkdtempSync(join(tmpdir(), "hostseal-namespace-"))
        writeFileSync(join(directory, "passwd"), users)
        writeFileSync(join(directory, "group"), groups)
        const steps = [
            "mount -t tmpfs -o mode=0755 tmpfs /run",
            `mount --bind ${directory}/passwd /etc/passwd`,
            `mount --bind ${directory}/group /etc/group`,
            "echo ready",
            "exec sleep infinity",
        ]
        // Ends with the test that started it, however that ends.
        const command = ["--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"]
        const holder = spawn("setpriv", [...command, "sh", "-c", steps.join(" && ")], {
            stdio: ["ignore", "pipe", "inherit"],
        })
        await once(holder.stdout, "data")
        return new Namespace(directory, holder)
    }

    /** Where a path of the namespace is for the processes outside. */
    inside(path: string): string {
        return join(`/proc/${this.#holder.pid}/root`, path)
    }

    write(path: string, content: string, mode = 0o600): void {
        mkdirSync(dirname(this.inside(path)), { recursive: true })
        writeFileSync(this.inside(path), content, { mode })
    }

    run(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Outcome {
        const all = ["-t", `${this.#holder.pid}`, "-m", "--", ...command]
        // HOME as in the activation scripts of NixOS: nothing of the person who runs the tests gets in.
        const variables = { PATH: env["PATH"], HOME: "/var/empty", ...environment }
        const { status, stdout, stderr } = spawnSync("nsenter", all, { env: variables, encoding: "utf8" })
        return { status, stdout, stderr }
    }

    /** Every node below and including `path`, by path; a path that does not exist gives none. */
    tree(path: string): Record<string, Node> {
        const found: Record<string, Node> = {}
        const visit = (at: string): void => {
            const place = this.inside(at)
            const stat = lstatSync(place)
            const node = { mode: stat.mode.toString(8), owner: `${stat.uid}:${stat.gid}` }
            if (stat.isSymbolicLink()) found[at] = { ...node, content: readlinkSync(place) }
            else if (stat.isFile()) found[at] = { ...node, content: readFileSync(place, "utf8") }
            else {
                found[at] = node
                for (const name of readdirSync(place).toSorted()) visit(join(at, name))
            }
        }
        if (existsSync(this.inside(path)) || isLink(this.inside(path))) visit(path)
        return found
    }

    /** File system type and options of what is mounted at `path`, the options that the kernel adds left out. */
    mounts(path: string): string[] {
        const table = readFileSync(`/proc/${this.#holder.pid}/mountinfo`, "utf8").split("\n")
        return table.flatMap((line) => {
            const [, , , , at, options = ""] = line.split(" ")
            const [type = "", , superOptions = ""] = line.split(" - ")[1]?.split(" ") ?? []
            return at === path ? [`${type} ${options} ${superOptions}`] : []
        })
    }

    async close(): Promise<void> {
        const ended = once(this.#holder, "exit")
        this.#holder.kill("SIGKILL")
        await ended
        rmSync(this.#directory, { recursive: true })
    }
}

function isLink(path: string): boolean {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

/** The output of a program that has to succeed. */
export function call(program: string, args: readonly string[]): string {
    return execFileSync(program, args, { encoding: "utf8" })
}

/** Whether a program is on PATH. */
export function available(program: string): boolean {
    try {
        call("sh", ["-c", `command -v ${program}`])
        return true
    } catch {
        return false
    }
}
