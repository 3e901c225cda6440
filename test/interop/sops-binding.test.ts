// Bound documents in the hands of others: the real sops reads over the binding and leaves it out of what it writes, and
// sops-install-secrets installs them.

import { spawnSync } from "node:child_process"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { boundTo } from "../../agent/sops/bind.ts"
import { judge } from "../../agent/sops/binding.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Format } from "../../agent/sops/format.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { writtenManifest, writtenSecret } from "../machine/manifest-examples.ts"
import { alice, at, bob, carol, samples } from "../sops/sealed.ts"
import { Namespace } from "./namespace.ts"
import { releases, Sandbox } from "./sops-program.ts"

const place = "sops/secrets/wifi"
const formats = ["json", "yaml", "dotenv", "ini", "binary"] as const
const binary = Buffer.from("CANARY \u0000 binary")
let sandbox: Sandbox

beforeAll(() => {
    sandbox = new Sandbox()
})
afterAll(() => {
    sandbox.remove()
})

async function sealed(format: Format): Promise<Buffer> {
    const targets = [alice.target, bob.target]
    const bytes =
        format === "binary"
            ? await sealBinary(binary, targets, at, boundTo(place))
            : await sealTree(Buffer.from(samples[format]), format, targets, { at, bind: boundTo(place) })
    expect(await verdictOn(bytes, format)).toBe("bound")
    return bytes
}

async function verdictOn(bytes: Buffer, format: Format): Promise<string> {
    const document = await parseDocument(bytes, format)
    const verdict = judge(document, await unlock(document, alice.keyring), place)
    return verdict.kind === "unbound" ? verdict.why : verdict.kind
}

describe.each(formats)("%s", (format) => {
    test.each(releases)("%s opens it", async (release) => {
        const printed = await sandbox.decrypt(release, await sealed(format), format, alice.secret)
        expect(printed.toString().trimEnd()).toBe(
            format === "binary" ? binary.toString() : samples[format].trimEnd(),
        )
    })

    test("what sops writes has none", async () => {
        const bytes = await sealed(format)
        const written = [
            await sandbox.sops("sops", ["rotate"], bytes, { format, secret: alice.secret }),
            await sandbox.sops("sops", ["rotate", "--add-age", carol.recipient], bytes, {
                format,
                secret: alice.secret,
            }),
        ]
        for (const document of written) {
            expect(document.toString()).not.toContain("hostseal")
            expect(await verdictOn(document, format)).toBe("none")
        }
    })
})

describe("sops-install-secrets", () => {
    const real = spawnSync("sops-install-secrets", ["-help"]).error === undefined
    let namespace: Namespace
    beforeEach(async () => {
        namespace = await Namespace.open()
    })
    afterEach(() => namespace.close())

    test.runIf(real).each(formats)("installs %s", async (format) => {
        namespace.write("/run/keys/age.txt", `${alice.secret}\n`)
        namespace.write("/run/source", (await sealed(format)).toString())
        const key = format === "json" || format === "yaml" ? "a" : ""
        const secrets = [writtenSecret({ name: "it", sopsFile: "/run/source", format, key })]
        const manifest = { secrets, ageKeyFile: "/run/keys/age.txt", ageSshKeyPaths: [] }
        namespace.write("/run/manifest.json", JSON.stringify(writtenManifest(manifest)))
        for (const mode of ["-check-mode=sopsfile", "-check-mode=off"]) {
            const { status, stderr } = namespace.run(["sops-install-secrets", mode, "/run/manifest.json"])
            expect(stderr).not.toMatch(/error|failed/u)
            expect(status).toBe(0)
        }
        const installed = Object.entries(namespace.tree("/run/secrets.d")).find(([path]) =>
            path.endsWith("/it"),
        )
        expect(installed?.[1].content).toContain("CANARY")
    })
})
