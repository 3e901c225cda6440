import { join } from "node:path"
import { defineConfig } from "vitest/config"

// Boots real machines: needs root, debootstrap and systemd-nspawn (Debian: systemd-container). A missing one fails.
export default defineConfig({
    test: {
        root: join(import.meta.dirname, "..", ".."),
        include: ["test/system/*.test.ts"],
        globalSetup: ["test/system/debian.ts"],
        fileParallelism: false,
        testTimeout: 60_000,
        hookTimeout: 120_000,
    },
})
