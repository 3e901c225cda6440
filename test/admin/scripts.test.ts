import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, test } from "vitest"
import { bundle, cli } from "../../agent/build/build.ts"
import { Script } from "./script.ts"

const directory = mkdtempSync(join(tmpdir(), "hostseal-scripts-"))

beforeAll(async () => void (await bundle(cli, directory)))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

for (const file of globSync("*.script", { cwd: import.meta.dirname }).toSorted()) {
    test.concurrent(
        file,
        async () => {
            using script = new Script(
                join(directory, "hostseal.cjs"),
                readFileSync(join(import.meta.dirname, file), "utf8"),
            )
            await script.run()
        },
        180_000,
    )
}
