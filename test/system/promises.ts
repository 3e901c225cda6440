// What the NixOS test of sops-nix expects of a machine, one row for each of its lines, in its words' order. The tables are
// by what has happened before: a boot, a hundred generations, one switch after another.

import type { Machine } from "./machine.ts"

/** The part of their test, what is promised, and a look that throws where it is not so. */
export type Promised = readonly [part: string, promise: string, look: (machine: Machine) => void]

function said(machine: Machine, expected: string, ...command: readonly string[]): void {
    const text = machine.run(...command).trim()
    if (text !== expected)
        throw new Error(`${command.join(" ")}: ${JSON.stringify(text)}, and not ${expected}`)
}
const stat =
    (format: string, path: string, expected: string) =>
    (machine: Machine): void =>
        said(machine, expected, "stat", "-c", `%${format}`, `/run/secrets/${path}`)
const holds =
    (path: string, expected: string) =>
    (machine: Machine): void =>
        said(machine, expected.trim(), "cat", path)
const is =
    (test: string, path: string) =>
    (machine: Machine): void =>
        void machine.run("test", test, path)
const isNot =
    (test: string, path: string) =>
    (machine: Machine): void => {
        if (machine.attempt("test", test, path).status !== 1) throw new Error(`${path} is there`)
    }

export const value = "CANARY-test_value"
export const nested = "CANARY another value"
export const text = (filled: string): string =>
    `This line is not modified.\nThe next value will be replaced by ${filled}\nThis line is also not modified.\n`

const owners: readonly [string, string, string, string, string][] = [
    ["someuser_somegroup", "1000", "1000", "someuser", "somegroup"],
    ["someuser_root", "1000", "0", "someuser", "root"],
    ["1001_1001", "1001", "1001", "UNKNOWN", "UNKNOWN"],
]

/** Right after a boot. */
export const booted: readonly Promised[] = [
    ["age-keys", "the secret has its value", holds("/run/secrets/test_key", value)],
    ["age-keys", "a directory in its place becomes the link", is("-L", "/run/secrets")],
    ...owners.flatMap(([name, uid, gid, user, group]): Promised[] => [
        ["age-keys", `${name} has the uid ${uid}`, stat("u", `test_key_${name}`, uid)],
        ["age-keys", `${name} has the gid ${gid}`, stat("g", `test_key_${name}`, gid)],
        ["age-keys", `${name} belongs to ${user}`, stat("U", `test_key_${name}`, user)],
        ["age-keys", `${name} is of the group ${group}`, stat("G", `test_key_${name}`, group)],
    ]),
    ["templates", "a template has its owner", stat("U", "rendered/test_template", "someuser")],
    ["templates", "a template has its group", stat("G", "rendered/test_template", "somegroup")],
    ["templates", "a template belongs to root by itself", stat("U", "rendered/test_default", "root")],
    ["templates", "and to the group of root", stat("G", "rendered/test_default", "root")],
    ["templates", "a template has its uid", stat("u", "rendered/test_uid_gid", "420")],
    ["templates", "a template has its gid", stat("g", "rendered/test_uid_gid", "420")],
    ["templates", "the value is in its text", holds("/run/secrets/rendered/test_template", text(value))],
    [
        "templates",
        "also in one with a path",
        holds("/run/secrets/rendered/test_default", `Test value: ${value}`),
    ],
    [
        "templates",
        "a path elsewhere leads there",
        (machine) =>
            said(machine, "/run/secrets.d/1/rendered/test_default", "realpath", "/etc/externally/linked"),
    ],
    [
        "pgp-keys",
        "the owner reads the secret",
        (machine) =>
            said(
                machine,
                value,
                "runuser",
                "-u",
                "someuser",
                "--",
                "cat",
                "/run/secrets/test_key_someuser_root",
            ),
    ],
    ["pgp-keys", "a nested secret has its value", holds("/run/secrets/nested/test/file", nested)],
    [
        "pgp-keys",
        "a path at which a file lies becomes a link",
        (machine) => said(machine, "/run/secrets.d/1/existing-file", "readlink", "-f", "/run/existing-file"),
    ],
    [
        "age-ssh-keys",
        "a host key in the store opens it, beside a key file",
        holds("/run/by-ssh/test_key", value),
    ],
    ["restart-and-reload", "a boot restarts nothing", isNot("-f", "/restarted")],
    ["restart-and-reload", "a boot reloads nothing", isNot("-f", "/reloaded")],
    [
        "restart-and-reload",
        "a boot leaves no list",
        (machine) => {
            if (machine.attempt("sh", "-c", "ls /run/nixos/*-list").status === 0)
                throw new Error("there is one")
        },
    ],
]

