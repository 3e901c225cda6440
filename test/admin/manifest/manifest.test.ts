// What is written for an agent is what the agent reads, without a warning.

import { expect, test } from "vitest"
import { generateIdentity } from "../../../agent/age/identity.ts"
import { manifestOf } from "../../../agent/admin/manifest/manifest.ts"
import { parseSettings } from "../../../agent/admin/manifest/settings.ts"
import { renderer } from "../../../agent/machine/generation/template.ts"
import { parseManifest } from "../../../agent/machine/manifest/parse.ts"
import { emptyRepo, type Grants, type Repo } from "../../../agent/repo/repo.ts"

const [own, other] = [generateIdentity().recipient, generateIdentity().recipient]
const none: Grants = { users: new Set(), machines: new Set(), groups: new Set() }
const to = (...machines: string[]): Grants => ({ ...none, machines: new Set(machines) })
const clan: Repo = {
    ...emptyRepo,
    machines: new Map([
        [
            "web01",
            [
                { type: "age", publickey: own },
                { type: "age", publickey: "ssh-ed25519 AAAA root@web01" },
            ],
        ],
        ["db", [{ type: "age", publickey: other }]],
    ]),
    groups: new Map([["webs", { users: new Set(), machines: new Set(["web01"]) }]]),
    secrets: new Map([
        ["sops/secrets/wifi", to("web01", "db")],
        ["sops/secrets/root", to("db")],
        ["vars/per-machine/web01/ssh/key", { ...none, groups: new Set(["webs"]) }],
    ]),
}
const ruled: Repo = {
    ...emptyRepo,
    machines: new Map([["web01", [{ type: "age", publickey: own }]]]),
    users: new Map([["laptop", [{ type: "age", publickey: other }]]]),
    secrets: new Map([
        ["hosts/web01.yaml", to("web01")],
        ["hosts/laptop.env", { ...none, users: new Set(["laptop"]) }],
    ]),
}

interface Case {
    readonly name?: string
    readonly repo?: Repo
    readonly texts?: Readonly<Record<string, string>>
}

function made(settings: object, { name = "web01", repo = clan, texts = {} }: Case = {}) {
    const written = manifestOf({
        name,
        repo,
        layout: repo === clan ? "clan" : "sops",
        place: "/srv/repo",
        settings: parseSettings(JSON.stringify({ version: 1, ...settings }), "web01.json"),
        texts: new Map(Object.entries(texts)),
    })
    const manifest = parseManifest(Buffer.from(JSON.stringify(written)), "m", () => "")
    expect(manifest.warnings).toEqual([])
    expect([...manifest.secrets, ...manifest.templates].flatMap(({ faults }) => faults)).toEqual([])
    return manifest
}

test("all that a machine may read is installed for root, from where the repository lies", () => {
    const manifest = made({})
    expect(manifest).toMatchObject({
        mountPoint: "/run/secrets.d",
        symlinkPath: "/run/secrets",
        keepGenerations: 1,
        sshKeyPaths: ["/etc/ssh/ssh_host_ed25519_key"],
        machineRecipients: [own, "ssh-ed25519 AAAA"],
    })
    const paths = ["sops/secrets/wifi", "vars/per-machine/web01/ssh/key"]
    const names = ["wifi", "vars/per-machine/web01/ssh/key"]
    expect(manifest.secrets).toMatchObject(
        paths.map((path, index) => ({
            name: names[index],
            source: `/srv/repo/${path}/secret`,
            ownFile: `${path}/secret`,
            format: "binary",
            place: path,
            path: `/run/secrets/${names[index]}`,
            mode: 0o400,
        })),
    )
})

test("settings say whose a file is, where it lies and who hears of it", () => {
    const { secrets, templates, ...rest } = made({
        repository: "/etc/hostseal/repository/",
        ageKeyFile: "/etc/key.txt",
        keepGenerations: 3,
        onFailure: "omit",
        bindings: "require",
        statusFile: "/run/status.json",
        metricsFile: "/run/metrics.prom",
        secrets: {
            wifi: {
                owner: "iwd",
                group: "net",
                mode: "0440",
                path: "/etc/wifi.psk",
                restartUnits: ["iwd.service"],
                reloadUnits: ["net.service"],
                onFailure: "abort",
                optional: true,
                symlink: false,
                allowEmpty: true,
                hashed: "sha512crypt",
                parentMode: "0700",
            },
        },
    })
    expect(secrets[0]).toMatchObject({
        source: "/etc/hostseal/repository/sops/secrets/wifi/secret",
        owner: { name: "iwd" },
        group: { name: "net" },
        mode: 0o440,
        path: "/etc/wifi.psk",
        restartUnits: ["iwd.service"],
        reloadUnits: ["net.service"],
        onFailure: "abort",
        optional: true,
        symlink: false,
        allowEmpty: true,
        hashed: "sha512crypt",
        parents: { mode: 0o700 },
        bindings: "require",
    })
    expect(secrets[1]).toMatchObject({ onFailure: "omit", symlink: true })
    expect(templates).toEqual([])
    expect(rest).toMatchObject({
        ageKeyFile: "/etc/key.txt",
        sshKeyPaths: [],
        keepGenerations: 3,
        statusFile: "/run/status.json",
        metricsFile: "/run/metrics.prom",
    })
})

