// One bad secret harms only itself (promise 1 of docs/sops-nix-contract.md#promises).

import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { beforeEach, expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { makeHost } from "../host.ts"
import { stranger, World } from "./world.ts"

let world: World
beforeEach(() => {
    world = new World()
})

const good = { name: "good", sopsFile: "good" }
const bad = { name: "bad", sopsFile: "bad" }
const strangers = makeHost()

/** Two secrets installed, then the second one is sealed to somebody else and the first one changes. */
async function goneBad(): Promise<void> {
    await world.seal("good", "CANARY-good-1")
    await world.seal("bad", "CANARY-bad-1")
    await world.install({ secrets: [good, { ...bad, path: world.at("etc/bad") }] })
    await world.seal("good", "CANARY-good-2")
    await world.seal("bad", "CANARY-bad-2", "binary", strangers.recipient)
}

test("says which secret, which file, who it is for, which keys were tried, and what to do", async () => {
    await goneBad()
    const { code, err } = await world.run("install", world.manifest({ secrets: [good, bad] }))
    expect(code).toBe(65)
    expect(err.filter((line) => !line.includes("Imported"))).toEqual([
        'hostseal-agent: error: secret "bad": not renewed, the last good value stays',
        `hostseal-agent: because: none of the keys of this machine opens ${world.at("bad")}`,
        "hostseal-agent: because: in detail:",
        `hostseal-agent:   - it is encrypted to: ${strangers.recipient}`,
        `hostseal-agent:   - tried: ${world.key.recipient} (${world.at("host_key")}), ${world.key.publicLine} (${world.at("host_key")})`,
        "hostseal-agent: hint: encrypt it for this machine as well: hostseal machines add-secret MACHINE SECRET, or sops updatekeys FILE",
    ])
})

test("the failed one keeps its last good value, also in the runs that follow", async () => {
    await goneBad()
    const manifest = world.manifest({ secrets: [good, { ...bad, path: world.at("etc/bad") }] })
    for (let run = 0; run < 3; run++) {
        expect((await world.run("install", manifest)).code).toBe(65)
        expect([world.read("good"), world.read("bad")]).toEqual(["CANARY-good-2", "CANARY-bad-1"])
    }
    expect(readFileSync(world.at("etc/bad"), "utf8")).toBe("CANARY-bad-1")
    await world.seal("bad", "CANARY-bad-3")
    const { out } = await world.install({ secrets: [good, { ...bad, path: world.at("etc/bad") }] })
    expect(out).toEqual(["modifying secret: bad"])
})

test("a live file that was tampered with is no last good value", async () => {
    await goneBad()
    writeFileSync(`${world.symlink}/bad`, "CANARY-forged")
    const { code, said } = await world.run("install", world.manifest({ secrets: [good, bad] }))
    expect([code, world.has("bad")]).toEqual([65, false])
    expect(said).toContain('secret "bad": not installed')
})

test("omit: the failed one is left out", async () => {
    await goneBad()
    const hostseal = { version: 1, secrets: { bad: { onFailure: "omit" } } }
    const { code } = await world.run("install", world.manifest({ secrets: [good, bad], hostseal }))
    expect(code).toBe(65)
    expect(readdirSync(world.symlink)).toEqual(["good"])
    expect(world.read("good")).toBe("CANARY-good-2")
    expect(readdirSync(world.at("etc"))).toEqual([])
})

test("abort: nothing is changed", async () => {
    await goneBad()
    const hostseal = { version: 1, onFailure: "abort" }
    const { code, said } = await world.run("install", world.manifest({ secrets: [good, bad], hostseal }))
    expect(code).toBe(65)
    expect(said).toContain("nothing was changed")
    expect(said).toContain('secret "bad" could not be opened')
    expect([world.generation, world.read("good")]).toEqual([1, "CANARY-good-1"])
})

test("abort: what failed is told as such, and what did not is as it was", async () => {
    await goneBad()
    const hostseal = { version: 1, onFailure: "abort", metricsFile: world.at("m.prom"), metricsNames: true }
    const manifest = world.manifest({ secrets: [good, bad], hostseal })
    await world.run("install", manifest)
    const { out } = await world.run("status", "--json", manifest)
    const { installations } = JSON.parse(out.join(""))
    expect(installations[0]).toMatchObject({
        generation: 1,
        run: { result: "failed" },
        secrets: [
            { name: "good", state: "installed", problem: [] },
            {
                name: "bad",
                state: "stale",
                problem: expect.arrayContaining([
                    `error: none of the keys of this machine opens ${world.at("bad")}`,
                ]),
            },
        ],
    })
    const metrics = readFileSync(world.at("m.prom"), "utf8")
    expect(metrics).toMatch(/^hostseal_secret_installed\{.*secret="good"\} 1$/mu)
    expect(metrics).toMatch(/^hostseal_secret_installed\{.*secret="bad"\} 0$/mu)
})

test("abort: a cause that may pass ends with 75, as long as there is no other", async () => {
    await world.seal("good", "CANARY")
    const hostseal = { version: 1, onFailure: "abort" }
    const waiting = world.manifest({ secrets: [good, bad], hostseal })
    expect((await world.run("install", waiting)).code).toBe(75)
    const other = { ...bad, name: "other", owner: "nobody-of-this-name" }
    const both = world.manifest({ secrets: [good, bad, other], hostseal })
    expect((await world.run("install", both)).code).toBe(65)
})

test("an optional one that fails alone ends with 7", async () => {
    await goneBad()
    const hostseal = { version: 1, secrets: { bad: { optional: true } } }
    expect((await world.run("install", world.manifest({ secrets: [good, bad], hostseal }))).code).toBe(7)
})

test("a cause that may pass ends with 75", async () => {
    await world.seal("good", "CANARY")
    const { code, said } = await world.run("install", world.manifest({ secrets: [good, bad] }))
    expect(code).toBe(75)
    expect(said).toContain(`cannot read ${world.at("bad")}: no such file or directory`)
    expect(world.read("good")).toBe("CANARY")
})

test("a source that became a circle of links takes nothing else down", async () => {
    for (const name of ["good", "bad"]) await world.seal(name, `CANARY-${name}`)
    // Only a file that did not change for a while is remembered.
    await new Promise((resolve) => {
        setTimeout(resolve, 150)
    })
    const manifest = world.manifest({ secrets: [good, bad] })
    expect((await world.run("install", manifest)).code).toBe(0)
    await world.seal("good", "CANARY-2")
    rmSync(world.at("bad"))
    symlinkSync("bad", world.at("bad"))
    const { code, said } = await world.run("install", manifest)
    expect(code).toBe(65)
    expect(said).toContain(`secret "bad": not renewed, the last good value stays`)
    expect(said).toContain(`cannot read ${world.at("bad")}: too many symbolic links`)
    expect([world.read("good"), world.read("bad")]).toEqual(["CANARY-2", "CANARY-bad"])
})

test("what went wrong is told also when the status cannot be read or written", async () => {
    await world.seal("good", "CANARY")
    const manifest = world.manifest({ secrets: [good] })
    await world.run("install", manifest)
    const status = `${world.mountPoint}/.hostseal/status.json`
    rmSync(status)
    mkdirSync(status)
    rmSync(world.at("host_key"))
    const { code, said } = await world.run("install", manifest)
    expect(code).toBe(75)
    expect(said).toContain("this machine has no key to open secrets with")
    expect(said).toContain(`warning: cannot write ${status}`)
})

test("as sops-install-secrets it ends with 0 or 1", async () => {
    await world.seal("good", "CANARY")
    const host = { program: "sops-install-secrets" }
    expect((await world.runAs(host, world.manifest({ secrets: [good] }))).code).toBe(0)
    expect((await world.runAs(host, world.manifest({ secrets: [good, bad] }))).code).toBe(1)
    expect((await world.runAs(host, "-check-mode=sideways", "m.json")).code).toBe(1)
    expect((await world.runAs(host)).code).toBe(0)
    // As a unit of the module its codes say whether it is worth trying again.
    const unit = { ...host, env: { ...world.env, SOPS_RESTART_UNITS_VIA_SYSTEMCTL: "1" } }
    expect((await world.runAs(unit, world.manifest({ secrets: [good, bad] }))).code).toBe(75)
})

test("an unknown owner fails that secret only, and never becomes root", async () => {
    await world.seal("good", "CANARY")
    const secrets = [
        good,
        { name: "user", sopsFile: "good", owner: "grmpf" },
        { name: "group", sopsFile: "good", group: "grmpf" },
        { name: "number", sopsFile: "good", owner: String(stranger), group: String(stranger) },
    ]
    const { code, said } = await world.run("install", world.manifest({ secrets }))
    expect(code).toBe(65)
    expect(said).toContain("failed to lookup user 'grmpf'")
    expect(said).toContain("failed to lookup group 'grmpf'")
    expect(said).toContain("2 secrets and templates failed, all others are installed")
    expect(readdirSync(world.symlink)).toEqual(["good", "number"])
    expect(world.stat("run/secrets.d/1/number")).toBe(`${stranger}:${stranger} 0400`)
})

test("an owner that became unknown leaves the last good file as it was", async () => {
    await world.seal("good", "CANARY")
    await world.install({ secrets: [{ ...good, uid: stranger, mode: "0440" }] })
    const { code } = await world.run("install", world.manifest({ secrets: [{ ...good, owner: "grmpf" }] }))
    expect(code).toBe(65)
    expect(world.stat("run/secrets.d/2/good")).toBe(`${stranger}:0 0440`)
})

test("a template that needs a failed secret keeps its last good text", async () => {
    const placeholderBySecretName = { good: "@good@", bad: "@bad@" }
    const templates = [
        { name: "both", content: "@good@ @bad@" },
        { name: "one", content: "@good@" },
    ]
    await world.seal("good", "CANARY-1")
    await world.seal("bad", "CANARY-2")
    await world.install({ secrets: [good, bad], templates, placeholderBySecretName })
    await world.seal("good", "CANARY-3")
    await world.seal("bad", "CANARY-4", "binary", strangers.recipient)
    const { code, said } = await world.run(
        "install",
        world.manifest({ secrets: [good, bad], templates, placeholderBySecretName }),
    )
    expect(code).toBe(65)
    expect(said).toContain('it needs the secret "bad", which could not be opened')
    expect([world.read("rendered/both"), world.read("rendered/one")]).toEqual([
        "CANARY-1 CANARY-2",
        "CANARY-3",
    ])
})

test("an empty value is installed with a warning, silently if it is meant, and not at all if it is refused", async () => {
    await world.seal("s.yaml", 'empty: ""\nfull: CANARY\n', "yaml")
    const secrets = ["empty", "full"].map((name) => ({ name, key: name, format: "yaml", sopsFile: "s.yaml" }))
    const empty = (allowEmpty: boolean | null) => ({
        secrets,
        hostseal: { version: 1, secrets: { empty: { allowEmpty } } },
    })
    const refused = await world.run("install", world.manifest(empty(false)))
    expect([refused.code, world.has("empty"), world.read("full")]).toEqual([65, false, "CANARY"])
    expect(refused.said).toContain(`its value in ${world.at("s.yaml")} is empty`)
    const warning = 'warning: secret "empty" is empty: write allowEmpty = true'
    const { said } = await world.install(empty(null))
    expect(world.read("empty")).toBe("")
    expect(said).toContain(warning)
    expect((await world.run("status", "--json")).said).toBe("")
    expect((await world.install(empty(true))).said).not.toContain("warning")
    expect((await world.install({ secrets })).said).toContain(warning)
})

test("without any key nothing is changed, and every place is named", async () => {
    await world.seal("good", "CANARY-1")
    await world.install({ secrets: [good] })
    rmSync(world.at("host_key"))
    world.write("large_key", "x".repeat(20_000), 0o600)
    const ageSshKeyPaths = [world.at("host_key"), world.at("large_key")]
    const { code, err } = await world.run("install", world.manifest({ secrets: [good], ageSshKeyPaths }))
    expect(code).toBe(65)
    expect([world.generation, world.read("good")]).toEqual([1, "CANARY-1"])
    const said = err.join("\n")
    expect(err[0]).toBe(
        `Cannot read ssh key '${world.at("host_key")}': open ${world.at("host_key")}: no such file or directory`,
    )
    expect(said).toContain("this machine has no key to open secrets with")
    expect(said).toContain(
        `${world.at("large_key")}: the key file ${world.at("large_key")} is refused: it has 20000 bytes`,
    )
})

test("when all keys are missing, they may still come", async () => {
    await world.seal("good", "CANARY")
    const ageSshKeyPaths = [world.at("not-mounted-yet/key")]
    const { code } = await world.run("install", world.manifest({ secrets: [good], ageSshKeyPaths }))
    expect(code).toBe(75)
})

const spoilt: Record<string, (path: string) => unknown> = {
    "that is not there": () => undefined,
    "that is empty": (path) => writeFileSync(path, "", { mode: 0o600 }),
    "with a comment only": (path) => writeFileSync(path, "# nothing here\n", { mode: 0o600 }),
    "that is damaged": (path) => writeFileSync(path, "AGE-SECRET-KEY-1QQQ\n", { mode: 0o600 }),
    "that is a directory": (path) => mkdirSync(path),
    "that is a FIFO": (path) => execFileSync("mkfifo", [path]),
    "that is /dev/null": (path) => symlinkSync("/dev/null", path),
    "that leads in a circle": (path) => symlinkSync(path, path),
}
for (const [what, spoil] of Object.entries(spoilt)) {
    test(`a key file ${what} is a warning, where a file cannot be opened a failure that names it`, async () => {
        const ageKeyFile = world.at("key.txt")
        spoil(ageKeyFile)
        await world.seal("good", "CANARY-1")
        const fine = await world.run("install", world.manifest({ secrets: [good], ageKeyFile }))
        expect([fine.code, world.read("good")]).toEqual([0, "CANARY-1"])
        expect(fine.err.filter((line) => line.includes(ageKeyFile) && line.includes("warning"))).toHaveLength(
            1,
        )

        await world.seal("bad", "CANARY-2", "binary", generateIdentity().recipient)
        const { code, said } = await world.run(
            "install",
            world.manifest({ secrets: [good, bad], ageKeyFile }),
        )
        // What is not there may still come.
        expect(code).toBe(what === "that is not there" ? 75 : 65)
        expect(said).toMatch(new RegExp(`tried: .*${ageKeyFile} \\(`, "u"))
        expect(world.read("good")).toBe("CANARY-1")
    })
}

test("SSH keys and the key file are all tried", async () => {
    const identity = generateIdentity()
    world.write("key.txt", `# a comment\n${identity.secret}\n`, 0o600)
    await world.seal("good", "CANARY-1")
    await world.seal("bad", "CANARY-2", "binary", identity.recipient)
    await world.install({ secrets: [good, bad], ageKeyFile: world.at("key.txt") })
    expect([world.read("good"), world.read("bad")]).toEqual(["CANARY-1", "CANARY-2"])
})
