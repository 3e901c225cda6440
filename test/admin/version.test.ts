import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { version } from "../../agent/admin/version.ts"

test("the program says the version that the package has", () => {
    const { version: packaged }: { version: string } = JSON.parse(readFileSync("package.json", "utf8"))
    expect(version).toBe(packaged)
})
