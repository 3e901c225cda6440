// Secrets in a container of systemd-nspawn, with this host as its host: the manifest that the module makes for it is
// installed here, and what it says is bound into a machine that boots.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest"
import { root } from "../../agent/build/build.ts"
import { makeHost, seal } from "../host.ts"
import { Machine } from "./machine.ts"

const tree = "/run/secrets-container-web.d"
const golden = join(root, "test", "nix", "golden", "nixos", "containers")
const shift = 131_072

const hasPodman = spawnSync("podman", ["--version"]).status === 0
if (!hasPodman) console.warn("podman is not at hand: containers of podman are not tried")

function podman(...args: readonly string[]): string {
    const program = ["--runtime=runc", "--cgroup-manager=cgroupfs"]
    return execFileSync("podman", [...program, ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
    })
}

describe("a container", () => {
    const host = makeHost()
    const directory = mkdtempSync(join(tmpdir(), "hostseal-container-"))
    let machine: Machine

    beforeAll(async () => {
        writeFileSync(join(directory, "key"), host.privateKey, { mode: 0o600 })
        await install("CANARY-1")
        machine = Machine.make()
        // As the module has it for `containers.web`: the directory, and a rule for the link.
        const containers: {
            web: { bindMounts: object; config: { systemd: { tmpfiles: { rules: string[] } } } }
        } = JSON.parse(readFileSync(join(golden, "containers.json"), "utf8"))
        const { bindMounts, config } = containers.web
        machine.write("/etc/tmpfiles.d/secrets.conf", `${config.systemd.tmpfiles.rules.join("\n")}\n`)
        machine.options = [
            ...Object.keys(bindMounts).map((path) => `--bind-ro=${path}`),
            // The recipe for a value that is read at the start.
            `--load-credential=wifi:${tree}/current/wifi`,
        ]
        expect(await machine.boot()).toEqual([])
    })

    afterAll(async () => {
        await machine.remove()
        spawnSync("umount", [tree])
        for (const path of [tree, directory]) rmSync(path, { recursive: true, force: true })
    })

    test("sees its secrets at the usual place", () => {
        expect(machine.run("cat", "/run/secrets/wifi")).toBe("CANARY-1")
        expect(machine.run("ls", "/run/secrets/")).toBe("database\nwifi\n")
    })

    test("sees the current value after a change, without a restart", async () => {
        await install("CANARY-2")
        expect(machine.run("cat", "/run/secrets/wifi")).toBe("CANARY-2")
        await install("CANARY-3")
        expect(machine.run("cat", "/run/secrets/wifi")).toBe("CANARY-3")
    })

    test("cannot change them", () => {
        expect(machine.attempt("sh", "-c", "echo x > /run/secrets/wifi").stderr).toContain(
            "Read-only file system",
        )
    })

    test("with a user namespace finds its own users as the owners", () => {
        const stat = ["-Lc", "%u:%g %a", `${tree}/current/wifi`, `${tree}/current/database`]
        expect(execFileSync("stat", stat, { encoding: "utf8" })).toBe(
            `${shift}:${shift} 400\n${shift + 33}:${shift} 400\n`,
        )
        // Number 33 of the container, and another one.
        const read = (uid: number): number | null =>
            spawnSync("setpriv", [
                `--reuid=${uid}`,
                "--regid=65534",
                "--clear-groups",
                "cat",
                `${tree}/current/database`,
            ]).status
        expect([read(shift + 33), read(shift + 34)]).toEqual([0, 1])
    })

    test("has a credential of the value at its start until it is started again", async () => {
        const credential = ["cat", "/run/credentials/@system/wifi"]
        expect(machine.run(...credential)).toBe("CANARY-1")
        await machine.shutdown()
        await machine.boot()
        expect(machine.run(...credential)).toBe("CANARY-3")
    })

    test("that boots in a user namespace reads them as its own users, and the current value after a change", async () => {
        await install("CANARY-4")
        const shifted = Machine.make()
        try {
            shifted.write("/etc/tmpfiles.d/secrets.conf", `L+ /run/secrets - - - - ${tree}/current\n`)
            shifted.options = [`--bind-ro=${tree}`]
            shifted.shift = shift
            for (const [name, user] of [
                ["of-root", "root"],
                ["of-33", "www-data"],
                ["of-34", "backup"],
            ] as const) {
                const file = user === "root" ? "wifi" : "database"
                shifted.unit(
                    `${name}.service`,
                    `[Service]\nType=oneshot\nUser=${user}\nExecStart=/bin/cat /run/secrets/${file}\nStandardOutput=file:/run/${name}\n`,
                    "multi-user.target",
                )
            }
            expect(await shifted.boot()).toEqual(["of-34.service"])
            const seen = (name: string): string => shifted.run("cat", `/run/${name}`)
            expect([seen("of-root"), seen("of-33"), seen("of-34")]).toEqual([
                "CANARY-4",
                "CANARY-4",
                expect.stringContaining("Permission denied"),
            ])
            await install("CANARY-5")
            shifted.run("systemctl", "restart", "of-33")
            expect(seen("of-33")).toBe("CANARY-5")
        } finally {
            await shifted.remove()
        }
    })

    test.runIf(hasPodman)(
        "of podman with the directory as a volume sees the current value after a change",
        async () => {
            await install("CANARY-6")
            // As much as a build machine allows: without a network, with limits that need no rights.
            const limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--network=none"]
            const options = ["--detach", "--rm", "--init=false", ...limits, `--volume=${tree}:${tree}:ro`]
            const rootfs = ["--rootfs", `${inject("debian")}:O`]
            const id = podman("run", ...options, ...rootfs, "sleep", "600").trim()
            try {
                const read = () => podman("exec", id, "cat", `${tree}/current/wifi`)
                expect(read()).toBe("CANARY-6")
                await install("CANARY-7")
                expect(read()).toBe("CANARY-7")
            } finally {
                podman("rm", "--force", "--time=0", id)
            }
        },
    )

    /** Installs what the module makes, from a document that was sealed for this test. */
    async function install(value: string): Promise<void> {
        const source = join(directory, "secrets.yaml")
        const document = `wifi: ${value}\ndatabase:\n    password: ${value}\n`
        writeFileSync(source, await seal(document, "yaml", host.recipient))
        const manifest = JSON.parse(readFileSync(join(golden, "manifest-container-web.json"), "utf8"))
        for (const secret of manifest.secrets) secret.sopsFile = source
        const file = join(directory, "manifest.json")
        writeFileSync(
            file,
            JSON.stringify({ ...manifest, ageSshKeyPaths: [join(directory, "key")], sshKeyPaths: [] }),
        )
        execFileSync(execPath, [join(inject("dist"), "hostseal-agent.cjs"), "install", file], {
            stdio: "ignore",
        })
    }
})
