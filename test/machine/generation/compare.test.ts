import { expect, test } from "vitest"
import { World } from "../world.ts"

test("an owner that does not exist yet is no change of the secret in a dry activation", async () => {
    const world = new World()
    await world.seal("s", "CANARY")
    const secret = { name: "s", sopsFile: "s" }
    await world.install({ secrets: [secret] })
    world.env["NIXOS_ACTION"] = "dry-activate"
    for (const owner of [
        { owner: "canary-to-be", uid: null },
        { group: "canary-to-be", gid: null },
    ]) {
        const manifest = world.manifest({ secrets: [{ ...secret, ...owner }] })
        const { code, out, err } = await world.runAs({ runDirectory: world.at("run") }, "install", manifest)
        expect([code, ...out, ...err].join("\n")).not.toContain("would")
        expect(code).toBe(0)
    }
    for (const change of [{ mode: "0444" }, { uid: 1 }, { gid: 1 }]) {
        const manifest = world.manifest({ secrets: [{ ...secret, ...change }] })
        const { out } = await world.runAs({ runDirectory: world.at("run") }, "install", manifest)
        expect(out, JSON.stringify(change)).toEqual(["would modify secret: s"])
    }
})