test("templates name secrets, and filters for them", () => {
    const manifest = made(
        {
            templates: {
                "app.env": {
                    content: "A=<SOPS:wifi:systemd>\n<SOPS:x:PLACEHOLDER>",
                    owner: "app",
                    mode: "0440",
                },
                "app.conf": { file: "app.conf.in", path: "/etc/app.conf" },
            },
        },
        { texts: { "app.conf": "a <SOPS:vars/per-machine/web01/ssh/key> b" } },
    )
    const render = renderer(manifest, ({ name }) => Buffer.from(`CANARY "${name}"`))
    const [first, second] = manifest.templates
    expect(render(Buffer.from(second?.content ?? "")).toString()).toBe(
        'a CANARY "vars/per-machine/web01/ssh/key" b',
    )
    expect(second).toMatchObject({ path: "/etc/app.conf", mode: 0o400 })
    expect(first).toMatchObject({
        path: "/run/secrets/rendered/app.env",
        owner: { name: "app" },
        mode: 0o440,
    })
    expect(render(Buffer.from(first?.content ?? "")).toString()).toBe(
        'A="CANARY \\"wifi\\""\n<SOPS:x:PLACEHOLDER>',
    )
})

test("under a .sops.yaml the settings name files and keys", () => {
    const secrets = {
        "db/password": { sopsFile: "hosts/web01.yaml" },
        token: { sopsFile: "hosts/web01.yaml", key: "a/b/0" },
        all: { sopsFile: "hosts/web01.yaml", key: "", format: "yaml" },
    }
    expect(made({ secrets }, { repo: ruled }).secrets).toMatchObject(
        ["db/password", "a/b/0", ""].map((key) => ({
            key,
            source: "/srv/repo/hosts/web01.yaml",
            format: "yaml",
            place: undefined,
        })),
    )
    // Which keys are machines' is guessed there.
    const env = { env: { sopsFile: "hosts/laptop.env" } }
    expect(made({ secrets: env }, { repo: ruled, name: "laptop" })).toMatchObject({
        secrets: [{ format: "dotenv", key: "" }],
        machineRecipients: [other],
    })
})

test.each<[string, object, Case, string, string]>([
    ["another machine", {}, { name: "web02" }, 'machine "web02" does not exist', '"web01"'],
    ["a user of clan's layout", {}, { name: "alice" }, 'machine "alice" does not exist', "web01"],
    ["a mistyped secret", { secrets: { wfi: {} } }, {}, 'secret "wfi" does not exist', '"wifi"'],
    [
        "a secret of another machine",
        { secrets: { root: {} } },
        {},
        'web01 may not read the secret "root"',
        "hostseal machines add-secret web01 root",
    ],
    [
        "a placeholder for nothing",
        { templates: { t: { content: "<SOPS:wfi>" } } },
        {},
        'template "t": secret "wfi" does not exist',
        '"wifi"',
    ],
    ["no file", { secrets: { a: {} } }, { repo: ruled }, 'secret "a" names no file', '"sopsFile"'],
    [
        "a file that is not there",
        { secrets: { a: { sopsFile: "hosts/web1.yaml" } } },
        { repo: ruled },
        'encrypted file "hosts/web1.yaml" does not exist',
        '"hosts/web01.yaml"',
    ],
    [
        "a file of others",
        { secrets: { a: { sopsFile: "hosts/laptop.env" } } },
        { repo: ruled },
        "web01 may not read hosts/laptop.env",
        "hostseal key update",
    ],
])("%s is refused", (_, settings, where, message, hint) => {
    expect(() => made(settings, where)).toThrow(
        expect.objectContaining({ message, hint: expect.stringContaining(hint) }),
    )
})
