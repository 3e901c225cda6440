// How configurations are written: what sops takes, and who then reads what.

import { keys, rule, rules } from "./shape.ts"
import type { Shape } from "./shape.ts"

const a = "secrets/a.yaml"
const forAlice = { [a]: "alice" }
const forBoth = { [a]: "alice web" }

/** Shapes in which everything agrees. */
export const written: readonly Shape[] = [
    {
        about: "one rule for everything",
        config: "creation_rules:\n  - age: @alice\n",
        files: forAlice,
        who: "@alice |",
    },
    {
        about: "an empty pattern",
        config: `creation_rules:\n  - path_regex: ""\n    age: @alice\n`,
        files: forAlice,
    },
    { about: "a string with commas", config: "creation_rules:\n  - age: @alice, @web ,\n", files: forBoth },
    {
        about: "a folded string",
        config: "creation_rules:\n  - age: >-\n      @alice,\n      @web\n",
        files: forBoth,
    },
    { about: "a list", config: "creation_rules:\n  - age:\n      - @alice\n      - @web\n", files: forBoth },
    { about: "a list with commas", config: 'creation_rules:\n  - age: ["@alice, @web"]\n', files: forBoth },
    {
        about: "a flat list of aliases",
        config: `${keys}creation_rules:\n  - age:\n      - *alice\n      - *web\n`,
        files: forBoth,
    },
    { about: "key groups of aliases", config: rules({ "secrets/": "alice web" }), files: forBoth },
    {
        about: "a flow list",
        config: `${keys}creation_rules:\n  - {path_regex: secrets/, key_groups: [{age: [*alice, *web]}]}\n`,
        files: forBoth,
    },
    {
        about: "the order of others",
        config: rules({ "secrets/": "alice web" }),
        files: { [a]: "web alice" },
    },
    { about: "the same key twice", config: "creation_rules:\n  - age: @alice,@alice\n", files: forAlice },
    {
        about: "the same key twice in a key group",
        config: rules({ "secrets/": "alice alice" }),
        files: forAlice,
    },
    {
        about: "lists in a list of keys",
        config: rules(
            { "secrets/": "alice web" },
            "keys:\n  - &users\n    - &alice @alice\n    - &bob @bob\n  - &hosts\n    - &web @web\n",
        ),
        files: forBoth,
        who: "alice bob | web",
    },
    {
        about: "an anchor with a colon",
        config: rules(
            { "secrets/": "alice web" },
            "keys:\n  - &users:\n    - &alice @alice\n  - &hosts:\n    - &web @web\n",
        ),
        files: forBoth,
        who: "alice | web",
    },
    {
        about: "a mapping with lists",
        config: rules(
            { "secrets/": "alice web" },
            "keys:\n  users:\n    - &alice @alice\n  hosts:\n    - &web @web\n",
        ),
        files: forBoth,
        who: "alice | web",
    },
    {
        about: "a mapping of names",
        config: rules(
            { "secrets/": "a w" },
            "keys:\n  admins:\n    alice: &a @alice\n  servers:\n    web: &w @web\n",
        ),
        files: forBoth,
        who: "a | w",
    },
    {
        about: "names with a word before them",
        config: rules(
            { "secrets/": "user_alice host_web" },
            "keys:\n  - &user_alice @alice\n  - &host_web @web\n",
        ),
        files: forBoth,
        who: "user_alice | host_web",
    },
    {
        about: "a folder for a machine",
        config: rules({ "secrets/": "alice web" }),
        files: { ...forBoth, "hosts/web/default.nix": "={ }\n" },
        who: "alice bob db | web",
    },
    {
        about: "comments for names",
        config: "creation_rules:\n  - age:\n      - @alice # alice\n      - @web # host_web\n",
        files: forBoth,
        who: "alice | host_web",
    },
    {
        about: "the same comment for all",
        config: "creation_rules:\n  - age:\n      - @alice # key\n      - @web # key\n",
        files: forBoth,
        who: "@alice @web |",
    },
    {
        about: "keys that no rule uses",
        config: rules({ "secrets/": "alice" }),
        files: forAlice,
        who: "alice bob db web |",
    },
    {
        about: "a generated file without names",
        config: "# Generated, do not edit.\ncreation_rules:\n- age: @alice,@web\n  path_regex: ^secrets/a\\.yaml$\n- age: @bob\n  path_regex: ^secrets/b\\.yaml$\n",
        files: { ...forBoth, "secrets/b.yaml": "bob" },
    },
    {
        about: "an anchor twice, of which the later counts",
        config: `keys:\n  - &x @bob\n  - &x @alice\ncreation_rules:\n  - age: *x\n`,
        files: forAlice,
    },
    {
        about: "a key of ssh with a comment",
        config: "creation_rules:\n  - age:\n      - @alice\n      - @ssh root@server\n",
        files: { [a]: "alice ssh" },
        who: "@alice root@server |",
    },
    {
        about: "age and PGP in one group",
        config: `keys:\n  - &alice @alice\n  - &carol @pgp\ncreation_rules:\n  - path_regex: secrets/\n    key_groups:\n      - pgp:\n          - *carol\n        age:\n          - *alice\n`,
        files: { [a]: "alice pgp" },
        who: "alice carol |",
    },
    { about: "PGP alone", config: "creation_rules:\n  - pgp: @pgp\n", files: { [a]: "pgp" } },
    {
        about: "two PGP keys with a comma",
        config: "creation_rules:\n  - pgp: >-\n      @pgp,\n      @pgp2\n",
        files: { [a]: "pgp pgp2" },
    },
    {
        about: "the last 16 digits of a PGP key",
        config: "creation_rules:\n  - pgp: @pgp16\n    age: @alice\n",
        files: { [a]: "alice pgp" },
        respelled: true,
    },
    {
        about: "one person with two keys",
        config: "keys:\n  - &alice @alice\n  - &alice_gpg @pgp\ncreation_rules:\n  - key_groups:\n      - age: [*alice]\n        pgp: [*alice_gpg]\n",
        files: { [a]: "alice pgp" },
    },
    {
        about: "a key of the cloud beside",
        config: "creation_rules:\n  - kms: @kms\n    age: @alice\n",
        files: { [a]: "alice kms" },
    },
    {
        about: "a threshold for one group",
        config: `${keys}creation_rules:\n  - shamir_threshold: 1\n    key_groups:\n      - age: [*alice]\n`,
        files: forAlice,
    },
    {
        about: "two groups that are meant",
        config: `${keys}creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [*alice]\n      - age: [*web]\n`,
        files: { [a]: "alice / web" },
        opens: { [a]: "" },
    },
    {
        about: "key groups that are merged",
        config: `${keys}creation_rules:\n  - key_groups:\n      - age: [*alice]\n        merge:\n          - age: [*web]\n`,
        files: forBoth,
    },
    {
        about: "a mapping that is merged",
        config: `${keys}base: &base\n  key_groups:\n    - age: [*alice, *web]\ncreation_rules:\n  - <<: *base\n    path_regex: secrets/\n`,
        files: forBoth,
    },
    {
        about: "line ends of Windows",
        config: rules({ "secrets/": "alice web" }).replaceAll("\n", "\r\n"),
        files: forBoth,
    },
    {
        about: "a second document",
        config: "creation_rules:\n  - age: @alice\n---\ncreation_rules: []\n",
        files: forAlice,
    },
    {
        about: "rules for publishing first",
        config: "destination_rules:\n  - path_regex: .*\n    s3_bucket: x\ncreation_rules:\n  - age: @alice\n",
        files: forAlice,
    },
    {
        about: "another indentation",
        config: "stores:\n  yaml:\n    indent: 2\ncreation_rules:\n  - age: @alice\n",
        files: forAlice,
    },
    {
        about: "what is encrypted",
        config: "creation_rules:\n  - age: @alice\n    encrypted_regex: ^(a|b)$\n",
        files: { [a]: "alice | encrypted_regex ^(a|b)$" },
    },
    {
        about: "a MAC over what is encrypted",
        config: "creation_rules:\n  - age: @alice\n    unencrypted_suffix: _plain\n    mac_only_encrypted: true\n",
        files: { [a]: "alice | unencrypted_suffix _plain, mac_only_encrypted" },
    },
    {
        about: "a rule for each host",
        config: rules({ "^hosts/web/": "alice web", "^hosts/db/": "alice db", "^secrets/": "alice" }),
        files: { "hosts/web/secrets.yaml": "alice web", "hosts/db/secrets.yaml": "alice db", [a]: "alice" },
        who: "alice bob | db web",
    },
    {
        about: "a file by itself",
        config: rules({ "secrets.yaml$": "alice" }),
        files: { "secrets.yaml": "alice" },
    },
    {
        about: "extensions",
        config: rules({ "secrets/[^/]+\\.(ya?ml|json|env|ini)$": "alice web" }),
        files: {
            [a]: "alice web",
            "secrets/b.json": "alice web",
            "secrets/c.env": "alice web",
            "secrets/d.ini": "alice web",
        },
    },
    {
        about: "files that are one value",
        config: rules({ "\\.(secret|pem|key)$": "alice web" }),
        files: { "web.secret": "alice web", "tls/key.pem": "alice web" },
    },
    {
        about: "a special rule before a general one",
        config: rules({ "secrets/web/.*": "alice web", ".*": "alice" }),
        files: { "secrets/web/a.yaml": "alice web", [a]: "alice" },
    },
    {
        about: "words that are told apart by |",
        config: rules({ "^(secrets|hosts/web)/.*\\.yaml$": "alice web" }),
        files: { [a]: "alice web", "hosts/web/x.yaml": "alice web" },
    },
    {
        about: "a pattern over several lines",
        config: `${keys}creation_rules:\n  - path_regex: >-\n      secrets/(a|b)\\.yaml$\n    age: *alice\n`,
        files: forAlice,
    },
    {
        about: "two rules for the same readers",
        config: rules({ "^secrets/": "alice", "^hosts/": "alice" }),
        files: { [a]: "alice", "hosts/x.json": "alice" },
    },
    {
        about: "rules that share their group by an alias",
        config: `${keys}creation_rules:\n  - path_regex: ^secrets/\n    key_groups: &group\n      - age: [*alice, *web]\n  - path_regex: ^hosts/\n    key_groups: *group\n`,
        files: { [a]: "alice web", "hosts/x.yaml": "alice web" },
    },
    {
        about: "an alias for everything that a rule is for",
        config: `${keys}groups:\n  - &admins\n    age: [*alice]\ncreation_rules:\n  - path_regex: secrets/\n    key_groups: [*admins]\n`,
        files: forAlice,
    },
    {
        about: "comments everywhere",
        config: `# ours\n${keys.replace("@bob", "@bob # left")}\n# rules\ncreation_rules:\n  # all\n${rule("secrets/", "alice")}  # the end\n`,
        files: forAlice,
    },
    {
        about: "post-quantum keys",
        config: "creation_rules:\n  - age: @quantum\n",
        files: { [a]: "quantum" },
    },
]
