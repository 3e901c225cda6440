import { defineConfig } from "vitest/config"

export default defineConfig({
    test: {
        // The slower suites have configurations of their own: test/interop, test/system, test/nix.
        include: ["test/{age,sops,repo,machine,admin}/**/*.test.ts", "test/*.test.ts"],
        testTimeout: 30_000,
    },
})
