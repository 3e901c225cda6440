// A machine: Debian booted by systemd-nspawn on an overlay. What it writes to its disk lands in a directory that a
// test can search; what it keeps in memory is gone with it.

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    rmdirSync,
    symlinkSync,
    writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { execPath, kill } from "node:process"
import { setTimeout as sleep } from "node:timers/promises"
import { inject } from "vitest"

/** Where the programs are on every machine. */
export const agent = "/opt/hostseal/dist/hostseal-agent.cjs"
export const node = "/opt/hostseal/node"

/** What a command left behind. */
export interface Outcome {
    readonly status: number | null
    readonly stdout: string
    readonly stderr: string
}

export class Machine {
    readonly #directory: string
    readonly #groups: readonly string[]
    #container: ChildProcess | undefined
    #leader = 0
    /** A program that becomes systemd, in the place of systemd. */
    init: string | undefined
    /** Whether it has a user namespace, in which nobody has another number than outside. */
    hasUserNamespace = false
    /** What is added to the numbers of its users, in a user namespace of its own. */
    shift = 0
    /** What systemd-nspawn is told besides. */
    options: readonly string[] = []

    private constructor(directory: string) {
        this.#directory = directory
        this.#groups = controlGroups(directory)
    }

    /** A machine that is switched off, with nothing on its disk but Debian. */
    static make(): Machine {
        const directory = mkdtempSync(join(tmpdir(), "hostseal-machine-"))
        // The overlay's upper layer must not lie on another overlay, as /tmp may: a tmpfs of the host is its disk.
        execFileSync("mount", ["-t", "tmpfs", "-o", "mode=0700", "tmpfs", directory])
        const [disk, work, root] = ["disk", "work", "root"].map((name) => join(directory, name))
        for (const path of [disk, work, root]) mkdirSync(`${path}`, { mode: 0o755 })
        const layers = `lowerdir=${inject("debian")},upperdir=${disk},workdir=${work}`
        execFileSync("mount", ["-t", "overlay", "-o", layers, "overlay", `${root}`])
        return new Machine(directory)
    }

