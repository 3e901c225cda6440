// The same manifests through sops-install-secrets and through our agent: tree, bytes, owners, modes, links, log lines,
// units and exit status have to be the same, apart from the intended differences below.
//
// What the real program does is kept in recorded/. Where the program is at hand the recordings are held against it
// (`npm run test:interop -- -u` renews them); our agent is always held against the recordings.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { build } from "../../agent/build/build.ts"
import { writtenManifest, writtenSecret, writtenTemplate } from "../machine/manifest-examples.ts"
import { Namespace, available, call, type Node } from "./namespace.ts"
import { type Step, scenarios, sources } from "./scenarios.ts"

/** What one run left behind. */
interface Seen {
    readonly succeeded: boolean
    readonly log: readonly string[]
    readonly mounts: readonly string[]
    readonly units: Readonly<Record<string, readonly string[]>>
    readonly tree: Readonly<Record<string, Node>>
}

const places = [
    "/run/secrets",
    "/run/secrets.d",
    "/run/secrets-for-users",
    "/run/secrets-for-users.d",
    "/run/links",
]
const homes = ["/run/user", "/run/home"]
const lists = ["", "dry-"].flatMap((dry) =>
    ["restart", "reload"].map((what) => `/run/nixos/${dry}activation-${what}-list`),
)
const hostKey = "/run/keys/ssh_host_ed25519_key"

let directory: string
let key: string
let namespace: Namespace

beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "hostseal-agents-"))
    await build(directory)
    symlinkSync("hostseal-agent.cjs", join(directory, "sops-install-secrets"))
    call("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(directory, "key")])
    key = call("cat", [join(directory, "key")])
    const recipient = call("ssh-to-age", ["-i", join(directory, "key.pub")]).trim()
    for (const [name, plaintext] of Object.entries(sources)) {
        const type = formatOf(name)
        const args = ["--age", recipient, "--input-type", type, "--output-type", type]
        writeFileSync(join(directory, name), plaintext)
        call("sops", ["encrypt", "--in-place", ...args, join(directory, name)])
    }
})

afterAll(() => rmSync(directory, { recursive: true }))

beforeEach(async () => {
    namespace = await Namespace.open()
    namespace.write(hostKey, key)
    namespace.write("/run/keys/age.txt", call("ssh-to-age", ["-private-key", "-i", join(directory, "key")]))
})

afterEach(() => namespace.close())

const real = available("sops-install-secrets")
if (!real)
    console.warn("sops-install-secrets is not at hand: its recordings are not held against the program")

describe.runIf(real)("the recordings are what sops-install-secrets does:", () => {
    for (const [name, steps] of Object.entries(scenarios)) {
        test(name, async () => {
            const seen = steps.map((step) => run(["sops-install-secrets"], step))
            await expect(`${JSON.stringify(seen, undefined, 1)}\n`).toMatchFileSnapshot(recording(name))
        })
    }
})

describe("our agent does what sops-install-secrets does:", () => {
    for (const [name, steps] of Object.entries(scenarios)) {
        test(name, () => {
            const file = recording(withoutItsFault[name] ?? name)
            const expected: readonly Seen[] = JSON.parse(call("cat", [join(import.meta.dirname, file)]))
            const program = [execPath, join(directory, "sops-install-secrets")]
            const wanted = expected.map((seen, index) =>
                intended(seen, isDry(steps[index]) ? expected[index - 1] : seen),
            )
            expect(steps.map((step) => withoutNotes(run(program, step)))).toEqual(wanted)
        })
    }
})

/** Where theirs ends, ours goes on, and does what theirs does in a scenario without the fault. */
const withoutItsFault: Readonly<Record<string, string>> = { "a key file that is not there": "an SSH key" }

/** What we want to be different, on purpose. `lasting` is what the last run that was not a dry one left behind. */
function intended(seen: Seen, lasting: Seen = seen): Seen {
    // A dry run writes no plaintext: the files are those of the run before.
    const tree = Object.entries(lasting.tree)
        // The identity is never written anywhere.
        .filter(([path]) => !path.endsWith("/age-keys.txt"))
        // What is made in a home or a runtime directory is for its owner alone.
        .map(([path, node]) => [path, isOwn(path) ? { ...node, mode: "40700" } : node] as const)
    // Two secrets with one unit ask for it once.
    const units = Object.entries(seen.units).map(([list, names]) => [list, [...new Set(names)]] as const)
    const changed = { ...seen, tree: Object.fromEntries(tree), units: Object.fromEntries(units) }
    // A run that fails as a whole leaves the machine as it was.
    return seen.succeeded ? changed : { ...changed, mounts: [], tree: {} }
}

