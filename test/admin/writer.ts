// Somebody who may write to the repository, and what she does to it: no key is needed for any of it but her own. `s1` is
// not hers to read, `pub` is.

import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect } from "vitest"
import { seal } from "../host.ts"
import type { Scene } from "./scene.ts"

const s1 = "sops/secrets/s1"
const pub = "sops/secrets/pub"

/** A repository of people who trust this clone: all of it was made here. */
export async function beginning(scene: Scene): Promise<void> {
    for (const name of everybody) scene.key(name)
    for (const name of ["alice", "bob", "carol", "mallory"])
        await mustRun(scene, ["users", "add", name, scene.key(name).recipient])
    await mustRun(scene, ["machines", "add", "web01", scene.key("web01").recipient])
    for (const [group, name] of [
        ["admins", "alice"],
        ["admins", "bob"],
        ["guests", "alice"],
        ["guests", "mallory"],
    ] as const)
        await mustRun(scene, ["groups", "add-user", group, name])
    await mustRun(scene, ["set", "s1", "--group", "admins"], "CANARY TOP")
    const readers = ["--group", "admins", "--user", "mallory", "--machine", "web01"]
    await mustRun(scene, ["set", "pub", ...readers], "CANARY PUBLIC")
}

/** A command line with public keys in the place of their names. */
export function words(scene: Scene, line: string): readonly string[] {
    return line.split(" ").map((word) => (word.startsWith("$") ? scene.key(word.slice(1)).recipient : word))
}

/** What she does, and commits. */
export const attacks: Readonly<Record<string, (tree: string, scene: Scene) => void | Promise<void>>> = {
    "the file of s1 over that of pub": copy,
    "the same, and s1 removed": (tree) => {
        copy(tree)
        rmSync(join(tree, s1), { recursive: true })
    },
    "the same, with a label of hers": (tree, scene) => {
        copy(tree)
        label(tree, pub, scene.key("mallory").recipient)
    },
    "a link to s1": (tree) => link(tree, `${s1}/users/mallory`, "../../../users/mallory"),
    "a link to s1, and a label": (tree, scene) => {
        link(tree, `${s1}/users/mallory`, "../../../users/mallory")
        label(tree, s1, scene.key("mallory").recipient)
    },
    "a file of her own in the place of s1": async (tree, scene) => {
        link(tree, `${s1}/users/mallory`, "../../../users/mallory")
        const readers = ["alice", "bob", "mallory"].map((name) => scene.key(name).recipient)
        writeFileSync(join(tree, s1, "secret"), await seal("CANARY hers", "binary", ...readers.toSorted()))
    },
    "her key for bob's": (tree) => {
        cpSync(join(tree, "sops/users/mallory/key.json"), join(tree, "sops/users/bob/key.json"))
    },
    "her key and bob's exchanged": (tree) => {
        const [bobs, hers] = ["bob", "mallory"].map((name) => join(tree, `sops/users/${name}/key.json`))
        const text = readFileSync(bobs ?? "", "utf8")
        cpSync(hers ?? "", bobs ?? "")
        writeFileSync(hers ?? "", text)
    },
    "herself into admins": (tree) => link(tree, "sops/groups/admins/users/mallory", "../../../users/mallory"),
    "guests to s1": (tree) => link(tree, `${s1}/groups/guests`, "../../../groups/guests"),
    "a link of carol's to s1": (tree) => link(tree, `${s1}/users/carol`, "../../../users/carol"),
    "a dangling link to s1": (tree) => link(tree, `${s1}/users/eve`, "../../../users/eve"),
    "a folder of links for a secret to come": (tree) =>
        link(tree, "sops/secrets/new/users/mallory", "../../../users/mallory"),
}

/** Command lines of alice that have nothing to do with any of that, with what they read from standard input. */
export const commands: readonly (readonly [line: string, input: string])[] = [
    ["groups add-user admins carol", ""],
    ["groups remove-user admins bob", ""],
    ["users remove bob", ""],
    ["users add-key alice $alice_new", ""],
    ["users add carol $carol_new --force", ""],
    ["set s1", "CANARY NEW"],
    ["set new --group admins", "CANARY NEW"],
    ["key update", ""],
    ["key update --yes", ""],
    ["rename pub other", ""],
    ["rename s1 other", ""],
]

const everybody = ["alice", "alice_new", "bob", "carol", "carol_new", "mallory", "web01", "eve"]

/** What each key opens in the tree: values, and where they lie. */
export async function openBy(scene: Scene): Promise<Map<string, ReadonlyMap<string, string>>> {
    const found = new Map(everybody.map((name) => [name, new Map<string, string>()]))
    for (const [path, { value }] of await scene.secrets())
        for (const [name, values] of found) if (await scene.opens(name, path)) values.set(value, path)
    return found
}

/** Fails unless everybody who can open more than before was named for it by what the command printed. */
export async function mustBeSaid(
    scene: Scene,
    before: ReadonlyMap<string, ReadonlyMap<string, string>>,
    printed: string,
): Promise<void> {
    const said = new Set(
        [
            ...printed.matchAll(/^(?:user|machine) (\w+) can (?:now|also) read (.*?)(?: with age1\w+)?$/gmu),
        ].flatMap(([, name, names = ""]) => names.split(", ").map((secret) => `${name} ${secret}`)),
    )
    for (const [key, values] of await openBy(scene)) {
        const name = key.replace("_new", "")
        for (const [value, path] of values) {
            if (before.get(key)?.has(value) === true) continue
            const isNew = value === "CANARY NEW" && [...(before.get(key)?.values() ?? [])].includes(path)
            if (isNew) continue
            const secret = path.replace("sops/secrets/", "")
            expect(said, `${key} opens ${secret} (${value}), unsaid:\n${printed}`).toContain(
                `${name} ${secret}`,
            )
        }
    }
}

/** Does what she does, and commits it. */
export async function attack(scene: Scene, name: string): Promise<void> {
    await attacks[name]?.(scene.tree, scene)
    scene.git("add", "--all")
    scene.git("commit", "--quiet", "--message=tidy up")
}

function copy(tree: string): void {
    cpSync(join(tree, s1, "secret"), join(tree, pub, "secret"))
}

function link(tree: string, path: string, target: string): void {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    symlinkSync(target, join(tree, path))
}

/** Adds an entry whose label is one recipient, and whose content is another one's. */
export function label(tree: string, secret: string, recipient: string): void {
    const file = join(tree, secret, "secret")
    const document: unknown = JSON.parse(readFileSync(file, "utf8"))
    const isDocument = (value: unknown): value is { sops: { age: { recipient: string; enc: string }[] } } =>
        typeof value === "object" && value !== null && "sops" in value
    if (!isDocument(document)) throw new Error(`${secret} is no document`)
    document.sops.age.push({ recipient, enc: document.sops.age[0]?.enc ?? "" })
    writeFileSync(file, JSON.stringify(document, undefined, "\t"))
}

async function mustRun(scene: Scene, line: readonly string[], stdin = ""): Promise<void> {
    const { code, err } = await scene.inside(line, { stdin })
    expect(code, err).toBe(0)
}
