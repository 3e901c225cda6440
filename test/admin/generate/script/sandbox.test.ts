import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { problemOfSandbox } from "../../../../agent/admin/generate/script/sandbox.ts"

test("this machine has what a sandbox needs", async () => {
    expect(await problemOfSandbox(process.env)).toBeUndefined()
})

test("what is missing is said", async () => {
    const bin = mkdtempSync(join(tmpdir(), "hostseal-bin-"))
    onTestFinished(() => rmSync(bin, { recursive: true }))
    expect(await problemOfSandbox({ PATH: bin })).toBe("bubblewrap (bwrap) is not installed")
    writeFileSync(
        join(bin, "bwrap"),
        "#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n",
        {
            mode: 0o755,
        },
    )
    expect(await problemOfSandbox({ PATH: `${bin}:${process.env["PATH"]}` })).toBe(
        "bubblewrap cannot make a sandbox: No permissions to create new namespace",
    )
})
