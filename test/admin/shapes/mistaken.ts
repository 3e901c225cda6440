// What goes wrong in repositories, and what is left when every file is as its rule says.

import { keys, rule, rules } from "./shape.ts"
import type { Shape } from "./shape.ts"

const a = "secrets/a.yaml"
const b = "secrets/b.json"

/** Shapes in which something does not agree, or is worth a note. */
export const mistaken: readonly Shape[] = [
    {
        about: "somebody who was taken out of the rule can still read",
        config: rules({ "secrets/": "alice" }),
        files: { [a]: "alice bob", [b]: "alice" },
        finds: [`extra-recipient ${a}`],
        opens: { [a]: "alice", [b]: "alice" },
    },
    {
        about: "somebody whom the rule names cannot read",
        config: rules({ "secrets/": "alice bob" }),
        files: { [a]: "alice", [b]: "alice bob" },
        finds: [`missing-recipient ${a}`],
        opens: { [a]: "alice bob", [b]: "alice bob" },
    },
    {
        about: "a machine has a new key",
        config: rules({ "secrets/": "alice web" }),
        files: { [a]: "alice db", [b]: "alice db" },
        finds: [
            `missing-recipient ${a}`,
            `extra-recipient ${a}`,
            `missing-recipient ${b}`,
            `extra-recipient ${b}`,
        ],
        opens: { [a]: "alice web", [b]: "alice web" },
    },
    {
        about: "all formats at once",
        config: rules({ ".": "alice web" }),
        files: { [a]: "alice", [b]: "alice bob", "c.env": "alice", "d.ini": "alice bob", "e.pem": "alice" },
        finds: [
            "missing-recipient c.env",
            "missing-recipient d.ini",
            "extra-recipient d.ini",
            "missing-recipient e.pem",
        ].concat([`missing-recipient ${a}`, `missing-recipient ${b}`, `extra-recipient ${b}`]),
        opens: Object.fromEntries([a, b, "c.env", "d.ini", "e.pem"].map((path) => [path, "alice web"])),
    },
    {
        about: "somebody whom nobody names",
        config: "creation_rules:\n  - age: @alice\n",
        files: { [a]: "alice carol" },
        finds: [`extra-recipient ${a}`],
        opens: { [a]: "alice" },
    },
    {
        about: "a file was moved to another machine",
        config: rules({ "hosts/web/": "alice web", "hosts/db/": "alice db" }),
        files: { "hosts/web/a.yaml": "alice web", "hosts/db/a.yaml": "alice web" },
        finds: ["missing-recipient hosts/db/a.yaml", "extra-recipient hosts/db/a.yaml"],
        opens: { "hosts/web/a.yaml": "alice web", "hosts/db/a.yaml": "alice db" },
    },
    {
        about: "a PGP key was left out of the rule",
        config: "creation_rules:\n  - age: @alice\n",
        files: { [a]: "alice pgp" },
        finds: [`extra-recipient ${a}`],
        opens: { [a]: "alice" },
    },
    {
        about: "a PGP key came",
        config: "creation_rules:\n  - age: @alice\n    pgp: @pgp\n",
        files: { [a]: "alice" },
        finds: [`missing-recipient ${a}`],
        opens: { [a]: "alice pgp" },
    },
    {
        about: "a PGP key came by its last 16 digits",
        config: "creation_rules:\n  - age: @alice\n    pgp: @pgp16\n",
        files: { [a]: "alice" },
        finds: [`missing-recipient ${a}`],
        opens: { [a]: "alice pgp" },
    },
    {
        about: "a key of ssh came, with a comment",
        config: "creation_rules:\n  - age:\n      - @alice\n      - @ssh root@server\n",
        files: { [a]: "alice" },
        finds: [`missing-recipient ${a}`],
        opens: { [a]: "alice ssh" },
    },
    {
        about: "somebody gains beside a key of the cloud",
        config: "creation_rules:\n  - kms: @kms\n    age: @alice,@bob\n",
        files: { [a]: "alice kms" },
        finds: [`missing-recipient ${a}`],
        opens: { [a]: "alice bob" },
    },
    {
        about: "somebody loses beside a key of the cloud",
        config: "creation_rules:\n  - kms: @kms\n    age: @alice\n",
        files: { [a]: "alice bob kms" },
        finds: [`extra-recipient ${a}`],
        left: [`extra-recipient ${a}`],
        opens: { [a]: "alice bob" },
    },
    {
        about: "a rule takes the key of the cloud out",
        config: "creation_rules:\n  - age: @alice\n",
        files: { [a]: "alice kms", [b]: "alice" },
        finds: [`extra-recipient ${a}`],
        opens: { [a]: "alice", [b]: "alice" },
    },
    {
        about: "a rule takes the key of the cloud out, and somebody with it",
        config: "creation_rules:\n  - age: @alice\n    pgp: @pgp\n",
        files: { [a]: "alice bob kms pgp" },
        finds: [`extra-recipient ${a}`, `extra-recipient ${a}`],
        opens: { [a]: "alice pgp" },
    },
    {
        about: "a file that no rule is for",
        config: rules({ "^secrets/": "alice" }),
        files: { "old/a.yaml": "alice", [a]: "alice" },
        finds: ["no-rule old/a.yaml"],
        left: ["no-rule old/a.yaml"],
        opens: { "old/a.yaml": "alice", [a]: "alice" },
    },
    {
        about: "no rules at all",
        config: `${keys}creation_rules: []\n`,
        files: { [a]: "alice" },
        finds: [`no-rule ${a}`],
        left: [`no-rule ${a}`],
        opens: { [a]: "alice" },
    },
    {
        about: "only rules for publishing",
        config: "destination_rules:\n  - s3_bucket: x\n",
        files: { [a]: "alice" },
        finds: [`no-rule ${a}`],
        left: [`no-rule ${a}`],
        opens: { [a]: "alice" },
    },
    {
        about: "a file in the clear",
        config: rules({ "^secrets/": "alice" }),
        files: { [a]: "alice", "secrets/plain.yaml": "=a: CANARY\n", "secrets/notes.md": "=CANARY\n" },
        notes: ["plain secrets/plain.yaml"],
    },
    {
        about: "a configuration in a folder",
        config: rules({ ".*": "alice" }),
        files: { [a]: "alice", "sub/.sops.yaml": "=creation_rules: []\n", "sub/b.yaml": "bob" },
        notes: ["nested-config sub/.sops.yaml"],
        opens: { [a]: "alice" },
    },
    {
        about: "a file that is no longer what sops wrote",
        config: rules({ ".*": "alice" }),
        files: { [a]: "alice", "b.yaml": "=a: ENC[AES256_GCM,data:x]\nsops:\n  mac: CANARY\n" },
        finds: ["unreadable b.yaml"],
        left: ["unreadable b.yaml"],
        opens: { [a]: "alice" },
    },
    {
        about: "a conflict of git",
        config: rules({ ".*": "alice" }),
        files: {
            [a]: "alice",
            "b.yaml": "=<<<<<<< HEAD\na: ENC[AES256_GCM,data:x]\n=======\na: 1\n>>>>>>> x\nsops:\n  mac: x\n",
        },
        finds: ["unreadable b.yaml"],
        left: ["unreadable b.yaml"],
        opens: { [a]: "alice" },
    },
    {
        about: "anchors of a rule for another",
        config: `${keys}creation_rules:\n${rule("^secrets/a", "alice web")}${rule("^secrets/b", "alice bob")}`,
        files: { [a]: "alice bob", [b]: "alice web" },
        finds: [
            `missing-recipient ${a}`,
            `extra-recipient ${a}`,
            `missing-recipient ${b}`,
            `extra-recipient ${b}`,
        ],
        opens: { [a]: "alice web", [b]: "alice bob" },
    },
]
