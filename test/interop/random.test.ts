// Random manifests through sops-install-secrets and through our agent: what it installs, ours installs, to the byte.
//
// What the real program does with the first of them is in recorded/random.json, as for agents.test.ts. With
// HOSTSEAL_RANDOM=FIRST-LAST and the real program, others are compared, as many as there is time for.

import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env, execPath } from "node:process"
import { inspect } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"
import { build } from "../../agent/build/build.ts"
import { writtenManifest, writtenSecret, writtenTemplate } from "../machine/manifest-examples.ts"
import { available, call, Namespace, type Node } from "./namespace.ts"
import { randomRuns, randomSources, type RandomRun } from "./random-manifests.ts"

/** What one run came to. */
interface Seen {
    readonly succeeded: boolean
    readonly units: readonly string[]
    readonly tree: Readonly<Record<string, Node>>
}

/** Ours, with what it said. */
interface Said extends Seen {
    readonly said: string
}

const recording = join(import.meta.dirname, "recorded", "random.json")
const program = "sops-install-secrets"
const places = ["/run/secrets", "/run/secrets.d", "/run/deep", "/run/links", "/run/roots"]
const hostKey = "/run/keys/ssh_host_ed25519_key"
const seeds = Array.from({ length: 40 }, (_, seed) => seed)

/** The kinds of things that are refused, as docs/differences.md has them. */
const refusals =
    /leaves the directory of the secrets|would replace|would be a link to a link|keeps what it knows|a link of a user leads there/u

let directory: string

beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "hostseal-random-"))
    await build(directory)
    symlinkSync("hostseal-agent.cjs", join(directory, program))
    call("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(directory, "key")])
    const recipient = call("ssh-to-age", ["-i", join(directory, "key.pub")]).trim()
    for (const [name, plaintext] of Object.entries(randomSources)) {
        const suffix = name.slice(name.lastIndexOf(".") + 1)
        const type = suffix === "env" ? "dotenv" : suffix === "bin" ? "binary" : suffix
        writeFileSync(join(directory, name), plaintext)
        const args = ["--age", recipient, "--input-type", type, "--output-type", type]
        call("sops", ["encrypt", "--in-place", ...args, join(directory, name)])
    }
})
afterAll(() => rmSync(directory, { recursive: true }))

const real = available(program)
if (!real) console.warn(`${program} is not at hand: the recording is not held against the program`)

test.runIf(real)("the recording is what sops-install-secrets does", { timeout: 600_000 }, async () => {
    const seen: (readonly Seen[])[] = []
    for (const seed of seeds) seen.push((await runAll(program, seed)).map(withoutWords))
    await expect(`${JSON.stringify(seen, undefined, 1)}\n`).toMatchFileSnapshot(recording)
})

test("our agent installs what sops-install-secrets installs", { timeout: 600_000 }, async () => {
    const recorded: readonly (readonly Seen[])[] = JSON.parse(readFileSync(recording, "utf8"))
    expect(recorded.length).toBe(seeds.length)
    for (const seed of seeds) await compare(seed, recorded[seed] ?? [])
})

const [first, last] = (env["HOSTSEAL_RANDOM"] ?? "").split("-").map(Number)
test.runIf(real && first && last)("further random manifests", { timeout: 7_200_000 }, async () => {
    let installed = 0
    const failures: string[] = []
    for (let seed = first ?? 0; seed <= (last ?? 0); seed++) {
        const theirs = await runAll(program, seed)
        installed += theirs.filter(({ succeeded }) => succeeded).length
        try {
            await compare(seed, theirs)
        } catch (error) {
            failures.push(
                inspect(error instanceof Error ? [error.message, Reflect.get(error, "actual")] : error),
            )
        }
    }
    console.info(`seeds ${first} to ${last}: sops-install-secrets installed ${installed} manifests`)
    expect(failures).toEqual([])
})

async function compare(seed: number, theirs: readonly Seen[]): Promise<void> {
    const ours = await runAll([execPath, join(directory, program)], seed, theirs.length)
    const runs = randomRuns(seed)
    let said = ""
    for (const [index, one] of theirs.entries()) {
        const own = ours[index]
        const run = runs[index]
        // What a run of theirs leaves that fails half way is nothing to compare with.
        if (own === undefined || run === undefined || !one.succeeded) return
        said += own.said
        expect(own.said).not.toContain("CANARY")
        const where = `seed ${seed}, run ${index + 1}: ${JSON.stringify(run)}\n${own.said}`
        if (!own.succeeded && refusals.test(own.said)) return
        expect(own.succeeded, where).toBe(true)
        expect(
            one.units.filter((unit) => unit.length < 255 && !own.units.includes(unit)),
            where,
        ).toEqual([])
        if (run.environment["NIXOS_ACTION"] !== undefined) continue
        const [mine, other] = [comparable(own.tree, run, said), comparable(one.tree, run, said, own.tree)]
        const different = [...new Set([...Object.keys(mine), ...Object.keys(other)])]
            .filter((path) => mine[path] !== other[path])
            .map(
                (path) =>
                    `${path}: ${mine[path] ?? "not there"}, and with theirs: ${other[path] ?? "not there"}`,
            )
        expect(different, where).toEqual([])
    }
}

