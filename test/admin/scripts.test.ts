import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "vitest"
import { bundledCli } from "../bundled.ts"
import { Script } from "./script.ts"

const program = await bundledCli()

for (const file of globSync("*.script", { cwd: import.meta.dirname }).toSorted()) {
    test.concurrent(
        file,
        async () => {
            using script = new Script(program, readFileSync(join(import.meta.dirname, file), "utf8"))
            await script.run()
        },
        180_000,
    )
}
