// Manifests through sops-install-secrets and through our agent, each on a machine of its own, and what has to be the same
// then: everything that theirs installs, ours installs, to the byte.

import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { expect } from "vitest"
import { build } from "../../agent/build/build.ts"
import { writtenManifest, writtenSecret, writtenTemplate } from "../machine/manifest-examples.ts"
import { call, Namespace, type Node } from "./namespace.ts"
import { randomSources, type RandomRun } from "./random-manifests.ts"

/** What one run came to. */
export interface Seen {
    readonly succeeded: boolean
    readonly units: readonly string[]
    readonly tree: Readonly<Record<string, Node>>
}

/** The same, with what was said. */
export interface Said extends Seen {
    readonly said: string
}

/** The real program. */
export const theirProgram = "sops-install-secrets"
const places = ["/run/secrets", "/run/secrets.d", "/run/deep", "/run/links", "/run/roots"]
const hostKey = "/run/keys/ssh_host_ed25519_key"

/** The kinds of things that are refused, as docs/differences.md has them. */
const refusals =
    /leaves the directory of the secrets|would replace|would be a link to a link|keeps what it knows|a link of a user leads there/u

/** A folder with our agent, a host key, and the sources that are sealed for it. */
export class Pair {
    readonly #directory = mkdtempSync(join(tmpdir(), "hostseal-pair-"))

    static async make(): Promise<Pair> {
        const pair = new Pair()
        await pair.#fill()
        return pair
    }

    async #fill(): Promise<void> {
        const directory = this.#directory
        await build(directory)
        symlinkSync("hostseal-agent.cjs", join(directory, theirProgram))
        call("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(directory, "key")])
        const recipient = call("ssh-to-age", ["-i", join(directory, "key.pub")]).trim()
        const identity = call("ssh-to-age", ["-private-key", "-i", join(directory, "key")])
        writeFileSync(join(directory, "age.txt"), identity)
        for (const [name, plaintext] of Object.entries(randomSources)) {
            const suffix = name.slice(name.lastIndexOf(".") + 1)
            const type = suffix === "env" ? "dotenv" : suffix === "bin" ? "binary" : suffix
            writeFileSync(join(directory, name), plaintext)
            const args = ["--age", recipient, "--input-type", type, "--output-type", type]
            call("sops", ["encrypt", "--in-place", ...args, join(directory, name)])
        }
    }

    remove(): void {
        rmSync(this.#directory, { recursive: true })
    }

    /** Runs of the real program on one machine, until one fails. */
    async theirs(runs: readonly RandomRun[]): Promise<Seen[]> {
        const seen = await this.#runAll([theirProgram], runs, true)
        return seen.map(({ succeeded, units, tree }) => ({ succeeded, units, tree }))
    }

    /**
     * Holds ours against what theirs came to. True when ours refuses what theirs installs, for a reason that is known;
     * what a run of theirs leaves that fails is nothing to compare with.
     */
    async compare(name: string, runs: readonly RandomRun[], theirs: readonly Seen[]): Promise<boolean> {
        const command = [execPath, join(this.#directory, theirProgram)]
        const ours = await this.#runAll(command, runs.slice(0, theirs.length), false)
        let said = ""
        for (const [index, one] of theirs.entries()) {
            const own = ours[index]
            const run = runs[index]
            if (own === undefined || run === undefined || !one.succeeded) return false
            said += own.said
            expect(own.said).not.toContain("CANARY")
            const where = `${name}, run ${index + 1}: ${JSON.stringify(run)}\n${own.said}`
            if (!own.succeeded && refusals.test(own.said)) return true
            expect(own.succeeded, where).toBe(true)
            expect(
                one.units.filter((unit) => unit.length < 255 && !isAsked(unit, own.units)),
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
        return false
    }

    async #runAll(
        command: readonly string[],
        runs: readonly RandomRun[],
        untilFailure: boolean,
    ): Promise<Said[]> {
        const namespace = await Namespace.open()
        try {
            this.#prepareMachine(namespace)
            const seen: Said[] = []
            for (const run of runs) {
                const one = this.#runOne(namespace, command, run)
                seen.push(one)
                if (untilFailure && !one.succeeded) break
            }
            return seen
        } finally {
            await namespace.close()
        }
    }

    #prepareMachine(namespace: Namespace): void {
        namespace.write(hostKey, readFileSync(join(this.#directory, "key"), "utf8"))
        namespace.write("/run/keys/age.txt", readFileSync(join(this.#directory, "age.txt"), "utf8"))
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

    #runOne(namespace: Namespace, command: readonly string[], run: RandomRun): Said {
        const lists = ["", "dry-"].flatMap((dry) =>
            ["restart", "reload"].map((what) => `/run/nixos/${dry}activation-${what}-list`),
        )
        if (run.before !== undefined) {
            const { status, stderr } = namespace.run(["sh", "-ec", run.before])
            expect(status, stderr).toBe(0)
        }
        namespace.write("/run/manifest.json", JSON.stringify(this.#manifestOf(run)))
        namespace.run(["rm", "-f", ...lists])
        const { status, stderr } = namespace.run(
            [...command, ...(run.args ?? []), "/run/manifest.json"],
            run.environment,
        )
        const units = lists.flatMap((list) => (namespace.tree(list)[list]?.content ?? "").split("\n"))
        const trees = places.map((place) => masked(namespace.tree(place)))
        return {
            succeeded: status === 0,
            units: [...new Set(units)].filter((unit) => unit !== "").toSorted(),
            tree: Object.assign({}, ...trees),
            said: stderr,
        }
    }

    #manifestOf({ secrets, templates, manifest }: RandomRun): object {
        const link = typeof manifest["symlinkPath"] === "string" ? manifest["symlinkPath"] : "/run/secrets"
        const named = (entry: Readonly<Record<string, unknown>>) => ({
            ...entry,
            name: String(entry["name"]),
        })
        const names = secrets.map((secret) => named(secret).name)
        return writtenManifest({
            secrets: secrets.map((secret) => ({
                ...writtenSecret({ path: `${link}/${named(secret).name}`, ...named(secret) }),
                sopsFile: join(this.#directory, String(secret["sopsFile"])),
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
}

/** Ours writes a name without a kind in full, as systemctl reads it. */
function isAsked(unit: string, units: readonly string[]): boolean {
    return units.includes(unit) || units.includes(`${unit}.service`)
}

function masked(tree: Record<string, Node>): Record<string, Node> {
    return Object.fromEntries(
        Object.entries(tree).map(([path, node]) => [
            path,
            path.endsWith("/age-keys.txt") ? { ...node, content: "an identity" } : node,
        ]),
    )
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
