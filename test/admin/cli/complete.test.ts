import { expect, test } from "vitest"
import { command } from "../../../agent/admin/cli/command.ts"
import { candidates } from "../../../agent/admin/cli/complete.ts"

const nothing = async () => async () => undefined
const secret = { name: "secret", kind: "secret", summary: "" } as const
const commands = [
    command(
        {
            words: "set",
            summary: "Set a value",
            examples: [],
            args: [secret],
            options: {
                machine: {
                    type: "string",
                    value: "MACHINE",
                    kind: "machine",
                    multiple: true,
                    short: "m",
                    summary: "",
                },
                file: { type: "string", value: "FILE", kind: "file", summary: "" },
                edit: { type: "boolean", short: "e", summary: "" },
            },
            effect: "writes",
        },
        nothing,
    ),
    command(
        {
            words: "users add-secret",
            aliases: ["users grant"],
            summary: "Let a user read",
            examples: [],
            args: [{ name: "user", kind: "user", summary: "" }, secret],
            options: {},
            effect: "writes",
        },
        nothing,
    ),
    command(
        {
            words: "audit user",
            summary: "Show what somebody could read",
            examples: [],
            args: [{ name: "user", completes: "user", summary: "" }],
            options: {},
            effect: "reads",
        },
        nothing,
    ),
    command(
        {
            words: "users add",
            summary: "Add a user",
            examples: [],
            args: [
                { name: "user", kind: "user", summary: "" },
                { name: "key", completes: "file", summary: "" },
            ],
            options: {},
            effect: "writes",
        },
        nothing,
    ),
]
const nouns = [
    { name: "audit", aliases: [], summary: "Who could" },
    { name: "users", aliases: ["user"], summary: "People" },
]
const names: Readonly<Record<string, readonly string[]>> = {
    user: ["alice", "bob"],
    machine: ["web01", "web02"],
    group: ["admins"],
    secret: ["vpn", "wifi"],
    key: [],
    revision: ["HEAD", "main"],
}

const next = (line: string): string | readonly string[] => {
    const found = candidates(line.split(" "), commands, nouns, (kind) => names[kind] ?? [])
    return typeof found === "string" ? found : found.map(({ text }) => text)
}

for (const [line, expected] of Object.entries({
    "": ["set", "audit", "users"],
    us: ["users"],
    "--flake /some/where us": ["users"],
    "--flake /some/where users add-secret ": ["alice", "bob"],
    "--machine web01 set w": ["wifi"],
    "secrets ": ["set", "audit", "users"],
    "users ": ["add-secret", "add"],
    "user add-": ["add-secret"],
    "users add-secret ": ["alice", "bob"],
    "users add-secret alice ": ["vpn", "wifi"],
    "users grant alice w": ["wifi"],
    "users add-secret alice wifi ": [],
    "users nosuch ": ["add-secret", "add"],
    "set ": ["vpn", "wifi"],
    "set -e w": ["wifi"],
    "set --machine ": ["web01", "web02"],
    "set -m web02 ": ["vpn", "wifi"],
    "set --machine web01 v": ["vpn"],
    "set --file ": "files",
    "set --flake ": "directories",
    "set --color ": ["auto", "always", "never"],
    "set --mach": ["--machine"],
    "set --machine=": ["--machine=web01", "--machine=web02"],
    "set --machine=web01 v": ["vpn"],
    "set --machine=web01 --machine=web02": ["--machine=web02"],
    "set --edit=": [],
    "set --file=no": "files",
    "--fl": ["--flake"],
    "--flake ": "directories",
    "--flake=": "directories",
    "--color=al": ["--color=always"],
    "audit user b": ["bob"],
    "users add carol ": "files",
})) {
    test(`after "${line}"`, () => {
        expect(next(line)).toEqual(expected)
    })
}
