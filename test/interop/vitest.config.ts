import { join } from "node:path"
import { defineConfig } from "vitest/config"

// Compares with the real programs. programs.ts installs them; one that cannot be had fails the tests that need it.
export default defineConfig({
    test: {
        root: join(import.meta.dirname, "..", ".."),
        include: ["test/interop/*.test.ts"],
        globalSetup: ["test/interop/programs.ts"],
        testTimeout: 120_000,
        hookTimeout: 120_000,
    },
})
