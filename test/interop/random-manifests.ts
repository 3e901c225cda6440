// Manifests as nobody writes them, from a number: whoever has the number has the manifest. Most are odd in one or two
// places, in ways that the module of sops-nix lets through.

import { oddDocuments } from "./odd-documents.ts"
import { sources } from "./scenarios.ts"

type Fields = Record<string, unknown>

/** One run of an agent: the manifest without the places of its sources and keys. */
export interface RandomRun {
    readonly secrets: readonly Fields[]
    readonly templates: readonly Fields[]
    readonly manifest: Fields
    readonly environment: Readonly<Record<string, string>>
    /** Arguments before the manifest. */
    readonly args?: readonly string[]
    /** A shell script that lays out what is there before. */
    readonly before?: string
}

/** A few runs, one after the other on one machine. */
export function randomRuns(seed: number): RandomRun[] {
    const random = new Random(seed)
    const first = randomRun(random)
    const runs = [first]
    while (random.below(3) > 0 && runs.length < 3) runs.push(changed(runs.at(-1) ?? first, random))
    return runs
}

/** Numbers that look random and are the same each time (mulberry32). */
class Random {
    #state: number

    constructor(seed: number) {
        this.#state = seed
    }

    below(limit: number): number {
        this.#state = (this.#state + 0x6d2b79f5) | 0
        let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
        return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
    }

    of<Value>(values: readonly Value[]): Value {
        const value = values[this.below(values.length)]
        if (value === undefined) throw new Error("nothing to choose from")
        return value
    }

    /** A usual value, and now and then an odd one. */
    mostly<Value>(usual: readonly Value[], odd: readonly Value[]): Value {
        return this.below(7) === 0 ? this.of(odd) : this.of(usual)
    }
}

const values: readonly Fields[] = [
    { key: "token", sopsFile: "secrets.yaml", format: "yaml" },
    { key: "nested/deep/leaf", sopsFile: "secrets.yaml", format: "yaml" },
    { key: "text", sopsFile: "secrets.yaml", format: "yaml" },
    { key: "", sopsFile: "secrets.yaml", format: "yaml" },
    { key: "token", sopsFile: "secrets.json", format: "json" },
    { key: "", sopsFile: "secrets.json", format: "json" },
    { key: "x", sopsFile: "secrets.env", format: "dotenv" },
    { key: "x", sopsFile: "secrets.ini", format: "ini" },
    { key: "x", sopsFile: "secrets.bin", format: "binary" },
]
const oddValues: readonly Fields[] = [
    { key: "token", sopsFile: "secrets.yaml", format: "YAML" },
    { key: "token", sopsFile: "secrets.yaml", format: "toml" },
    { key: "token", sopsFile: "next.yaml", format: "Yaml" },
    { key: "token", sopsFile: "secrets.json", format: "JSON" },
    { key: "token", sopsFile: "secrets.yaml", format: "" },
    { key: "token", sopsFile: "secrets.yaml", format: null },
    { key: "nothing", sopsFile: "secrets.yaml", format: "yaml" },
    { key: "token", sopsFile: "absent.yaml", format: "yaml" },
    { key: "empty", sopsFile: "empty.yaml", format: "yaml" },
    { key: "", sopsFile: "empty.bin", format: "binary" },
]
const names = ["a", "b", "wifi", "web/tls", "web/key", "x y", "ünï", ".hidden"]
const oddNames = [
    "./a",
    "/b",
    "a//c",
    "a/../d",
    "a/",
    "..",
    "../e",
    "web",
    "web/tls/x",
    "rendered/t",
    "new\nline",
    "a/./b",
    "-x",
    "%r",
]
const modes = ["0400", "0440", "400", "0644", "0600", "0000", "0777"]
const oddModes = [
    "04755",
    "2750",
    "1777",
    "0666",
    "0622",
    "7777",
    "77777",
    "177777",
    "0480",
    "",
    "rw",
    "-400",
    "0o400",
]
const paths = [null, null, null, "/run/links/a", "/run/links/b", "/run/links/deep/c"]
const oddPaths = [
    "/run/links/../links/up",
    "/run/links//two",
    "/run/links/./dot",
    "run/links/relative",
    "./run/links/dotted",
    "/run/secrets/inside",
    "/run/secrets/a",
    "/run/secrets/deep/in",
    "/run/secrets.d/beside",
    "/run/secrets.d/1/in",
    "/run/secrets",
    "/run",
    "/run/alias/x",
    "/run/theirs/x",
    "/run/links/a/below",
    "/run/links/full",
    "/run/links/taken",
    "/run/links/a b\n",
]
const units = [[], [], ["web.service"], ["web.service", "proxy.service"], ["a@1.service"]]
const oddUnits = [
    ["a b.service"],
    ["a/b.service"],
    ["50%.service"],
    ["a+b.service"],
    ["café.service"],
    ["-x.service"],
    ["--now.service"],
    ["web.service", "web.service"],
    ["x".repeat(300) + ".service"],
]
const owners: readonly Fields[] = [
    {},
    {},
    { owner: "alice", group: "users" },
    { owner: "alice" },
    { group: "web" },
    { uid: 1234, gid: 4321 },
    { uid: 0 },
]
const oddOwners: readonly Fields[] = [
    { uid: -1 },
    { gid: -1 },
    { uid: -2 },
    { uid: 4_294_967_294 },
    { uid: 4_294_967_296 },
    { owner: "nobody-here" },
    { uid: null, gid: null },
    { owner: "alice", uid: 5 },
    { owner: "1000" },
    { uid: 1.5 },
]
const further: readonly Fields[] = [
    { future: true },
    { sopsFileHash: "x" },
    { neededForUsers: true },
    { restartUnits: null },
    { reloadUnits: null },
]

