import { mkdirSync, symlinkSync } from "node:fs"
import { afterEach, beforeEach, expect, test } from "vitest"
import { provideDirectory } from "../../../agent/machine/generation/provide-directory.ts"
import { World } from "../world.ts"

const umask = process.umask()
let world: World
beforeEach(() => {
    world = new World()
})
afterEach(() => process.umask(umask))

test("leaves alone what is there, also at the end of a link", () => {
    mkdirSync(world.at("there"), 0o700)
    symlinkSync("there", world.at("link"))
    for (const path of ["there", "link"]) provideDirectory(world.at(path), 0o755)
    expect(world.stat("there")).toBe("0:0 0700")
    expect(world.stat("link")).toBe("0:0 0777")
})

// The umask of the program is 077, and the one of whoever runs the tests most likely is not.
for (const mask of [0o000, 0o077]) {
    test(`everybody can go where services have to, with a umask of ${mask.toString(8)}`, async () => {
        process.umask(mask)
        await world.seal("s", "CANARY")
        const symlinkPath = world.at("run/link/of/secrets")
        await world.install({
            secrets: [{ name: "s", sopsFile: "s", path: `${symlinkPath}/s` }],
            symlinkPath,
            secretsMountPoint: world.at("run/mount/of/secrets.d"),
            hostseal: {
                version: 1,
                statusFile: world.at("run/status/of/machine.json"),
                metricsFile: world.at("run/metrics/of/machine.prom"),
            },
        })
        for (const path of ["link", "status", "metrics"]) {
            expect(world.stat(`run/${path}`)).toBe("0:0 0755")
            expect(world.stat(`run/${path}/of`)).toBe("0:0 0755")
        }
        for (const path of ["mount", "mount/of"]) expect(world.stat(`run/${path}`)).toBe("0:0 0751")
    })
}
