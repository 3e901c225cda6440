// From a declaration to a service: a repository without Nix, a manifest of ten machines with every kind of value; generated,
// verified, installed by the agent of a booted machine, made anew, and the service restarted with the new value. The real
// sops agrees at every step.

import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { secretsOf } from "../../agent/repo/access.ts"
import { loadWorktree } from "../../agent/admin/repository/worktree.ts"
import { Scene } from "../admin/scene.ts"
import { makeHost } from "../host.ts"
import { setup as installPrograms } from "../interop/programs.ts"
import { writtenManifest, writtenSecret } from "../machine/manifest-examples.ts"
import { Machine, agent, node } from "./machine.ts"
import { consumer, hostKey, installUnit, manifestPath } from "./provision.ts"

const names = Array.from({ length: 10 }, (_, index) => `web${String(index + 1).padStart(2, "0")}`)
const [first = ""] = names

const kinds = {
    random: { random: { chars: "alnum" } },
    hex: { random: { chars: "hex" } },
    uuid: { random: { chars: "uuid" } },
    words: { passphrase: {} },
    token: { prompt: { description: "the token", type: "hidden" } },
    hash: { hash: { of: "random" } },
    scrypt: { hash: { of: "random", scheme: "scrypt" } },
    argon2id: { hash: { of: "random", scheme: "argon2id" } },
    ssh: { "ssh-key": { comment: "app" } },
    wg: { wireguard: {} },
    age: { "age-key": {} },
    nix: { "nix-key": { name: "cache-1" } },
    "tls.key": { "tls-key": {} },
    "tls.crt": {
        "tls-cert": {
            key: "tls.key",
            dns: ["app.example.org"],
            ca: { generator: "ca", key: "key", certificate: "crt" },
        },
    },
    env: { template: ["PASSWORD=", { file: "random" }, "\nTOKEN=", { prompt: "token" }, "\n"] },
    byHand: { manual: {} },
}
const app = {
    dependencies: ["ca"],
    readers: { groups: ["admins"] },
    rotate: { overlap: true, maxAge: "90d" },
    files: {
        ...Object.fromEntries(
            Object.entries(kinds).map(([name, make]) => [name, { make, restartUnits: ["app.service"] }]),
        ),
        "ssh.pub": { secret: false, make: { "public-of": "ssh" } },
    },
}
const ca = {
    share: true,
    files: {
        key: { deploy: false, make: { "tls-key": {} } },
        crt: { secret: false, make: { "tls-ca": { key: "key", name: "The CA" } } },
    },
}
const scripted = { share: true, script: 'printf "CANARY of a script" > "$out/made"', files: { made: {} } }

let scene: Scene
let machine: Machine
const values = new Map<string, string>()

beforeAll(async () => {
    installPrograms()
    scene = new Scene()
    machine = Machine.make()
    const host = makeHost()
    await must(["users", "add", "alice", scene.key("alice").recipient])
    await must(["users", "add", "bob", scene.key("bob").recipient])
    await must(["groups", "add-user", "admins", "bob"])
    for (const name of names)
        await must(["machines", "add", name, name === first ? host.recipient : scene.key(name).recipient])
    const machines = Object.fromEntries(names.map((name) => [name, { app, ca, scripted }]))
    writeFileSync(join(scene.directory, "manifest.json"), JSON.stringify({ version: 1, machines }))
    answer("CANARY of")
    machine.write(hostKey, host.privateKey, 0o600)
    installUnit(machine)
    consumer(machine, "app", `md5sum < /run/secrets/vars/per-machine/${first}/app/random`)
})
afterAll(async () => {
    scene[Symbol.dispose]()
    await machine.remove()
})

const manifest = ["--manifest", "../manifest.json"]
const answers = ["--answers", "../answers.json"]
const own = (file: string): string => `vars/per-machine/${first}/app/${file}`

function answer(text: string): void {
    const all = Object.fromEntries(names.map((name) => [`${name}/app/token`, `${text} ${name}`]))
    writeFileSync(join(scene.directory, "answers.json"), JSON.stringify(all))
}

async function must(words: readonly string[], stdin = "") {
    const ended = await scene.inside(words, { stdin })
    expect(ended, ended.err).toMatchObject({ code: 0 })
    return ended
}

/** Every secret that this machine reads, as the real sops opens it with a person's key. */
function openedBySops(): Map<string, string> {
    const { repo } = loadWorktree(scene.tree)
    const paths = [...secretsOf(repo, { kind: "machine", name: first }).keys()]
    const env = { ...process.env, SOPS_AGE_KEY: scene.key("alice").secret }
    return new Map(
        paths.map((path) => [
            path,
            execFileSync(
                "sops",
                ["decrypt", "--input-type", "json", "--output-type", "binary", `${path}/secret`],
                {
                    cwd: scene.tree,
                    env,
                },
            ).toString("latin1"),
        ]),
    )
}

/** Brings the files of the repository to the machine, with a manifest of all that it reads, as the module would. */
function deploy(): void {
    const secrets = [...openedBySops().keys()].map((path) => {
        const sopsFile = `/etc/hostseal/${path.replaceAll("/", "-")}`
        machine.write(sopsFile, readFileSync(join(scene.tree, path, "secret")))
        const file = path.slice(path.lastIndexOf("/") + 1)
        return writtenSecret({
            name: path,
            key: "",
            sopsFile,
            restartUnits: file in kinds ? ["app.service"] : [],
        })
    })
    machine.write(manifestPath, JSON.stringify(writtenManifest({ secrets })))
}

