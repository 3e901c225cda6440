// A user's manifest, and most of it installed by a user, whom nothing helps that root may do. It takes root to become one.

import { spawnSync } from "node:child_process"
import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync } from "node:fs"
import { expect, test } from "vitest"
import { bundledAgent } from "../bundled.ts"
import { mountsIn } from "./machine.ts"
import { stranger, World } from "./world.ts"

const agent = await bundledAgent()

/** What a user's runs of a manifest come to, all in the home of that user. */
function runAsUser(
    world: World,
    manifest: string,
    command = "install",
): { code: number | null; said: string } {
    const env = { PATH: process.env["PATH"], XDG_RUNTIME_DIR: world.at("run") }
    const options = { uid: stranger, gid: stranger, env, encoding: "utf8" } as const
    const { status, stdout, stderr } = spawnSync(process.execPath, [agent, command, manifest], options)
    expect(stdout + stderr).not.toContain("CANARY")
    return { code: status, said: stderr }
}

async function home(): Promise<World> {
    const world = new World()
    await world.seal("s", "CANARY")
    spawnSync("mount", ["-t", "tmpfs", "none", world.at("run")])
    for (const path of ["", "run", "host_key"]) chownSync(world.at(path), stranger, stranger)
    chmodSync(world.directory, 0o755)
    return world
}

test("needs no mount of its own, and everything belongs to who installs it", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    spawnSync("mount", ["-t", "tmpfs", "none", world.at("run")])
    world.env["XDG_RUNTIME_DIR"] = world.at("run")
    const secrets = [{ name: "s", sopsFile: "s", owner: "somebody", group: "else" }]
    await world.install({ secrets, userMode: true })
    expect(mountsIn(world.directory)).toEqual([world.at("run")])
    expect(world.stat("run/secrets.d/1/s")).toBe("0:0 0400")
    expect(world.read("s")).toBe("CANARY")
})

if (stranger !== 0) {
    test("a user's own link is followed wherever it leads", async () => {
        const world = await home()
        mkdirSync(world.at("data"))
        chmodSync(world.at("data"), 0o777)
        symlinkSync("data", world.at("link"))
        lchownSync(world.at("link"), stranger, stranger)
        const secrets = [{ name: "s", sopsFile: "s", path: world.at("link/s") }]
        const { code, said } = runAsUser(world, world.manifest({ secrets, userMode: true }))
        expect(said).not.toContain("error")
        expect(code).toBe(0)
        expect(world.stat("data/s")).toBe(`${stranger}:${stranger} 0777`)
    })

    test("a live file that cannot be read is written anew, and takes nothing else down", async () => {
        const world = await home()
        const secrets = ["s", "t"].map((name) => ({ name, sopsFile: "s" }))
        const manifest = world.manifest({ secrets, userMode: true })
        expect(runAsUser(world, manifest).code).toBe(0)
        chmodSync(`${world.symlink}/s`, 0)
        expect(runAsUser(world, manifest).code).toBe(0)
        expect(world.stat("run/secrets/s")).toBe(`${stranger}:${stranger} 0400`)
        expect(world.read("s")).toBe("CANARY")
    })

    test("what is root's is not a user's to install to or to look at, and that is said", async () => {
        const world = new World()
        await world.seal("s", "CANARY")
        await world.install({ secrets: [{ name: "s", sopsFile: "s" }] })
        chmodSync(world.directory, 0o755)
        const manifest = world.at("manifest.json")
        expect(runAsUser(world, manifest).said).toContain("hint: it is root's: run this as root")
        const { code, said } = runAsUser(world, manifest, "status")
        expect(code).toBe(75)
        expect(said).toBe(
            [
                `error: cannot read ${world.mountPoint}/.hostseal/status.json`,
                "because: permission denied",
                "hint: run it as root, or as the user who installed\n",
            ]
                .map((line) => `hostseal-agent: ${line}`)
                .join("\n"),
        )
    })
}
