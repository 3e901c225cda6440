// What a machine takes its secrets from, as command lines: by its manifest, by the rules of a `.sops.yaml`, by links.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { env } from "node:process"
import { afterEach, beforeEach, expect, test } from "vitest"
import { filesOf, filled, keysWith } from "./shapes/keys.ts"
import { rules } from "./shapes/shape.ts"
import { unopened } from "./shapes/unopened.ts"
import { hostseal } from "./world.ts"

const keys = keysWith("85D77543B3D624B63CEA9E6DBC17301B491B3F21", "")
let tree: string

beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), "hostseal-needs-"))
})
afterEach(() => rmSync(tree, { recursive: true }))

function put(path: string, text: string): void {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
}
const run = (...args: string[]) =>
    hostseal([...args, "--flake", tree], { PATH: env["PATH"] ?? "", HOME: tree }, { cwd: tree })

/** A repository whose machine is left out of one file, and has another that it does not need. */
async function ruled(): Promise<void> {
    put(".sops.yaml", filled(rules({ "hosts/": "alice web", "secrets/": "alice" }), keys))
    const files = {
        "hosts/web/secrets.yaml": "alice web",
        "hosts/db/secrets.yaml": "alice web",
        "hosts/mail.yaml": "alice",
        "secrets/all.yaml": "alice",
    }
    for (const file of filesOf(files)) put(file.path, await unopened(file, keys))
    put("hosts/web/default.nix", "{ }\n")
}

/** A manifest as the module of sops-nix, or of this project, makes it. */
function manifest(files: Readonly<Record<string, string>>): string {
    const secrets = Object.entries(files).map(([name, sopsFile]) => ({
        name,
        key: name,
        sopsFile,
        format: "yaml",
    }))
    put("manifest.json", JSON.stringify({ secrets, templates: [], symlinkPath: "/run/secrets" }))
    return "manifest.json"
}
const store = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz"

test("without a manifest they are the files whose rules name it", async () => {
    await ruled()
    expect(await run("machines", "needs", "web")).toMatchObject({
        code: 5,
        out: "hosts/db/secrets.yaml: opens\nhosts/mail.yaml: is not encrypted for it\nhosts/web/secrets.yaml: opens\n",
        err: "3 files: it cannot open 1\n",
    })
    expect((await run("machines", "needs", "wep")).err).toContain('did you mean "web"?')
})

test("with one they are those that its configuration names, from wherever Nix has put them", async () => {
    await ruled()
    const file = manifest({
        wifi: `${store}-source/hosts/web/secrets.yaml`,
        mail: `${store}-all.yaml`,
        gone: `${store}-gone.yaml`,
    })
    const { code, out } = await run("machines", "needs", "web", "--manifest", file, "--json")
    expect({ code, ...JSON.parse(out) }).toMatchObject({
        code: 5,
        machine: "web",
        files: [
            {
                path: `${store}-gone.yaml`,
                secrets: ["gone"],
                opens: false,
                reason: "is no encrypted file of this repository",
            },
            { path: "hosts/web/secrets.yaml", secrets: ["wifi"], opens: true, reason: null },
            { path: "secrets/all.yaml", secrets: ["mail"], opens: false, reason: "is not encrypted for it" },
        ],
        unneeded: ["hosts/db/secrets.yaml"],
    })
    manifest({ wifi: join(tree, "hosts/web/secrets.yaml"), mail: "hosts/db/secrets.yaml" })
    expect(await run("machines", "needs", "web", "--manifest", file)).toMatchObject({
        code: 0,
        out: "hosts/db/secrets.yaml: opens (mail)\nhosts/web/secrets.yaml: opens (wifi)\n",
    })
    put("manifest.json", "[]")
    expect(await run("machines", "needs", "web", "--manifest", file)).toMatchObject({ code: 2 })
})

test("verify joins what is configured with what is encrypted", async () => {
    await ruled()
    const file = manifest({
        wifi: `${store}-source/hosts/web/secrets.yaml`,
        mail: `${store}-source/secrets/all.yaml`,
    })
    const { code, out } = await run("verify", "--machine", `web=${file}`, "--json")
    const { problems, notes }: Record<string, { code: string; path: string }[]> = JSON.parse(out)
    const short = (all: readonly { code: string; path: string }[] = []) =>
        all.map((each) => `${each.code} ${each.path}`)
    expect({ code, problems: short(problems), notes: short(notes) }).toEqual({
        code: 5,
        problems: ["missing-recipient hosts/mail.yaml", "not-for-machine secrets/all.yaml"],
        notes: ["unneeded hosts/db/secrets.yaml"],
    })
    expect(await run("verify", "--machine", file)).toMatchObject({ code: 2 })
})

test("in clan's layout they are the files of its secrets", async () => {
    const set = async (...args: string[]): Promise<void> => {
        expect(await run(...args)).toMatchObject({ code: 0 })
    }
    const { alice = "", web = "" } = keys
    await set("users", "add", "alice", alice)
    await set("machines", "add", "web", web)
    put("value", "CANARY")
    await set("set", "wifi", "--user", "alice", "--machine", "web", "--file", join(tree, "value"))
    await set("set", "mail", "--user", "alice", "--file", join(tree, "value"))
    const file = manifest({
        wifi: `${store}-source/sops/secrets/wifi/secret`,
        mail: `${store}-source/sops/secrets/mail/secret`,
    })
    expect(await run("machines", "needs", "web", "--manifest", file)).toMatchObject({
        code: 5,
        out: "sops/secrets/mail/secret: is not encrypted for it (mail)\nsops/secrets/wifi/secret: opens (wifi)\n",
    })
})
