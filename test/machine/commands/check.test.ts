import { rmSync } from "node:fs"
import { expect, test } from "vitest"
import { makeHost } from "../../host.ts"
import { World } from "../world.ts"

test("names the file that people know beside its copy in the store", async () => {
    const world = new World()
    rmSync(world.at("host_key"))
    await world.seal("s.yaml", "a: CANARY\n", "yaml")
    const manifest = world.manifest({
        secrets: [{ name: "a", key: "gone", format: "yaml", sopsFile: "s.yaml" }],
        hostseal: {
            version: 1,
            machineRecipients: [makeHost().recipient],
            secrets: { a: { file: "secrets/web.yaml" } },
        },
    })
    const { code, err: lines } = await world.run("check", manifest)
    expect(code).toBe(65)
    const both = `secrets/web.yaml (${world.at("s.yaml")})`
    expect(lines).toContainEqual(expect.stringContaining(`secret "a": ${both} has no usable value for it`))
    expect(lines).toContainEqual(
        expect.stringContaining(`secret "a": ${both} is not encrypted for this machine`),
    )
    expect(lines).toContainEqual(expect.stringContaining("sops updatekeys secrets/web.yaml"))
})