/** Of a user, however users are made. */
export const users = (part: string): readonly Promised[] => [
    [
        part,
        "the password is set",
        (machine) => void machine.run("sh", "-c", `getent shadow example-user | grep -q ':${value}:'`),
    ],
    [part, "other secrets are there", holds("/run/secrets/nested/test/file", nested)],
    [part, "and belong to the user", stat("U", "nested/test/file", "example-user")],
    [part, "the password stays", holds("/run/secrets-for-users/test_key", value)],
]
export const usersAfterSwitch = (part: string): readonly Promised[] => [
    [part, "other secrets are there after a switch", holds("/run/secrets/nested/test/file", nested)],
    [part, "the password is there after a switch", holds("/run/secrets-for-users/test_key", value)],
]

/** With generations up to 99 and one that has no number, after an activation. */
export const counted: readonly Promised[] = ["100", "1", "90", "non-numeric"].map((name) => [
    "pruning",
    `${name} is there`,
    is("-d", `/run/secrets.d/${name}`),
])
/** After the switch to a configuration that keeps ten. */
export const pruned: readonly Promised[] = [
    ["pruning", "91 is gone", isNot("-d", "/run/secrets.d/91")],
    ["pruning", "92 is there", is("-d", "/run/secrets.d/92")],
    ["pruning", "non-numeric stays", is("-d", "/run/secrets.d/non-numeric")],
]

const [secret, template] = ["/run/secrets/test_key", "/run/secrets/rendered/test_template"]
const [another, rendered] = ["/run/secrets/another_key", "/run/secrets/rendered/another_template"]
const part = "restart-and-reload"

/** One step: what is done to the files, which switch follows, what it prints, and what is so then. */
export interface Step {
    readonly before: string
    readonly action: "test" | "dry-activate"
    readonly prints?: readonly string[]
    readonly after: readonly Promised[]
}

const asked = (what: string): Promised[] => [
    [part, `${what} restarts the unit that wants it`, is("-f", "/restarted")],
    [part, `${what} reloads the unit that wants it`, is("-f", "/reloaded")],
]

export const steps: readonly Step[] = [
    {
        before: "true",
        action: "test",
        after: [
            [part, "a switch without a change restarts nothing", isNot("-f", "/restarted")],
            [part, "a switch without a change reloads nothing", isNot("-f", "/reloaded")],
        ],
    },
    { before: `: > ${secret}`, action: "test", after: asked("a changed secret") },
    {
        before: `rm /restarted /reloaded; : > ${template}`,
        action: "test",
        after: asked("a changed template"),
    },
    {
        before: `rm ${secret} ${template}`,
        action: "test",
        prints: ["adding secret: test_key", "adding rendered secret: test_template"],
        after: [],
    },
    {
        before: `: > ${secret}; : > ${template}`,
        action: "test",
        prints: ["modifying secret: test_key", "modifying rendered secret: test_template"],
        after: [],
    },
    {
        before: `: > ${another}; : > ${rendered}`,
        action: "test",
        prints: ["removing secret: another_key", "removing rendered secret: another_template"],
        after: [],
    },
    {
        before: `rm ${secret} ${template}; : > ${another}; : > ${rendered}`,
        action: "dry-activate",
        prints: [
            "would add secret: test_key",
            "would remove secret: another_key",
            "would add rendered secret: test_template",
            "would remove rendered secret: another_template",
        ],
        after: [
            [part, "a dry activation adds no secret", isNot("-f", secret)],
            [part, "a dry activation adds no template", isNot("-f", template)],
            [part, "a dry activation removes no secret", is("-f", another)],
            [part, "a dry activation removes no template", is("-f", rendered)],
        ],
    },
    {
        before: "true",
        action: "test",
        after: [
            [part, "the switch after it adds the secret", is("-f", secret)],
            [part, "the switch after it adds the template", is("-f", template)],
            [part, "the switch after it removes the other secret", isNot("-f", another)],
            [part, "the switch after it removes the other template", isNot("-f", rendered)],
        ],
    },
    {
        before: `rm /restarted /reloaded; : > ${secret}`,
        action: "dry-activate",
        prints: ["would modify secret: test_key"],
        after: [
            [
                part,
                "the secret stays as it was",
                (machine) => said(machine, "0", "stat", "-Lc", "%s", secret),
            ],
            [part, "a dry activation restarts nothing", isNot("-f", "/restarted")],
            [part, "a dry activation reloads nothing", isNot("-f", "/reloaded")],
        ],
    },
]
