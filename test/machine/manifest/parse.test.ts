import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { root } from "../../../agent/build/build.ts"
import type { Manifest } from "../../../agent/machine/manifest/manifest.ts"
import { parseManifest } from "../../../agent/machine/manifest/parse.ts"
import { asBytes, writtenManifest, writtenSecret } from "../manifest-examples.ts"

const nowhere = (): string => expect.fail("asked for the runtime directory")

function parse(fields: Record<string, unknown>): Manifest {
    return parseManifest(asBytes(writtenManifest(fields)), "/m.json", nowhere)
}

test("the example of docs/manifest.md#a-complete-example has nothing to warn of", () => {
    const page = readFileSync(join(root, "docs", "manifest.md"), "utf8")
    const [, example = ""] = /^```json\n([^]*?)^```$/mu.exec(page) ?? []
    const { secrets, templates, warnings } = parseManifest(Buffer.from(example), "/m.json", nowhere)
    expect(warnings).toEqual([])
    expect([...secrets, ...templates].map(({ name, faults }) => [name, faults])).toEqual([
        ["db-password", []],
        ["tls.key", []],
        ["app.env", []],
    ])
})

test("the manifest of docs/sops-nix-contract.md#manifest", () => {
    const manifest = parseManifest(
        Buffer.from(`{"ageKeyFile":"/var/lib/sops-nix/key.txt","ageSshKeyPaths":["/etc/ssh/ssh_host_ed25519_key"],"gnupgHome":null,"keepGenerations":1,
 "logging":{"keyImport":true,"secretChanges":true},
 "placeholderBySecretName":{"pw":"<SOPS:30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4:PLACEHOLDER>","test_key":"<SOPS:92488e1e3eeecdf99f3ed2ce59233efb4b4fb612d5655c0ce9ea52b5a502e655:PLACEHOLDER>"},
 "secrets":[{"format":"yaml","gid":0,"group":null,"key":"test_key","mode":"0400","name":"test_key","neededForUsers":false,"owner":null,"path":"/run/secrets/test_key","reloadUnits":[],"restartUnits":["a.service"],"sopsFile":"/nix/store/x-secrets.yaml","sopsFileHash":"e1556cc6","uid":0}],
 "secretsMountPoint":"/run/secrets.d","sshKeyPaths":["/etc/ssh/ssh_host_rsa_key"],"symlinkPath":"/run/secrets",
 "templates":[{"content":"x=<y>","file":"/nix/store/x-t","gid":0,"group":null,"mode":"0400","name":"t","owner":null,"path":"/run/secrets/rendered/t","reloadUnits":[],"restartUnits":[],"uid":0}],
 "useTmpfs":false,"userMode":false}`),
        "/m.json",
        nowhere,
    )
    expect(manifest.secrets).toEqual([
        {
            kind: "secret",
            name: "test_key",
            label: 'secret "test_key"',
            file: "test_key",
            mode: 0o400,
            owner: { id: 0 },
            group: { id: 0 },
            path: "/run/secrets/test_key",
            symlink: true,
            misplaced: undefined,
            hidden: false,
            faults: [],
            parents: { owner: undefined, group: undefined, mode: undefined },
            restartUnits: ["a.service"],
            reloadUnits: [],
            onFailure: "keep",
            optional: false,
            source: "/nix/store/x-secrets.yaml",
            format: "yaml",
            key: "test_key",
            givenKey: "test_key",
            allowEmpty: undefined,
            hashed: undefined,
            bindings: "warn",
            place: undefined,
        },
    ])
    expect(manifest.templates[0]).toMatchObject({ file: "rendered/t", textFile: "/nix/store/x-t" })
    expect(manifest.rsaKeyPaths).toEqual(["/etc/ssh/ssh_host_rsa_key"])
    expect(manifest.placeholders.size).toBe(2)
})