function isOwn(path: string): boolean {
    return /^\/run\/home\/\.config(?:\/sops-nix)?$|^\/run\/user\/1000\/secrets\.d$/.test(path)
}

/** What our agent writes down for itself, beside the generations; no value is in there. */
function withoutNotes(seen: Seen): Seen {
    const isNote = ([path]: readonly [string, Node]): boolean => /\.d\/\.hostseal|\/\.[^/]*\.lock/.test(path)
    const nodes = Object.entries(seen.tree)
    expect(JSON.stringify(nodes.filter(isNote))).not.toContain("CANARY")
    return { ...seen, tree: Object.fromEntries(nodes.filter((node) => !isNote(node))) }
}

function isDry(step: Step | undefined): boolean {
    return step?.environment?.["NIXOS_ACTION"] === "dry-activate"
}

function run(program: readonly string[], step: Step): Seen {
    for (const [path, content] of Object.entries(step.before ?? {})) {
        if (path.endsWith("/")) namespace.run(["mkdir", "-p", path])
        else namespace.write(path, content, 0o644)
    }
    namespace.write("/run/manifest.json", JSON.stringify(manifestOf(step)))
    for (const list of lists) namespace.run(["rm", "-f", list])
    const command = [...program, ...(step.args ?? []), "/run/manifest.json"]
    const { status, stdout, stderr } = namespace.run(command, step.environment)
    const log = [
        ...stdout.split("\n").filter(isChange),
        ...stderr.split("\n").filter(isImport).map(anonymous),
    ]
    const mounts = places.flatMap((place) => namespace.mounts(place).map((mount) => `${place} ${mount}`))
    const units = lists.map((list) => {
        return [list, linesOf(namespace.tree(list)[list]?.content)] as const
    })
    const trees = [...places, ...homes].map((place) => masked(namespace.tree(place)))
    return {
        succeeded: status === 0,
        log,
        mounts,
        units: Object.fromEntries(units),
        tree: Object.assign({}, ...trees),
    }
}

/** sops-install-secrets leaves the machine's identity behind; it is different each time, and no business of a recording. */
function masked(tree: Record<string, Node>): Record<string, Node> {
    const mask = (path: string, node: Node): Node =>
        path.endsWith("/age-keys.txt") ? { ...node, content: "an identity" } : node
    return Object.fromEntries(Object.entries(tree).map(([path, node]) => [path, mask(path, node)]))
}

/** A manifest as the NixOS module writes it. */
function manifestOf(step: Step): object {
    const symlinkPath = step.manifest?.symlinkPath ?? "/run/secrets"
    const names = step.secrets.map((secret) => String(secret["name"]))
    const secrets = step.secrets.map((secret, index) =>
        writtenSecret({
            path: `${symlinkPath}/${names[index]}`,
            format: "yaml",
            ...secret,
            name: `${names[index]}`,
            sopsFile: join(directory, String(secret["sopsFile"])),
        }),
    )
    const templates = (step.templates ?? []).map((template) => {
        const name = String(template["name"])
        return writtenTemplate({ content: "", path: `${symlinkPath}/rendered/${name}`, ...template, name })
    })
    return writtenManifest({
        secrets,
        templates,
        placeholderBySecretName: Object.fromEntries(
            names.map((name) => [name, `<SOPS:${name}:PLACEHOLDER>`]),
        ),
        symlinkPath,
        ageSshKeyPaths: [hostKey],
        ...step.manifest,
    })
}

function formatOf(name: string): string {
    const extension = name.slice(name.lastIndexOf(".") + 1)
    return extension === "env" ? "dotenv" : extension === "bin" ? "binary" : extension
}

function recording(name: string): string {
    return join("recorded", `${name.replaceAll(/[^a-zA-Z]+/g, "-")}.json`)
}

function linesOf(content = ""): string[] {
    return content.split("\n").filter(Boolean).toSorted()
}

function isChange(line: string): boolean {
    return /^(?:would )?(?:add|modify|remov)/.test(line)
}

function isImport(line: string): boolean {
    return line.includes(" as age key with fingerprint ")
}

function anonymous(line: string): string {
    return line.replace(/^.*Imported/, "Imported").replace(/age1[0-9a-z]+/, "age1…")
}
