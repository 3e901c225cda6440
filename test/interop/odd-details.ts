// What real templates and machines have, and the tables beside do not: placeholders beside each other, keys that are not what
// they are called, entries that change places.

import { binary, manifest, odd, placeholder, run, template, yaml } from "./odd-runs.ts"
import type { Fields } from "./odd-runs.ts"
import type { RandomRun } from "./random-manifests.ts"

const each = (kind: string, values: readonly unknown[], make: (value: unknown) => RandomRun[]) =>
    values.map((value) => [`${kind} ${JSON.stringify(value)}`, make(value)] as const)

const again = (first: Fields, second: Fields): RandomRun[] => [...odd(first), ...odd(second)]
const many = (entries: readonly Fields[]): RandomRun[] => [
    run(entries.map((entry) => ({ ...yaml, ...entry }))),
]
const two = (text: string, fields: Fields = {}): RandomRun[] => [
    run(
        [
            { name: "a", ...yaml },
            { name: "ab", ...binary },
        ],
        { templates: [{ name: "t", content: text, ...fields }] },
    ),
]
const [first, second] = [placeholder, "<SOPS:ab:PLACEHOLDER>"]

/** By name, what runs on one machine, one after the other. */
export const oddDetails: ReadonlyMap<string, readonly RandomRun[]> = new Map([
    ...each(
        "the unit",
        [
            "",
            "a@b@c.service",
            "a@b.service@",
            "a b@c d.service",
            "dev-sda1.device",
            "a.mount",
            "x.slice",
            "user@1000.service",
            "a.b.c",
        ],
        (unit) => again({ restartUnits: [unit] }, { restartUnits: [unit], sopsFile: "next.yaml" }),
    ),
    ...each(
        "the owner",
        [
            { owner: "missing" },
            { group: "missing" },
            { owner: "missing", group: "web" },
            { owner: "65534", group: "65534" },
            { uid: 65_536, gid: 1 },
            { owner: "root", group: "keys", mode: "0640" },
            { owner: " alice" },
            { owner: "Alice" },
            { owner: null, group: null, uid: 1, gid: null },
        ],
        (owner) => odd(Object(owner)),
    ),
    ...each(
        "the keys",
        [
            { ageKeyFile: "/run/keys/age.txt", ageSshKeyPaths: ["/run/keys/nothing"] },
            { ageKeyFile: "/run/keys/age.txt", ageSshKeyPaths: ["/run/keys/age.txt"] },
            { ageKeyFile: "/run/keys/age.txt", ageSshKeyPaths: ["/run/keys"] },
            { ageKeyFile: "/run/keys/age.txt", ageSshKeyPaths: ["/run/keys/ssh_host_ed25519_key", ""] },
            { ageKeyFile: "/run/keys/age.txt", ageSshKeyPaths: [], sshKeyPaths: ["/run/keys/nothing"] },
            { ageKeyFile: "/run/keys/age.txt", ageSshKeyPaths: null },
            { ageKeyFile: "", ageSshKeyPaths: ["/run/keys/ssh_host_ed25519_key"] },
            { ageKeyFile: "/run/keys/nothing" },
            { ageKeyFile: "/run/keys" },
            { ageKeyFile: "/run/keys/ssh_host_ed25519_key", ageSshKeyPaths: [] },
            { ageSshKeyPaths: ["/run/keys/nothing", "/run/keys/ssh_host_ed25519_key"] },
            { ageSshKeyPaths: ["/run/keys/../keys/ssh_host_ed25519_key"] },
            { gnupgHome: "/run/keys/gnupg" },
            { sshKeyPaths: ["/run/keys/ssh_host_ed25519_key"] },
        ],
        (fields) => manifest(Object(fields)),
    ),
    ...each(
        "the place",
        [
            { symlinkPath: "/run/secrets/" },
            { symlinkPath: "/run/deep/../secrets" },
            { symlinkPath: "/run/links/taken" },
            { symlinkPath: "/run/links/full" },
            { secretsMountPoint: "/run/links/full" },
            { secretsMountPoint: "/run//secrets.d" },
            { secretsMountPoint: "/run/alias/mount" },
        ],
        (fields) => manifest(Object(fields)),
    ),
    ...each(
        "the placeholders",
        [
            `${first}${second}`,
            `${second}${first}`,
            `${first}${first}${second}`,
            first.slice(0, -1),
            `<${first}>`,
            `${first}\n${second}\n`,
            "\n",
            "\0",
            "ü".repeat(3),
        ],
        (text) => two(String(text)),
    ),
    ...each(
        "the name of a template",
        ["a", "rendered/t", "a b", "ünï", ".t", "-t", "deep/er/t", "t/", "./t", "/t"],
        (name) => two(first, { name }),
    ),
    ...each(
        "the path of a template",
        [
            "/run/secrets/rendered/u",
            "/run/secrets/x",
            "/run/links/taken",
            "run/links/r",
            "/run/links//r",
            "/run/alias/r",
        ],
        (path) => two(first, { path }),
    ),
    [
        "a placeholder of a secret that there is not, unused",
        template({ content: placeholder }, {}).map((one) => ({
            ...one,
            manifest: { placeholderBySecretName: { a: placeholder, gone: "<SOPS:gone:PLACEHOLDER>" } },
        })),
    ],
    ["a template of a file that is not there", two("", { file: "/run/links/nothing" })],
    ["a template of an owner that is not there", two(first, { owner: "missing" })],
    ["a template of a number", two(first, { uid: 4321, gid: 1234, mode: "0440" })],
    [
        "the same units of a secret and a template",
        [
            run(
                [
                    {
                        name: "a",
                        ...yaml,
                        restartUnits: ["x.service", "x.service"],
                        reloadUnits: ["x.service", "y.service"],
                    },
                ],
                {
                    templates: [
                        {
                            name: "t",
                            content: first,
                            restartUnits: ["y.service"],
                            reloadUnits: ["x.service"],
                        },
                    ],
                },
            ),
            run(
                [
                    {
                        name: "a",
                        ...yaml,
                        sopsFile: "next.yaml",
                        restartUnits: ["x.service", "x.service"],
                        reloadUnits: ["x.service", "y.service"],
                    },
                ],
                {
                    templates: [
                        {
                            name: "t",
                            content: first,
                            restartUnits: ["y.service"],
                            reloadUnits: ["x.service"],
                        },
                    ],
                },
            ),
        ],
    ],
    [
        "twenty secrets of one file",
        many(Array.from({ length: 20 }, (_, index) => ({ name: `many/${index}` }))),
    ],
    [
        "two secrets that change places",
        [
            ...many([
                { name: "a", path: "/run/links/x" },
                { name: "b", path: "/run/links/y", key: "text" },
            ]),
            ...many([
                { name: "a", path: "/run/links/y" },
                { name: "b", path: "/run/links/x", key: "text" },
            ]),
        ],
    ],
    [
        "two secrets that change names",
        [
            ...many([{ name: "a" }, { name: "b", key: "text" }]),
            ...many([{ name: "b" }, { name: "a", key: "text" }]),
        ],
    ],
    ["a name that becomes a folder", [...odd({}), ...odd({ name: "a/b" })]],
    ["a folder that becomes a name", [...odd({ name: "a/b" }), ...odd({})]],
    [
        "a secret that becomes a template",
        [...odd({ path: "/run/links/x" }), ...template({ path: "/run/links/x" })],
    ],
    [
        "a template that becomes a secret",
        [...template({ path: "/run/links/x" }), ...odd({ path: "/run/links/x" })],
    ],
    [
        "a path that becomes a folder of another one",
        again({ path: "/run/links/x" }, { path: "/run/links/x/y" }),
    ],
    ["a folder of a path that becomes a path", again({ path: "/run/links/x/y" }, { path: "/run/links/x" })],
    ["a mount point that moves", [...manifest({}), ...manifest({ secretsMountPoint: "/run/deep/mount" })]],
    ["a link that moves", [...manifest({}), ...manifest({ symlinkPath: "/run/deep/secrets" })]],
    ["a tmpfs that comes after a ramfs", [...manifest({}), ...manifest({ useTmpfs: true })]],
    [
        "a key that changes its form",
        [...manifest({}), ...manifest({ ageKeyFile: "/run/keys/age.txt", ageSshKeyPaths: [] })],
    ],
    [
        "a value in another format of the same text",
        again({ sopsFile: "odd.json", format: "json" }, { sopsFile: "odd.json", format: "yaml" }),
    ],
    ["nothing to install", [run([])]],
    ["nothing any more", [...odd({ path: "/run/links/x" }), run([])]],
    ["a template alone", [run([], { templates: [{ name: "t", content: "plain", path: "/run/links/t" }] })]],
    [
        "a link to nothing in the way of the path",
        odd({ path: "/run/links/gone/x" }, { before: "ln -s nowhere /run/links/gone" }),
    ],
    [
        "a link to itself at the path",
        odd({ path: "/run/links/loop" }, { before: "ln -s loop /run/links/loop" }),
    ],
    ["a pipe at the path", odd({ path: "/run/links/pipe" }, { before: "mkfifo /run/links/pipe" })],
    [
        "a directory that nobody may enter in the way of the path",
        odd({ path: "/run/links/shut/x" }, { before: "mkdir -m 0 /run/links/shut" }),
    ],
    [
        "a secret that is there as a link",
        odd({ path: "/run/links/l" }, { before: "ln -s /run/secrets/a /run/links/l" }),
    ],
    [
        "a generation that is no number",
        odd({}, { before: "mkdir -p /run/secrets.d/x; ln -s /run/secrets.d/x /run/secrets" }),
    ],
    [
        "a link to a generation that is gone",
        odd({}, { before: "mkdir -p /run/secrets.d; ln -s /run/secrets.d/7 /run/secrets" }),
    ],
    ["a link to elsewhere", odd({}, { before: "ln -s /run/links /run/secrets" })],
    ["a file in the place of the link", odd({}, { before: "echo x > /run/secrets" })],
    ["a file in the place of the mount", odd({}, { before: "echo x > /run/secrets.d" })],
    [
        "needed for users, with an owner",
        odd({ neededForUsers: true, owner: "alice" }, { args: ["-ignore-passwd"] }),
    ],
    [
        "a home with two secrets and a template",
        [
            run(
                [
                    { name: "a", ...yaml, path: "%r/links/a" },
                    { name: "b/c", ...binary, path: "/run/links/%r/x" },
                ],
                {
                    templates: [{ name: "t", content: first, path: "%r/t" }],
                    manifest: {
                        userMode: true,
                        secretsMountPoint: "%r/secrets.d",
                        symlinkPath: "/run/deep/home/secrets",
                    },
                    args: ["-ignore-passwd"],
                    environment: { XDG_RUNTIME_DIR: "/run/roots" },
                    before: "mkdir -p /run/deep/home /run/roots/secrets.d",
                },
            ),
        ],
    ],
])