test("what home-manager leaves out, as zero values", () => {
    const secret = {
        name: "s",
        key: "k",
        path: "%r/x%%y",
        format: "yaml",
        mode: "0400",
        sopsFile: "/s.yaml",
    }
    const manifest = parseManifest(
        asBytes({
            secrets: [secret],
            templates: [],
            placeholderBySecretName: {},
            secretsMountPoint: "%r/secrets.d",
            symlinkPath: "/home/u/.config/sops-nix/secrets",
            userMode: true,
        }),
        "/m.json",
        () => "/run/user/1000",
    )
    expect(manifest.mountPoint).toBe("/run/user/1000/secrets.d")
    expect(manifest.secrets[0]).toMatchObject({ path: "/run/user/1000/x%y", owner: { id: 0 } })
    expect(manifest.keepGenerations).toBe(0)
    expect(manifest.useTmpfs).toBe(false)
})

test("null wherever Go would take it for the zero value", () => {
    const fields = {
        uid: null,
        gid: null,
        restartUnits: null,
        reloadUnits: null,
        format: null,
        key: null,
        path: null,
    }
    const manifest = parse({
        secrets: [writtenSecret({ name: "a", ...fields })],
        templates: null,
        placeholderBySecretName: null,
        sshKeyPaths: null,
        logging: null,
    })
    expect(manifest.secrets[0]).toMatchObject({
        owner: { id: 0 },
        format: "yaml",
        key: "",
        path: "/run/secrets/a",
    })
})

test("names of users and groups, and numbers", () => {
    const named = parse({ secrets: [writtenSecret({ name: "a", owner: "alice", uid: 5, group: "dev" })] })
    expect(named.secrets[0]).toMatchObject({ owner: { name: "alice" }, group: { name: "dev" } })
    const numbered = parse({ secrets: [writtenSecret({ name: "a", uid: 1000, gid: 100 })] })
    expect(numbered.secrets[0]).toMatchObject({ owner: { id: 1000 }, group: { id: 100 } })
})

test("a unit without its suffix", () => {
    const secret = writtenSecret({
        name: "a",
        restartUnits: ["nginx", "x@1.service"],
        reloadUnits: ["b.socket"],
    })
    const [entry] = parse({ secrets: [secret] }).secrets
    expect(entry?.restartUnits).toEqual(["nginx.service", "x@1.service"])
    expect(entry?.reloadUnits).toEqual(["b.socket"])
})

test("a key only where sops-nix looks keys up", () => {
    const formats = ["yaml", "json", "binary", "dotenv", "ini"]
    const secrets = formats.map((format) => writtenSecret({ name: format, key: "k", format }))
    expect(parse({ secrets }).secrets.map(({ key }) => key)).toEqual(["k", "k", "", "", ""])
})

test("our additions, with the defaults of docs/manifest.md", () => {
    const manifest = parse({
        secrets: [writtenSecret({ name: "a" }), writtenSecret({ name: "constructor" })],
        hostseal: {
            version: 1,
            onFailure: "omit",
            machineRecipients: ["age1x"],
            statusFile: "/run/hostseal/status.json",
            secrets: {
                a: {
                    onFailure: "abort",
                    optional: true,
                    symlink: false,
                    parentOwner: "u",
                    parentMode: "0750",
                },
            },
        },
    })
    expect(manifest.secrets[0]).toMatchObject({
        onFailure: "abort",
        optional: true,
        symlink: false,
        parents: { owner: { name: "u" }, group: undefined, mode: 0o750 },
    })
    expect(manifest.secrets[1]).toMatchObject({ onFailure: "omit", symlink: true, allowEmpty: undefined })
    expect(manifest.statusFile).toBe("/run/hostseal/status.json")
    expect(manifest.metricsFile).toBeUndefined()
})
test("user mode without a runtime directory fails with that problem", () => {
    const bytes = asBytes(writtenManifest({ userMode: true }))
    const absent = (): string => {
        throw new Error("$XDG_RUNTIME_DIR is not set")
    }
    expect(() => parseManifest(bytes, "/m.json", absent)).toThrow("$XDG_RUNTIME_DIR is not set")
})