function randomSecret(random: Random): Fields {
    return {
        name: random.mostly(names, oddNames),
        ...random.mostly(values, oddValues),
        ...randomEntry(random),
    }
}

function randomEntry(random: Random): Fields {
    const path = random.mostly(paths, oddPaths)
    return {
        mode: random.mostly(modes, oddModes),
        ...(path === null ? {} : { path }),
        ...random.mostly(owners, oddOwners),
        restartUnits: random.mostly(units, oddUnits),
        reloadUnits: random.mostly(units, oddUnits),
        ...random.mostly([{}], further),
    }
}

function randomTemplate(random: Random, secrets: readonly Fields[]): Fields {
    const placeholder = `<SOPS:${String(random.of(secrets)["name"])}:PLACEHOLDER>`
    return {
        name: random.mostly(["t", "app/conf", "a"], ["../up", "./t", "/t", "t/", ".."]),
        content: random.mostly([placeholder, `x=${placeholder}\n`, "plain"], ["", "<SOPS:not one>"]),
        ...randomEntry(random),
    }
}

function randomRun(random: Random): RandomRun {
    const secrets = Array.from({ length: 1 + random.below(4) }, () => randomSecret(random))
    const templates = Array.from({ length: random.below(3) }, () => randomTemplate(random, secrets))
    return {
        secrets,
        templates,
        manifest: {
            keepGenerations: random.mostly([0, 1, 2], [-1, -7, 1000]),
            useTmpfs: random.below(4) === 0,
            logging: random.mostly<Fields | null>(
                [{ keyImport: false, secretChanges: true }],
                [null, {}, { colour: true }],
            ),
            ...random.mostly<Fields>(
                [{}],
                [
                    { future: { deep: 1 } },
                    { symlinkPath: "/run/secrets.d/link" },
                    { symlinkPath: "/run/deep/er/secrets" },
                ],
            ),
        },
        environment: {},
    }
}

/** The next configuration of the same machine: most of it stays. */
function changed(before: RandomRun, random: Random): RandomRun {
    const isDry = random.below(5) === 0
    const secrets = before.secrets.flatMap((secret) => {
        switch (random.below(6)) {
            case 0:
                return []
            case 1:
                return [{ ...secret, ...random.of(values) }]
            case 2:
                return [{ ...secret, ...randomEntry(random) }]
            default:
                return [secret]
        }
    })
    return {
        ...before,
        secrets: secrets.length === 0 ? [randomSecret(random)] : secrets,
        environment: isDry ? { NIXOS_ACTION: "dry-activate" } : {},
    }
}

/** Further documents that the runs name; the empty ones are sealed as they are. */
export const randomSources: Readonly<Record<string, string>> = {
    ...sources,
    ...oddDocuments,
    "empty.yaml": `empty: ""\n`,
    "empty.bin": "",
}
