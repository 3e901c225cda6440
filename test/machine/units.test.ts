import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { fakeSystemctl } from "./systemctl.ts"
import { stranger, World } from "./world.ts"

const units = { restartUnits: ["a.service"], reloadUnits: ["b.service"] }
const asked = ["--no-block try-restart -- a.service", "--no-block try-reload-or-restart -- b.service"]

/** A secret that is installed, and what is asked for when it is wanted in another way. */
async function change(before: object, after: object, seal?: string): Promise<string[]> {
    const world = new World()
    const systemctl = fakeSystemctl(world)
    await world.seal("s", "CANARY-1")
    const secret = { name: "s", sopsFile: "s", ...units }
    await world.install({ secrets: [{ ...secret, restartUnits: [], reloadUnits: [], ...before }] })
    if (seal !== undefined) await world.seal("s", seal)
    const elsewhere = "path" in after && after.path === "elsewhere" ? { path: world.at("link") } : {}
    const { err } = await world.install({ secrets: [{ ...secret, ...after, ...elsewhere }] })
    expect(err.join("\n")).not.toContain("systemctl")
    return systemctl.asked().map((line) => line.replace(/ \[\d+\]$/u, ""))
}

test("nothing is asked when nothing changed", async () => expect(await change({}, {})).toEqual([]))
test("a new content is a change", async () => expect(await change({}, {}, "CANARY-2")).toEqual(asked))
test("a pattern is asked for as it is written", async () => {
    const patterns = { restartUnits: ["php*", "a@?.service"], reloadUnits: ["x[!1-9].service"] }
    expect(await change({}, patterns, "CANARY-2")).toEqual([
        "--no-block try-restart -- php* a@?.service",
        "--no-block try-reload-or-restart -- x[!1-9].service",
    ])
})
test("so is a new mode", async () => expect(await change({}, { mode: "0440" })).toEqual(asked))
test("a new path", async () => expect(await change({}, { path: "elsewhere" })).toEqual(asked))
test("a new name", async () =>
    expect(await change({ name: "other", path: null }, { path: null })).toEqual(asked))
if (stranger !== 0) {
    test("a new owner", async () => expect(await change({}, { uid: stranger })).toEqual(asked))
    test("a new group", async () => expect(await change({}, { gid: stranger })).toEqual(asked))
}

test("the lines of sops-nix: sorted, in the singular and the plural", async () => {
    const world = new World()
    for (const name of ["1", "2"]) await world.seal(name, `CANARY-${name}`)
    const secret = (name: string, sopsFile = "1") => ({ name, sopsFile })
    const template = (name: string, content = "x") => ({ name, content })
    await world.install({ secrets: [secret("old")], templates: [template("old"), template("kept")] })
    const first = await world.install({
        secrets: [secret("b"), secret("a"), secret("Z")],
        templates: [template("kept", "y"), template("n")],
    })
    expect(first.out).toEqual([
        "adding secrets: Z, a, b",
        "removing secret: old",
        "adding rendered secret: n",
        "modifying rendered secret: kept",
        "removing rendered secret: old",
    ])
    const second = await world.install({
        secrets: [secret("b", "2"), secret("a", "2"), secret("Z")],
        templates: [template("kept", "y"), template("n")],
        logging: { keyImport: false, secretChanges: true },
    })
    expect([second.out, second.err]).toEqual([["modifying secrets: a, b"], []])
    const silent = await world.install({ logging: { keyImport: false, secretChanges: false } })
    expect(silent.out).toEqual([])
})

test("the first run after a login is a first one, although the symlink in the home is there", async () => {
    const world = new World()
    const systemctl = fakeSystemctl(world, "starting")
    await world.seal("s", "CANARY")
    const secrets = [{ name: "s", sopsFile: "s", ...units }]
    await world.install({ secrets })
    // What was in the runtime directory is gone when the user is.
    for (const name of readdirSync(world.mountPoint))
        rmSync(join(world.mountPoint, name), { recursive: true })
    const { out } = await world.install({ secrets })
    expect([out, systemctl.asked(), world.generation]).toEqual([[], [], 2])
})

test("in script mode the lists of NixOS are written, after a boot and not during one", async () => {
    const world = new World()
    const runDirectory = world.at("run")
    const secrets = [{ name: "s", sopsFile: "s", ...units }]
    const install = () => world.runAs({ runDirectory }, "install", world.manifest({ secrets }))
    await world.seal("s", "CANARY-1")
    // The activation script of a boot: nobody would read the lists.
    mkdirSync(world.at("run/nixos"))
    await install()
    expect(readdirSync(world.at("run/nixos"))).toEqual([])

    await world.seal("s", "CANARY-2")
    await install()
    await world.seal("s", "CANARY-3")
    await install()
    expect(readFileSync(world.at("run/nixos/activation-restart-list"), "utf8")).toBe("a.service\na.service\n")
    expect(readFileSync(world.at("run/nixos/activation-reload-list"), "utf8")).toBe("b.service\nb.service\n")
    expect(statSync(world.at("run/nixos/activation-restart-list")).mode & 0o777).toBe(0o600)
})

test("in script mode a first install on a machine that is up asks for restarts (D27)", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    mkdirSync(world.at("run/nixos"))
    mkdirSync(world.at("run/current-system"))
    const manifest = world.manifest({ secrets: [{ name: "s", sopsFile: "s", ...units }] })
    await world.runAs({ runDirectory: world.at("run") }, "install", manifest)
    expect(readFileSync(world.at("run/nixos/activation-restart-list"), "utf8")).toBe("a.service\n")
})

test("without NixOS and without systemctl nothing is asked and nothing fails", async () => {
    const world = new World()
    const secrets = [{ name: "s", sopsFile: "s", ...units }]
    await world.seal("s", "CANARY-1")
    await world.install({ secrets })
    await world.seal("s", "CANARY-2")
    expect((await world.install({ secrets })).err).toHaveLength(1)
})