/** What has to be the same. `ours` is given with the tree of the real program. */
function comparable(
    tree: Readonly<Record<string, Node>>,
    { secrets, templates }: RandomRun,
    said: string,
    ours: Readonly<Record<string, Node>> = tree,
): Record<string, string> {
    const wanted = new Set([...secrets, ...templates].map((entry) => entry["path"]))
    const sameName = said.includes("have one name")
    return Object.fromEntries(
        Object.entries(tree).flatMap(([path, { mode, owner, content }]) => {
            // Identities and notes of the programs themselves.
            if (/\/age-keys\.txt$|\/\.hostseal|\.lock$/u.test(path)) return []
            // Ours takes links away that are no longer wanted.
            if (!(path in ours) && content?.startsWith("/run/") && !wanted.has(path)) return []
            // Theirs makes a link to itself in the place of a secret of an untidy name, which is lost.
            const target = content?.replace("/run/secrets/", "")
            if (mode.startsWith("12") && path.endsWith(`/${target}`) && /\.d\/\d+\//u.test(path)) return []
            if (said.includes("is installed as") && /\.d\/\d+\//u.test(path)) return []
            // Theirs gives some directories that links and nested templates need to root.
            if (content === undefined && /\.d\/\d+\//u.test(path)) return [[path, "a directory"]]
            // Theirs takes the umask off, and of two secrets of one name it leaves the mode and the owner of the first.
            const bits = Number.parseInt(mode, 8) & ~0o022
            return [[path, `${sameName ? "" : `${bits.toString(8)} ${owner} `}${content ?? ""}`]]
        }),
    )
}

function withoutWords({ succeeded, units, tree }: Said): Seen {
    return { succeeded, units, tree }
}

/** Runs of one machine, until one fails or there are as many as `most`. */
async function runAll(command: string | readonly string[], seed: number, most = Infinity): Promise<Said[]> {
    const namespace = await Namespace.open()
    try {
        prepareMachine(namespace)
        const seen: Said[] = []
        for (const run of randomRuns(seed)) {
            if (seen.length >= most) break
            const one = runOne(namespace, typeof command === "string" ? [command] : command, run)
            seen.push(one)
            if (typeof command === "string" && !one.succeeded) break
        }
        return seen
    } finally {
        await namespace.close()
    }
}

function prepareMachine(namespace: Namespace): void {
    namespace.write(hostKey, readFileSync(join(directory, "key"), "utf8"))
    namespace.write("/run/links/taken", "theirs", 0o644)
    namespace.write("/run/links/full/file", "theirs", 0o644)
    const script = [
        "mkdir -p /run/nixos /run/current-system /run/roots",
        "ln -s links /run/alias",
        "ln -s roots /run/theirs",
        "chown -h 1000:100 /run/theirs",
    ]
    namespace.run(["sh", "-c", script.join(" && ")])
}

function runOne(namespace: Namespace, command: readonly string[], run: RandomRun): Said {
    const lists = ["", "dry-"].flatMap((dry) =>
        ["restart", "reload"].map((what) => `/run/nixos/${dry}activation-${what}-list`),
    )
    namespace.write("/run/manifest.json", JSON.stringify(manifestOf(run)))
    namespace.run(["rm", "-f", ...lists])
    const { status, stderr } = namespace.run([...command, "/run/manifest.json"], run.environment)
    const units = lists.flatMap((list) => (namespace.tree(list)[list]?.content ?? "").split("\n"))
    const trees = places.map((place) => masked(namespace.tree(place)))
    return {
        succeeded: status === 0,
        units: [...new Set(units)].filter((unit) => unit !== "").toSorted(),
        tree: Object.assign({}, ...trees),
        said: stderr,
    }
}

function masked(tree: Record<string, Node>): Record<string, Node> {
    return Object.fromEntries(
        Object.entries(tree).map(([path, node]) => [
            path,
            path.endsWith("/age-keys.txt") ? { ...node, content: "an identity" } : node,
        ]),
    )
}

function manifestOf({ secrets, templates, manifest }: RandomRun): object {
    const link = typeof manifest["symlinkPath"] === "string" ? manifest["symlinkPath"] : "/run/secrets"
    const named = (entry: Readonly<Record<string, unknown>>) => ({ ...entry, name: String(entry["name"]) })
    const names = secrets.map((secret) => named(secret).name)
    return writtenManifest({
        secrets: secrets.map((secret) => ({
            ...writtenSecret({ path: `${link}/${named(secret).name}`, ...named(secret) }),
            sopsFile: join(directory, String(secret["sopsFile"])),
        })),
        templates: templates.map((template) =>
            writtenTemplate({ path: `${link}/rendered/${named(template).name}`, ...named(template) }),
        ),
        placeholderBySecretName: Object.fromEntries(
            names.map((name) => [name, `<SOPS:${name}:PLACEHOLDER>`]),
        ),
        ageSshKeyPaths: [hostKey],
        ...manifest,
    })
}
