// Entries that want one place, what is there before, changes, dry runs and templates.

import { binary, manifest, odd, placeholder, run, template, yaml } from "./odd-runs.ts"
import type { Fields } from "./odd-runs.ts"
import type { RandomRun } from "./random-manifests.ts"

const again = (first: Fields, second: Fields, more: Partial<RandomRun> = {}): RandomRun[] => [
    ...odd(first),
    ...odd(second, more),
]

/** By name, what runs on one machine, one after the other. */
export const oddStories: Readonly<Record<string, readonly RandomRun[]>> = {
    // Several entries that want one place.
    "two secrets with one path": [
        run([
            { name: "a", ...yaml, path: "/run/links/x" },
            { name: "b", ...binary, path: "/run/links/x" },
        ]),
    ],
    "a secret and a template with one path": template({ path: "/run/links/x" }, { path: "/run/links/x" }),
    "two templates with one path": odd(
        {},
        {
            templates: [
                { name: "t", content: placeholder, path: "/run/links/x" },
                { name: "u", content: "plain", path: "/run/links/x" },
            ],
        },
    ),
    "two secrets with one name": [
        run([
            { name: "a", ...yaml },
            { name: "a", ...binary },
        ]),
    ],
    "two names that are one file": [
        run([
            { name: "a", ...yaml },
            { name: "./a", ...binary },
        ]),
    ],
    "one path spelt in two ways": [
        run([
            { name: "a", ...yaml, path: "/run/links/x" },
            { name: "b", ...binary, path: "/run/links//./x" },
        ]),
    ],
    "a path that is the place of another one": [
        run([
            { name: "a", ...yaml, path: "/run/secrets/b" },
            { name: "b", ...binary },
        ]),
    ],
    "three secrets with one path": [
        run([
            { name: "a", ...yaml, path: "/run/links/x" },
            { name: "b", ...binary, path: "/run/links/x" },
            { name: "c", ...yaml, key: "text", path: "/run/links/x" },
        ]),
    ],
    "a secret at the place of a template": [
        run([{ name: "rendered/t", ...yaml }], { templates: [{ name: "t", content: "plain" }] }),
    ],
    "a secret in the directory of templates": [
        run([{ name: "rendered/s", ...yaml }], { templates: [{ name: "t", content: "plain" }] }),
    ],

    // What is there before, and what a change leaves.
    "a file at the path": odd({ path: "/run/links/taken" }),
    "an empty directory at the path": odd({ path: "/run/links/d" }, { before: "mkdir /run/links/d" }),
    "a full directory at the path": odd({ path: "/run/links/full" }),
    "a link at the path": odd({ path: "/run/links/l" }, { before: "ln -s taken /run/links/l" }),
    "a dangling link at the path": odd({ path: "/run/links/l" }, { before: "ln -s gone /run/links/l" }),
    "a link in the way of the path": odd({ path: "/run/alias/deep/x" }),
    "a link of a user in the way of the path": odd({ path: "/run/theirs/x" }),
    "a link of a user in the way of a path that is taken": odd(
        { path: "/run/theirs/x" },
        { before: "echo mine > /run/roots/x" },
    ),
    "a file where the directories of the path should be": odd({ path: "/run/links/taken/x" }),
    "a directory at the link to the secrets": odd({}, { before: "mkdir -p /run/secrets/old" }),
    "a dangling link at the link to the secrets": odd({}, { before: "ln -s gone /run/secrets" }),
    "files beside the generations": odd(
        {},
        { before: "mkdir -p /run/secrets.d/other; touch /run/secrets.d/file" },
    ),
    "a path that moves": again({ path: "/run/links/x" }, { path: "/run/links/y" }),
    "a path that comes": again({}, { path: "/run/links/y" }),
    "a value that changes": again(
        { restartUnits: ["web.service"] },
        { sopsFile: "next.yaml", restartUnits: ["web.service"] },
    ),
    "a mode that changes": again({}, { mode: "0440" }),
    "an owner that changes": again({}, { owner: "alice", group: "web" }),
    "a format that changes": again({}, { ...binary }),
    "nothing that changes": again({ restartUnits: ["web.service"] }, { restartUnits: ["web.service"] }),
    "a name that changes": again(
        { restartUnits: ["web.service"] },
        { name: "b", restartUnits: ["web.service"] },
    ),
    "a template that changes": [
        ...template({ restartUnits: ["t.service"] }),
        ...template({ restartUnits: ["t.service"], content: `y=${placeholder}\n` }),
    ],
    "a template whose secret changes": [
        ...template({ reloadUnits: ["t.service"] }),
        ...template({ reloadUnits: ["t.service"] }, { sopsFile: "next.yaml" }),
    ],
    "a secret that goes": [
        run([
            { name: "a", ...yaml },
            { name: "b", ...binary, restartUnits: ["b.service"] },
        ]),
        ...odd({}),
    ],

    // Dry runs.
    "a dry run of a first installation": odd({}, { environment: { NIXOS_ACTION: "dry-activate" } }),
    "a dry run of a change": again(
        { restartUnits: ["web.service"] },
        { sopsFile: "next.yaml", restartUnits: ["web.service"] },
        { environment: { NIXOS_ACTION: "dry-activate" } },
    ),
    "a dry run of a new owner": again(
        {},
        { owner: "alice" },
        { environment: { NIXOS_ACTION: "dry-activate" } },
    ),
    "a dry run of a template": [
        ...template({}),
        run([{ name: "a", ...yaml, sopsFile: "next.yaml" }], {
            templates: [{ name: "t", content: placeholder, restartUnits: ["t.service"] }],
            environment: { NIXOS_ACTION: "dry-activate" },
        }),
    ],
    "another action": odd({}, { environment: { NIXOS_ACTION: "switch" } }),

    // Users who are not there yet, and homes.
    "owners that are not looked up": odd({ owner: "not-yet", group: "nobody" }, { args: ["-ignore-passwd"] }),
    "a home": manifest(
        {
            userMode: true,
            secretsMountPoint: "%r/secrets.d",
            symlinkPath: "/run/deep/home/secrets",
        },
        {
            args: ["-ignore-passwd"],
            environment: { XDG_RUNTIME_DIR: "/run/roots" },
            before: "mkdir -p /run/deep/home /run/roots/secrets.d",
        },
    ),
    "a home with a percent sign": odd(
        { path: "/run/links/100%%" },
        {
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

    // Templates.
    "a template of a file": template({ file: "/run/links/taken", content: "" }),
    "a template without secrets": template({ content: "plain" }),
    "a template with a placeholder twice": template({ content: `${placeholder}${placeholder}` }),
    "a template with text that looks like a placeholder": template({ content: "<SOPS:not one>" }),
    "a template in folders": template({ name: "deep/er/t" }),
    "a template at a path": template({ path: "/run/links/deep/t", owner: "alice", mode: "0440" }),
    "a template of a value with a placeholder in it": template({
        content: `${placeholder}<SOPS:b:PLACEHOLDER>`,
    }),
    "a template of CRLF": template({ content: `a\r\n${placeholder}\r\n` }),
    "a template that is a secret's directory": [
        run([{ name: "a", ...yaml }], { templates: [{ name: "a/b", content: placeholder }] }),
    ],
    "a template with no content": template({ content: "" }),
    "a template of a binary value": template({}, { ...binary }),
    "a template of a whole document": template({}, { key: "" }),
}
