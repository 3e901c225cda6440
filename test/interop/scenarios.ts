// What both agents are asked to do, one story a scenario. Names of users and groups are those of namespace.ts; the
// sources are sealed by the real sops from the plaintexts below.

/** Plaintext documents by file name; the format is the part after the dot. */
export const sources: Readonly<Record<string, string>> = {
    "secrets.yaml": `token: CANARY-token\nempty_looking: "CANARY "\nnested:\n    deep:\n        leaf: CANARY-leaf\ntext: |\n    CANARY one\n    CANARY two\n`,
    "next.yaml": `token: CANARY-token-2\nempty_looking: "CANARY "\nnested:\n    deep:\n        leaf: CANARY-leaf\ntext: |\n    CANARY one\n    CANARY two\n`,
    "secrets.json": `{"token": "CANARY-json", "nested": {"leaf": "CANARY-nested"}}`,
    "secrets.env": `# CANARY comment\nTOKEN=CANARY-env\nQUOTED="CANARY quoted"\n`,
    "secrets.ini": `[one]\ntoken = CANARY-ini\n\n[two]\nother = CANARY two\n`,
    "secrets.bin": `CANARY binary, no newline at the end`,
}

type Fields = Readonly<Record<string, unknown>>

/** One run of the agent. */
export interface Step {
    /** `sopsFile` is a name in `sources`; whatever is left out is what the NixOS module writes. */
    readonly secrets: readonly Fields[]
    readonly templates?: readonly Fields[]
    readonly manifest?: Fields & { readonly symlinkPath?: string }
    readonly args?: readonly string[]
    readonly environment?: Readonly<Record<string, string>>
    /** Files that are there before the run, by path; a path that ends in `/` is a directory. */
    readonly before?: Readonly<Record<string, string>>
}

const token = { name: "token", key: "token", sopsFile: "secrets.yaml" }
const leaf = { name: "leaf", key: "nested/deep/leaf", sopsFile: "secrets.yaml" }
const binary = { name: "blob", format: "binary", sopsFile: "secrets.bin" }
const units = { restartUnits: ["web.service"], reloadUnits: ["proxy.service"] }

/** `<SOPS:…:PLACEHOLDER>` for a secret, as the manifests of these scenarios declare it. */
const placeholder = (name: string): string => `<SOPS:${name}:PLACEHOLDER>`

