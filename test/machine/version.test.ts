import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { version } from "../../agent/machine/version.ts"
import { World } from "./world.ts"

test("is that of the package", async () => {
    const { version: ofPackage } = JSON.parse(
        readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
    )
    expect(version).toBe(ofPackage)
    expect((await new World().run("version")).out).toEqual([`hostseal-agent ${version}`])
})
