// Manifests that are each odd in one way, by the kind of oddity. Somebody's configuration has each of them.

import { oddKeys } from "./odd-keys.ts"
import { oddDetails } from "./odd-details.ts"
import { oddKeysOfDocuments } from "./odd-documents.ts"
import { manifest, odd } from "./odd-runs.ts"
import { oddStories } from "./odd-stories.ts"
import type { RandomRun } from "./random-manifests.ts"

/** A case for each value, named by it. */
function each(kind: string, values: readonly unknown[], make: (value: unknown) => RandomRun[]) {
    return values.map((value) => [`${kind} ${JSON.stringify(value)?.slice(0, 60)}`, make(value)] as const)
}

/** All cases by name: what runs on one machine, one after the other. */
export const directed: ReadonlyMap<string, readonly RandomRun[]> = new Map([
    ...each(
        "the name",
        ["./a", "/a", "a//b", "b/../a", "a/", "a/./b", "a b", "ünï", ".a", "-a", "%r", "a\nb", "a\tb", "a:b"],
        (name) => odd({ name }),
    ),
    ...each(
        "the name",
        ["a*", 'a"b', "$(a)", "constructor", "a/b/c/d/e/f", "x".repeat(200), "..", "../e", "a/../../e", "."],
        (name) => odd({ name }),
    ),
    ...each(
        "the path",
        [
            "/run/links/../links/up",
            "/run/links//two",
            "/run/links/./dot",
            "run/links/relative",
            "/run/links/a b",
            "/run/links/ünï",
            "/run/links/deep/er/x",
            "/run/secrets/inside",
            "/run/secrets/deep/inside",
            "/run/secrets.d/beside",
            "/run/secrets/a",
            "/run/alias/x",
            "/run/secrets",
            "/run/secrets.d",
            "/run",
            "/run/links/",
            "",
        ],
        (path) => odd({ path }),
    ),
    ...each(
        "the mode",
        [
            "400",
            "0000",
            "0777",
            "0666",
            "0622",
            "04755",
            "2750",
            "1777",
            "7777",
            "177777",
            "00400",
            "0o400",
            "",
            "rw",
        ],
        (mode) => odd({ mode }),
    ),
    ...each(
        "the owner",
        [
            { owner: "alice" },
            { owner: "alice", group: "web" },
            { group: "keys" },
            { uid: 1234, gid: 4321 },
            { uid: -1 },
            { gid: -1 },
            { uid: 4_294_967_294 },
            { uid: null, gid: null },
            { owner: "alice", uid: 5 },
            { owner: "", group: "" },
            { owner: "nobody", group: "nogroup", mode: "0440" },
        ],
        (owner) => odd(Object(owner)),
    ),
    ...each(
        "the unit",
        [
            "a b.service",
            "a/b.service",
            "50%.service",
            "a+b.service",
            "café.service",
            "-x.service",
            ".service",
            "a@b.service",
            "noend",
            "x.timer",
            "php*.service",
            "a\\x2db.service",
            "a..service",
            "a@.service",
        ],
        (unit) => odd({ restartUnits: [unit], reloadUnits: [unit] }),
    ),
    ...each("the format", ["YAML", "Json", "toml", "", null], (format) => odd({ format })),
    ...each(
        "the value",
        [
            { key: "nested/deep/leaf" },
            { key: "text" },
            { key: "" },
            { key: "token", sopsFile: "secrets.json", format: "json" },
            { key: "", sopsFile: "secrets.json", format: "json" },
            { key: "nested/leaf", sopsFile: "secrets.json", format: "json" },
            { key: "x", sopsFile: "secrets.env", format: "dotenv" },
            { key: "x", sopsFile: "secrets.ini", format: "ini" },
            { key: "empty", sopsFile: "empty.yaml" },
            { key: "", sopsFile: "empty.bin", format: "binary" },
            { key: null },
            { key: "nested" },
            { key: "gone" },
        ],
        (value) => odd(Object(value)),
    ),
    ...each("generations", [-7, -1, 0, 1, 2, 1000], (keepGenerations) => [
        ...manifest({ keepGenerations }),
        ...manifest({ keepGenerations }),
        ...manifest({ keepGenerations }),
    ]),
    ...each(
        "the manifest",
        [
            { symlinkPath: "/run/secrets.d/link" },
            { symlinkPath: "/run/deep/er/secrets" },
            { secretsMountPoint: "/run/deep/mount" },
            { secretsMountPoint: "/run/secrets.d/" },
            { useTmpfs: true },
            { future: { deep: [1] } },
            { logging: null },
            { logging: { colour: true } },
            { placeholderBySecretName: null },
            { sshKeyPaths: null },
            { userMode: null },
        ],
        (fields) => manifest(Object(fields)),
    ),
    ...each(
        "the field",
        [
            { future: true },
            { sopsFileHash: 5 },
            { neededForUsers: true },
            { restartUnits: null },
            { reloadUnits: null },
        ],
        (fields) => odd(Object(fields)),
    ),
    ...Object.entries(oddKeys),
    ...Object.entries(oddStories),
    ...oddKeysOfDocuments,
    ...oddDetails,
])
