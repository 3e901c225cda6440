import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env, execPath } from "node:process"
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest"
import { makeHost } from "../host.ts"
import { writtenManifest, writtenSecret } from "../machine/manifest-examples.ts"
import { Machine } from "./machine.ts"
import { addUsers, hostKey, installUnit, manifestPath } from "./provision.ts"

describe("both programs together", () => {
    const host = makeHost()
    let home: string
    let repository: string
    let machine: Machine

    beforeAll(async () => {
        home = mkdtempSync(join(tmpdir(), "hostseal-home-"))
        repository = join(home, "clan")
        mkdirSync(repository)
        writeFileSync(join(home, ".gitconfig"), "[user]\nname = Alice\nemail = alice@example.org\n")
        writeFileSync(join(home, "web01.pub"), `${host.publicLine} root@web01\n`)
        execFileSync("git", ["init", "--quiet", repository])

        hostseal([], "key", "generate")
        const [recipient = ""] = /age1[0-9a-z]+/.exec(hostseal([], "key", "show")) ?? []
        hostseal([], "users", "add", "alice", recipient)
        hostseal([], "machines", "add", "web01", "--ssh-key", join(home, "web01.pub"), "--yes")
        hostseal(["CANARY-wifi"], "secrets", "set", "--user", "alice", "--machine", "web01", "wifi")
        hostseal(["CANARY-late"], "secrets", "set", "--user", "alice", "late")

        machine = Machine.make()
        addUsers(machine)
        machine.write(hostKey, host.privateKey, 0o600)
        installUnit(machine)
        deploy("wifi", "late")
        expect(await machine.boot()).toEqual(["sops-install-secrets.service"])
    })

    afterAll(async () => {
        await machine.remove()
        rmSync(home, { recursive: true })
    })

    test("a machine reads what is addressed to it, and nothing else", () => {
        expect(machine.run("cat", "/run/secrets/wifi")).toBe("CANARY-wifi")
        expect(machine.run("ls", "/run/secrets")).toBe("wifi\n")
        expect(machine.journal("sops-install-secrets")).toContain("late")
    })

    test("a machine that was added reads it after the next deployment", () => {
        hostseal([], "machines", "add-secret", "web01", "late")
        deploy("wifi", "late")
        machine.run("systemctl", "restart", "sops-install-secrets")
        expect(machine.run("cat", "/run/secrets/late")).toBe("CANARY-late")
    })

    test("a machine that was removed keeps what it has, and can read nothing new", () => {
        hostseal([], "machines", "remove-secret", "web01", "late")
        hostseal(["CANARY-new"], "secrets", "set", "late")
        deploy("wifi", "late")
        expect(machine.attempt("systemctl", "restart", "sops-install-secrets").status).not.toBe(0)
        expect(machine.run("cat", "/run/secrets/late", "/run/secrets/wifi")).toBe("CANARY-lateCANARY-wifi")
        expect(hostseal([], "secrets", "get", "late")).toBe("CANARY-new")
    })

    /** Runs the admin program in the repository; the words before it are its standard input. */
    function hostseal(input: readonly string[], ...args: readonly string[]): string {
        return execFileSync(execPath, [join(inject("dist"), "hostseal.cjs"), ...args], {
            cwd: repository,
            env: { PATH: env["PATH"], HOME: home },
            input: input.join(""),
            stdio: "pipe",
            encoding: "utf8",
        })
    }

    /** Copies the files of these secrets to the machine, as Nix does, with a manifest that asks for all of them. */
    function deploy(...names: readonly string[]): void {
        const secrets = names.map((name) => {
            const sopsFile = `/etc/hostseal/${name}`
            machine.write(sopsFile, readFileSync(join(repository, "sops", "secrets", name, "secret")))
            return writtenSecret({ name, format: "binary", sopsFile })
        })
        machine.write(manifestPath, JSON.stringify(writtenManifest({ secrets })))
    }
})