    /** What this machine wrote to its disk, as seen from outside. */
    get disk(): string {
        return join(this.#directory, "disk")
    }

    /** Where a path of the disk is on the host. */
    inside(path: string): string {
        return join(this.#directory, "root", path)
    }

    /** Puts a file on the disk; works on a running machine too. */
    write(path: string, content: string | Buffer, mode = 0o644): void {
        const target = this.inside(path)
        mkdirSync(dirname(target), { recursive: true, mode: 0o755 })
        writeFileSync(target, content)
        chmodSync(target, mode)
    }

    /** Writes a unit file. `wants` names the units that pull it in, as `[Install]` would. */
    unit(name: string, content: string, ...wants: readonly string[]): void {
        this.write(`/etc/systemd/system/${name}`, content)
        for (const target of wants) this.link(`/etc/systemd/system/${target}.wants/${name}`, `../${name}`)
    }

    /** Puts a symbolic link on the disk. */
    link(path: string, target: string): void {
        mkdirSync(dirname(this.inside(path)), { recursive: true, mode: 0o755 })
        rmSync(this.inside(path), { force: true })
        symlinkSync(target, this.inside(path))
    }

    /** Takes a file off the disk. */
    unlink(path: string): void {
        rmSync(this.inside(path), { force: true })
    }

    /** Switches the machine on, waits until systemd has no job left, and answers the units that failed. */
    async boot(): Promise<string[]> {
        const options = [
            "--register=no",
            "--keep-unit",
            "--settings=no",
            "--private-network",
            "--link-journal=no",
        ]
        const binds = [`--bind-ro=${execPath}:${node}`, `--bind-ro=${inject("dist")}:${dirname(agent)}`]
        const start = this.init === undefined ? ["--boot"] : []
        const command = ["systemd-nspawn", "--quiet", ...start, ...options, ...binds]
        const place = ["--directory", this.inside("/"), "--console=pipe", "--hostname=machine"]
        place.push(...this.options)
        if (this.hasUserNamespace) place.push("--private-users=identity")
        if (this.shift > 0)
            place.push(`--private-users=${this.shift}:65536`, "--private-users-ownership=chown")
        if (this.init !== undefined) place.push(this.init)
        // Two containers in one control group would fight over it; a new one is entered before nspawn starts.
        const enter = this.#groups.map((group) => `echo $$ > '${group}/cgroup.procs'`)
        const script = [...enter, `exec "$@"`].join(" && ")
        // It ends with the test that started it, however that ends.
        const enclosed = ["--pdeathsig", "KILL", "sh", "-c", script, "sh"]
        const container = spawn("setpriv", [...enclosed, ...command, ...place], { stdio: "ignore" })
        this.#container = container
        this.#leader = await leaderOf(container)
        for (let tries = 0; tries < 300; tries += 1) {
            const state = this.attempt("systemctl", "is-system-running").stdout.trim()
            if (state === "running" || state === "degraded") return this.failedUnits()
            await sleep(100)
        }
        throw new Error(`the machine did not come up: ${this.attempt("systemctl", "list-jobs").stdout}`)
    }

    /** Runs a program on the machine as root. */
    attempt(...command: readonly string[]): Outcome {
        const entry = ["-t", `${this.#leader}`, "-m", "-u", "-i", "-n", "-p", "-r", "-w"]
        if (this.shift > 0) entry.push("-U", "-S", "0", "-G", "0")
        const path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
        const result = spawnSync("nsenter", [...entry, "env", "-i", path, "LC_ALL=C.UTF-8", ...command], {
            encoding: "utf8",
        })
        return { status: result.status, stdout: result.stdout, stderr: result.stderr }
    }

    /** As `attempt`, but a failure is an error with everything the program said; answers standard output. */
    run(...command: readonly string[]): string {
        const { status, stdout, stderr } = this.attempt(...command)
        if (status !== 0) throw new Error(`${command.join(" ")}: exit ${status}\n${stdout}${stderr}`)
        return stdout
    }

    failedUnits(): string[] {
        const lines = this.run("systemctl", "--failed", "--plain", "--no-legend", "-q").split("\n")
        return lines.flatMap((line) => line.split(" ")[0] ?? []).filter(Boolean)
    }

    /** What the journal has of this boot: of a unit, or all of it. */
    journal(...units: readonly string[]): string {
        return this.run(
            "journalctl",
            "--no-pager",
            "-b",
            "-o",
            "short-monotonic",
            ...units.map((u) => `-u${u}`),
        )
    }

    /** Switches the machine off in the orderly way, and throws if that takes more than `seconds`. */
    async shutdown(seconds = 30): Promise<void> {
        const container = this.#container
        if (container === undefined || container.exitCode !== null) return
        const ended = new Promise<void>((resolve) => container.once("exit", () => resolve()))
        this.attempt("systemctl", "--no-block", "poweroff")
        const late = sleep(seconds * 1000, "late" as const, { ref: false })
        if ((await Promise.race([ended, late])) === "late") {
            const jobs = this.attempt("systemctl", "list-jobs").stdout
            container.kill("SIGKILL")
            await ended
            throw new Error(`the machine did not shut down within ${seconds} s; it waited for\n${jobs}`)
        }
        this.#container = undefined
    }

    /** Pulls the plug: every process is gone at once, and what was in memory with it. */
    async cut(): Promise<void> {
        const container = this.#container
        if (container === undefined || container.exitCode !== null) return
        const ended = new Promise<void>((resolve) => container.once("exit", () => resolve()))
        kill(this.#leader, "SIGKILL")
        await ended
        this.#container = undefined
    }

    /** Pulls the plug if need be, and removes every trace from the host. */
    async scrap(): Promise<void> {
        await this.cut()
        await this.remove()
    }

    /** Switches off if need be, and removes every trace from the host. */
    async remove(): Promise<void> {
        try {
            await this.shutdown()
        } finally {
            execFileSync("umount", [this.inside("/")])
            execFileSync("umount", [this.#directory])
            rmdirSync(this.#directory)
            for (const group of this.#groups) removeGroup(group)
        }
    }
}

/** A control group of our own in each hierarchy that systemd uses, old layout or new. */
function controlGroups(directory: string): string[] {
    const name = directory.slice(directory.lastIndexOf("/") + 1)
    const hierarchies = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"]
    const used = hierarchies.filter((path) => existsSync(join(path, "cgroup.procs")))
    return used.map((path) => {
        mkdirSync(join(path, name))
        return join(path, name)
    })
}

/** Control groups go from the leaves up; the kernel's files in them go by themselves. */
function removeGroup(group: string): void {
    for (const entry of readdirSync(group, { withFileTypes: true }))
        if (entry.isDirectory()) removeGroup(join(group, entry.name))
    rmdirSync(group)
}

/** The process that is PID 1 in the container, once it has become systemd. */
async function leaderOf(container: ChildProcess): Promise<number> {
    for (let tries = 0; tries < 300; tries += 1) {
        if (container.exitCode !== null) throw new Error(`systemd-nspawn ended with ${container.exitCode}`)
        const children = `/proc/${container.pid}/task/${container.pid}/children`
        for (const child of readFileSync(children, "utf8").split(" ").filter(Boolean)) {
            if (commandOf(child) === "systemd") return Number(child)
        }
        await sleep(20)
    }
    throw new Error("systemd-nspawn started no systemd")
}

/** What a process calls itself; `undefined` when it has ended: systemd-nspawn has helpers that live for moments. */
function commandOf(pid: string): string | undefined {
    try {
        return readFileSync(`/proc/${pid}/comm`, "utf8").trim()
    } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : undefined
        if (code === "ENOENT" || code === "ESRCH") return undefined
        throw error
    }
}
