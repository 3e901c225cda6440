// docs/without-nixos.md, done word by word on a Debian: from the tarball to a secret in memory, also after a boot. Only
// what comes from elsewhere is brought in from outside: npm's installation and git's clone.

import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env } from "node:process"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { root } from "../../agent/build/build.ts"
import { makeHost, seal } from "../host.ts"
import { Machine, node } from "./machine.ts"

const repository = "/etc/hostseal/repository"

const searched = "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin"

/** The blocks of a language in a page. */
function blocks(page: string, language: string): string[] {
    const text = readFileSync(join(root, "docs", page), "utf8")
    return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gmu"))].map(
        ([, block = ""]) => block,
    )
}

describe("a Debian", () => {
    const host = makeHost()
    const directory = mkdtempSync(join(tmpdir(), "hostseal-tarball-"))
    const tree = join(directory, "repository")
    const [install = "", update = ""] = blocks("without-nixos.md", "sh")
    const odd = `CANARY "double" 'single' $HOME \\ %h #`
    let machine: Machine

    beforeAll(async () => {
        mkdirSync(tree)
        for (const args of [
            ["init", "--quiet"],
            ["config", "user.name", "alice"],
            ["config", "user.email", "a@example.org"],
        ])
            git(...args)
        hostseal("", "key", "generate")
        hostseal("", "users", "add", "alice", join(directory, ".config/sops/age/keys.txt"))
        writeFileSync(join(directory, "host.pub"), host.publicLine)
        hostseal("", "machines", "add", "web01", "--ssh-key", join(directory, "host.pub"), "--yes")
        hostseal(odd, "set", "--user", "alice", "--machine", "web01", "db-password")
        writeFileSync(join(tree, "web01.json"), blocks("without-nixos.md", "json")[0] ?? "")
        git("add", "web01.json")
        git("commit", "--quiet", "-m", "add the settings of web01")

        machine = Machine.make()
        machine.write("/etc/ssh/ssh_host_ed25519_key", host.privateKey, 0o600)
        machine.write("/usr/lib/sysusers.d/app.conf", "u app 900 - /\ng keys 96\n")
        machine.link("/usr/local/bin/node", node)
        machine.unit("hostseal.service", blocks("without-nixos.md", "ini")[0] ?? "")
        machine.unit(
            "app.service",
            `[Service]
Type=oneshot
RemainAfterExit=yes
User=app
EnvironmentFile=-/etc/app/app.env
ExecStart=/bin/sh -c 'printf %%s "$DB_PASSWORD" | md5sum; md5sum < /run/secrets/db-password'
`,
            "multi-user.target",
        )
        await machine.boot()
        for (const line of install.trim().split("\n")) command(line)
    })
    afterAll(async () => {
        await machine.remove()
        rmSync(directory, { recursive: true })
    })

    test("has its secrets in memory, with their owners", () => {
        expect(machine.run("stat", "-Lc", "%U:%G %a", "/run/secrets/db-password")).toBe("app:app 440\n")
        expect(machine.run("findmnt", "-no", "FSTYPE", "/run/secrets.d")).toMatch(/^(?:ramfs|tmpfs)\n$/u)
        expect(machine.run("cat", "/run/secrets/db-password")).toBe(odd)
    })

    test("boots with them: a service reads the value, and the same from its environment file", async () => {
        await machine.shutdown()
        expect(
            execFileSync("sh", ["-c", `grep -rlaF CANARY '${machine.disk}' || true`], { encoding: "utf8" }),
        ).toBe("")
        expect(await machine.boot()).toEqual([])
        expect(sums()).toEqual([md5(odd), md5(odd)])
    })

    test("follows a change of the repository, and restarts who uses it", () => {
        hostseal("CANARY-2", "set", "db-password")
        for (const line of update.trim().split("\n")) command(line)
        machine.run("sh", "-c", "while systemctl list-jobs -q --no-legend | grep -q .; do sleep 0.1; done")
        expect(sums()).toEqual([md5(odd), md5(odd), md5("CANARY-2"), md5("CANARY-2")])
        expect(onMachine("hostseal-agent", "status")).toContain("db-password")
    })

    test("installs the complete manifest of docs/manifest.md", async () => {
        const [example = ""] = blocks("manifest.md", "json")
        const document = `database:\n    password: CANARY-yaml\n`
        machine.write("/etc/hostseal/secrets.yaml", await seal(document, "yaml", host.recipient))
        machine.write("/etc/hostseal/tls.key.enc", await seal("CANARY-tls", "binary", host.recipient))
        machine.write("/etc/hostseal/example.json", example)
        expect(onMachine("hostseal-agent", "check", "/etc/hostseal/example.json")).toBe("")
        const { status, stderr } = machine.attempt(
            "env",
            searched,
            "hostseal-agent",
            "install",
            "/etc/hostseal/example.json",
        )
        expect([status, stderr]).toEqual([0, expect.not.stringContaining("warning")])
        const stat = (path: string) => machine.run("stat", "-Lc", "%U:%G %a", path)
        expect(stat("/run/secrets/db-password")).toBe("app:app 440\n")
        expect(machine.run("cat", "/run/secrets/db-password")).toBe("CANARY-yaml")
        expect(machine.run("cat", "/etc/app/tls.key")).toBe("CANARY-tls")
        expect(machine.run("cat", "/etc/app/app.env")).toBe('DB_PASSWORD="CANARY-yaml"\n')
        expect(stat("/etc/app/app.env")).toBe("app:root 400\n")
    })

    /** A line of the page, where it can be done. */
    function command(line: string): void {
        if (line.startsWith("npm ")) return npm(line)
        if (line.startsWith("git clone ")) return git("clone", "--quiet", tree, machine.inside(repository))
        if (line.startsWith("git -C ")) return git("-C", machine.inside(repository), "pull", "--quiet")
        onMachine("sh", "-c", line)
    }

    function onMachine(...args: string[]): string {
        return machine.run("env", searched, ...args)
    }

    function npm(line: string): void {
        const run = (...args: string[]) => execFileSync("npm", args, { cwd: root, stdio: "pipe" })
        run("pack", "--silent", "--pack-destination", directory)
        const tarball = readdirSync(directory).find((name) => name.endsWith(".tgz")) ?? ""
        expect(line).toBe(`npm install --global ./${tarball}`)
        const prefix = ["--prefix", machine.inside("/usr/local")]
        run("install", "--global", "--offline", ...prefix, join(directory, tarball))
    }

    function git(...args: string[]): void {
        execFileSync("git", args, { cwd: tree, stdio: "pipe" })
    }

    function hostseal(input: string, ...args: string[]): void {
        const home = { PATH: env["PATH"], HOME: directory }
        const program = join(root, "dist", "hostseal.cjs")
        execFileSync(process.execPath, [program, ...args], { cwd: tree, env: home, input, stdio: "pipe" })
    }

    /** What the service has read, start by start. */
    function sums(): string[] {
        return machine.journal("app").match(/\b[0-9a-f]{32}\b/gu) ?? []
    }
})

function md5(text: string): string {
    return execFileSync("md5sum", { input: text, encoding: "utf8" }).slice(0, 32)
}