export const scenarios: Readonly<Record<string, readonly Step[]>> = {
    "every format": [
        {
            secrets: [
                token,
                leaf,
                { name: "text", key: "text", sopsFile: "secrets.yaml" },
                { name: "whole.yaml", key: "", sopsFile: "secrets.yaml" },
                { name: "json", key: "token", format: "json", sopsFile: "secrets.json" },
                { name: "whole.json", key: "", format: "json", sopsFile: "secrets.json" },
                { name: "env", key: "ignored", format: "dotenv", sopsFile: "secrets.env" },
                { name: "ini", key: "ignored", format: "ini", sopsFile: "secrets.ini" },
                binary,
            ],
        },
    ],
    "owners, groups and modes": [
        {
            secrets: [
                { ...token, owner: "alice", group: "web", mode: "0440" },
                { ...leaf, uid: 1234, gid: 4321, mode: "0600" },
                { ...binary, owner: "nobody", group: "nogroup", mode: "0700" },
                { name: "text", key: "text", sopsFile: "secrets.yaml", uid: null, gid: null, mode: "0444" },
            ],
        },
    ],
    "names with folders": [
        {
            secrets: [
                { ...binary, name: "vars/per-machine/wifi/password" },
                { ...binary, name: "vars/shared/ca/key" },
                token,
            ],
        },
    ],
    "links at path": [
        {
            before: { "/run/links/taken": "was here before", "/run/links/": "" },
            secrets: [
                { ...token, path: "/run/links/taken", owner: "alice", group: "users" },
                { ...leaf, path: "/run/links/deep/er/leaf", uid: 1234, gid: 4321 },
            ],
            templates: [
                { name: "conf", content: placeholder("token"), path: "/run/links/conf", owner: "alice" },
            ],
        },
    ],
    templates: [
        {
            before: { "/run/templates/from-file": `file: ${placeholder("token")}\n` },
            secrets: [token, leaf, binary],
            templates: [
                {
                    name: "content.conf",
                    content: `a=${placeholder("token")}\nb=${placeholder("leaf")} ${placeholder("token")}\n`,
                    mode: "0440",
                    owner: "alice",
                    group: "web",
                },
                { name: "sub/from-file", file: "/run/templates/from-file", uid: 1234, gid: 4321 },
                { name: "blob", content: `${placeholder("blob")}|` },
                { name: "plain", content: "no secret in here, <SOPS:not one>\n" },
            ],
        },
    ],
    "generations are pruned": [
        { secrets: [token], manifest: { keepGenerations: 2 }, before: { "/run/secrets.d/other/": "" } },
        { secrets: [token], manifest: { keepGenerations: 2 } },
        { secrets: [token], manifest: { keepGenerations: 2 } },
        { secrets: [token], manifest: { keepGenerations: 0 } },
        { secrets: [token], manifest: { keepGenerations: 0 } },
        { secrets: [token], manifest: { keepGenerations: 1 } },
    ],
    "units are told once something changed": [
        {
            before: { "/run/nixos/": "" },
            secrets: [{ ...token, ...units }, leaf, { ...binary, restartUnits: ["blob.service"] }],
            templates: [{ name: "conf", content: placeholder("token"), restartUnits: ["conf.service"] }],
        },
        {
            secrets: [{ ...token, ...units }, leaf, { ...binary, restartUnits: ["blob.service"] }],
            templates: [{ name: "conf", content: placeholder("token"), restartUnits: ["conf.service"] }],
        },
        {
            secrets: [
                { ...token, ...units, sopsFile: "next.yaml" },
                { name: "text", key: "text", sopsFile: "next.yaml", restartUnits: ["text.service"] },
                // Two secrets may name one unit.
                { name: "more", key: "text", sopsFile: "next.yaml", restartUnits: ["text.service"] },
            ],
            templates: [
                { name: "conf", content: placeholder("token"), restartUnits: ["conf.service"] },
                { name: "new", content: placeholder("more"), reloadUnits: ["new.service"] },
            ],
        },
    ],
    "a dry run": [
        { before: { "/run/nixos/": "" }, secrets: [{ ...token, ...units }, leaf] },
        {
            environment: { NIXOS_ACTION: "dry-activate" },
            secrets: [
                { ...token, ...units, sopsFile: "next.yaml" },
                { name: "text", key: "text", sopsFile: "next.yaml" },
            ],
        },
    ],
    "without logging of changes": [
        { secrets: [token], manifest: { logging: { keyImport: false, secretChanges: false } } },
        {
            secrets: [{ ...token, sopsFile: "next.yaml" }],
            manifest: { logging: { keyImport: false, secretChanges: false } },
        },
    ],
    "secrets for users": [
        {
            args: ["-ignore-passwd"],
            manifest: {
                secretsMountPoint: "/run/secrets-for-users.d",
                symlinkPath: "/run/secrets-for-users",
            },
            secrets: [
                { ...token, path: "/run/secrets-for-users/token", neededForUsers: true, owner: "not-yet" },
            ],
        },
    ],
    "tmpfs instead of ramfs": [{ secrets: [token], manifest: { useTmpfs: true } }],
    "a directory where the link should be": [{ before: { "/run/secrets/old": "stale" }, secrets: [token] }],
    "a key file, and an SSH key that is not there": [
        {
            secrets: [token],
            manifest: { ageSshKeyPaths: ["/run/keys/absent"], ageKeyFile: "/run/keys/age.txt" },
        },
    ],
    "an SSH key": [{ secrets: [token] }],
    "a key file that is not there": [{ secrets: [token], manifest: { ageKeyFile: "/run/keys/absent.txt" } }],
    "in user mode": [
        {
            environment: { XDG_RUNTIME_DIR: "/run/user/1000" },
            before: { "/run/user/1000/": "", "/run/home/": "" },
            secrets: [
                { ...token, path: "/run/home/.config/sops-nix/secrets/token" },
                { ...leaf, path: "%r/leaf" },
            ],
            manifest: {
                userMode: true,
                secretsMountPoint: "%r/secrets.d",
                symlinkPath: "/run/home/.config/sops-nix/secrets",
            },
            args: ["-ignore-passwd"],
        },
    ],
    "checking a good manifest": [
        { args: ["-check-mode=manifest"], secrets: [token, { ...leaf, owner: "not-on-this-host" }] },
        { args: ["-check-mode=sopsfile"], secrets: [token, { ...leaf, owner: "not-on-this-host" }] },
    ],
    "checking bad manifests": [
        { args: ["-check-mode=sopsfile"], secrets: [{ ...token, key: "no/such/key" }] },
        { args: ["-check-mode=manifest"], secrets: [{ ...token, mode: "rw" }] },
        { args: ["-check-mode=sopsfile"], secrets: [{ ...token, sopsFile: "absent.yaml" }] },
        { args: ["-check-mode=sopsfile"], secrets: [token, { ...leaf, format: "json" }] },
        { args: ["-check-mode=manifest"], secrets: [token], templates: [{ name: "t", file: "/run/absent" }] },
        { args: ["-check-mode=nonsense"], secrets: [token] },
    ],
}