/** What lies on the machine is what sops opens and what hostseal prints. */
async function mustAgree(): Promise<void> {
    const opened = openedBySops()
    expect(opened.size).toBeGreaterThan(15)
    for (const [path, value] of opened) {
        const got = await scene.inside(["get", path])
        expect(Buffer.from(got.out, "utf8").equals(Buffer.from(value, "latin1")), path).toBe(true)
        const installed = machine.run("base64", "-w0", `/run/secrets/${path}`)
        expect(Buffer.from(installed, "base64").equals(Buffer.from(value, "latin1")), path).toBe(true)
    }
}

async function heard(): Promise<number | null> {
    const status = machine.attempt(node, agent, "status", "--json").stdout
    return (await scene.inside(["machines", "status", first, "--heard", "-"], { stdin: status })).code
}

function starts(): number {
    const log = machine.run("journalctl", "-q", "-u", "app", "-o", "cat", "-t", "sh")
    return log.match(/ -$/gmu)?.length ?? 0
}

test(
    "generated for ten machines in one commit, and verified without a key",
    { timeout: 120_000 },
    async () => {
        const commits = scene.commits()
        await must(["generate", ...manifest, ...answers])
        expect(scene.commits()).toBe(commits + 1)
        for (const name of names)
            await must(["set", "--machine", name, `vars/per-machine/${name}/app/byHand`], "CANARY by hand")
        const stranger = await scene.inside(["verify", ...manifest], { as: "stranger" })
        expect(stranger, stranger.out).toMatchObject({ code: 0 })
        expect(await scene.inside(["vars", "check", ...manifest], { as: "stranger" })).toMatchObject({
            code: 0,
        })
        for (const [path, value] of openedBySops()) values.set(path, value)
        expect(values.get(own("token"))).toBe(`CANARY of ${first}`)
        expect(values.get("vars/shared/scripted/made")).toBe("CANARY of a script")
    },
)

test(
    "installed by the agent when the machine boots, and given to the service",
    { timeout: 120_000 },
    async () => {
        deploy()
        expect(await machine.boot()).toEqual([])
        await mustAgree()
        expect(starts()).toBe(1)
        expect(await heard()).toBe(0)
    },
)

test("a hash of a password lets somebody in, and no other password does", () => {
    // What PAM asks whether a password is right: it ends with 7 when it is not.
    const isRight = (user: string, password: string): number | null =>
        machine.attempt("sh", "-c", `{ ${password}; printf '\\0'; } | /usr/sbin/unix_chkpwd ${user} nullok`)
            .status
    for (const name of ["hash", "scrypt"]) {
        machine.run("sh", "-c", `useradd -p "$(cat /run/secrets/${own(name)})" by-${name}`)
        expect(isRight(`by-${name}`, `cat /run/secrets/${own("random")}`), name).toBe(0)
        expect(isRight(`by-${name}`, "printf CANARY"), name).toBe(7)
    }
})

test("made anew after somebody left: the machine is known to be behind", { timeout: 120_000 }, async () => {
    await must(["users", "remove", "bob"])
    answer("CANARY, another of")
    await must(["rotate", "--debt", ...manifest, ...answers, "--yes"])
    const debt = await must(["debt"])
    expect(debt.out).toContain(`${own("random")}: changed, not yet on ${first}`)
    expect(debt.out).not.toContain("bob")
    const opened = openedBySops()
    for (const [path, value] of values) {
        if (!path.includes("/app/")) expect(opened.get(path), path).toBe(value)
        else if (path !== own("byHand")) expect(opened.get(`${path}.previous`), path).toBe(value)
        const isKept = !path.includes("/app/") || path === own("byHand")
        expect(opened.get(path) === value, path).toBe(isKept)
    }
    const finish = await scene.inside(["rotate", "--finish", "--machine", first])
    expect(finish.code).toBe(1)
    expect(finish.err).toContain(`${first} did not have it when it was heard`)
})

test("installed, and the service restarted once, with the new value", { timeout: 120_000 }, async () => {
    deploy()
    machine.run("systemctl", "restart", "sops-install-secrets")
    machine.run("sh", "-c", "while systemctl list-jobs -q --no-legend | grep -q .; do sleep 0.1; done")
    await mustAgree()
    expect(starts()).toBe(2)
    const sum = machine.run("sh", "-c", `md5sum < /run/secrets/${own("random")}`).trim()
    expect(machine.run("journalctl", "-q", "-u", "app", "-o", "cat", "-t", "sh").split("\n").at(-2)).toBe(sum)
    expect(await heard()).toBe(0)
    expect((await must(["debt"])).out).toBe("")
})

test("the values before go when the machine has the new ones", { timeout: 120_000 }, async () => {
    await must(["rotate", "--finish", "--machine", first])
    expect([...openedBySops().keys()].filter((path) => path.endsWith(".previous"))).toEqual([])
    deploy()
    machine.run("systemctl", "restart", "sops-install-secrets")
    await mustAgree()
    expect(machine.attempt("test", "-e", `/run/secrets/${own("random")}.previous`).status).toBe(1)
    // No service was restarted because something went that it does not use.
    expect(starts()).toBe(2)
    expect(machine.journal()).not.toContain("CANARY")
})
