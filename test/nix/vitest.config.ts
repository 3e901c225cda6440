import { defineConfig } from "vitest/config"

export default defineConfig({
    test: {
        include: ["test/nix/**/*.test.ts"],
        testTimeout: 120_000,
        hookTimeout: 120_000,
        // One evaluation serves all files; see evaluation.ts.
        globalSetup: ["test/nix/evaluation.ts"],
    },
})
