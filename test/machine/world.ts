// A machine to install on: a host key, a place for mounts and links, sealed files, and the program itself, run in
// this process on command lines. Nothing that it prints may hold a plaintext: every plaintext of these tests has the
// word CANARY in it.

import {
    existsSync,
    lstatSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { expect } from "vitest"
import type { Host } from "../../agent/machine/host.ts"
import { runProgram } from "../../agent/machine/commands/program.ts"
import type { Format } from "../../agent/sops/format.ts"
import { makeHost, seal } from "../host.ts"
import { scratch, testHost } from "./machine.ts"
import type { TestHost } from "./machine.ts"
import { writtenManifest, writtenSecret, writtenTemplate } from "./manifest-examples.ts"
import type { WrittenEntry } from "./manifest-examples.ts"

/** What a command line came to. */
export interface Run {
    readonly code: number
    readonly out: readonly string[]
    readonly err: readonly string[]
    /** Everything that was said to people, in one text. */
    readonly said: string
}

/** The path of a secret or template is at its usual place if it says none; a sopsFile may be relative. */
export interface Wanted {
    readonly secrets?: readonly WrittenEntry[]
    readonly templates?: readonly WrittenEntry[]
    readonly [field: string]: unknown
}

export class World {
    readonly directory = scratch()
    readonly key = makeHost()
    readonly symlink = this.at("run/secrets")
    readonly mountPoint = this.at("run/secrets.d")
    /** Variables of the environment for the runs that follow. */
    readonly env: Record<string, string> = {}

    constructor() {
        mkdirSync(this.at("run"))
        writeFileSync(this.at("host_key"), this.key.privateKey, { mode: 0o600 })
    }

    at(path: string): string {
        return join(this.directory, path)
    }

    /** Writes any file, with its directories. */
    write(path: string, content: string | Buffer, mode = 0o644): string {
        const file = this.at(path)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, content, { mode })
        return file
    }

    /** Seals a plaintext to the machine, or to others. */
    async seal(
        path: string,
        plaintext: string,
        format: Format = "binary",
        ...recipients: string[]
    ): Promise<string> {
        const to = recipients.length === 0 ? [this.key.recipient] : recipients
        return this.write(path, await seal(plaintext, format, ...to))
    }

    /** Writes a manifest for this machine and returns its path. */
    manifest({ secrets = [], templates = [], ...fields }: Wanted): string {
        const written = writtenManifest({
            secrets: secrets.map((secret) => writtenSecret(this.placed(secret, secret.name))),
            templates: templates.map((template) =>
                writtenTemplate(this.placed(template, `rendered/${template.name}`)),
            ),
            ageSshKeyPaths: [this.at("host_key")],
            secretsMountPoint: this.mountPoint,
            symlinkPath: this.symlink,
            ...fields,
        })
        return this.write("manifest.json", JSON.stringify(written))
    }

    private placed(entry: WrittenEntry, file: string): WrittenEntry {
        const source = entry["sopsFile"]
        return {
            path: join(this.symlink, file),
            ...entry,
            ...(typeof source === "string" && !source.startsWith("/") ? { sopsFile: this.at(source) } : {}),
        }
    }

    /** Runs a command line of hostseal-agent. */
    async run(...args: readonly string[]): Promise<Run> {
        return await this.runAs({}, ...args)
    }

    /** The same on a host that is different. */
    async runAs(changes: Partial<Host>, ...args: readonly string[]): Promise<Run> {
        const host: TestHost = testHost(this.directory, {
            env: { PATH: process.env["PATH"], ...this.env },
            ...changes,
        })
        const code = await runProgram(args, host)
        for (const line of [...host.printed, ...host.told]) expect(line).not.toContain("CANARY")
        return { code, out: host.printed, err: host.told, said: host.told.join("\n") }
    }

    /** Installs a manifest that is expected to work in full. */
    async install(wanted: Wanted): Promise<Run> {
        const run = await this.run("install", this.manifest(wanted))
        expect(run.said).not.toContain("error")
        expect(run.code).toBe(0)
        return run
    }

    /** The content of an installed file. */
    read(file: string): string {
        return readFileSync(join(this.symlink, file), "utf8")
    }

    has(file: string): boolean {
        return existsSync(join(this.symlink, file))
    }

    /** Owner, group and mode of a path below the directory of this machine, links not followed. */
    stat(path: string): string {
        const { uid, gid, mode } = lstatSync(this.at(path))
        return `${uid}:${gid} ${(mode & 0o7777).toString(8).padStart(4, "0")}`
    }

    /** The number of the live generation. */
    get generation(): number {
        return Number(readlinkSync(this.symlink).split("/").at(-1))
    }

    /** The generations there are. */
    get generations(): number[] {
        return readdirSync(this.mountPoint)
            .filter((name) => /^\d+$/u.test(name))
            .map(Number)
            .toSorted((a, b) => a - b)
    }
}

/** The uid and gid of somebody else. In a user namespace with one user there is nobody else. */
export const stranger = process.getuid?.() === 0 && isRealRoot() ? 12_345 : 0

function isRealRoot(): boolean {
    return /^\s*0\s+0\s+4294967295/u.test(readFileSync("/proc/self/uid_map", "utf8"))
}
