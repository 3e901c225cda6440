import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { root } from "../../agent/build/build.ts"
import { unreachedFrom } from "./reach.ts"

const directory = mkdtempSync(join(tmpdir(), "hostseal-reach-"))
afterAll(() => rmSync(directory, { recursive: true }))

/**
 * What no program reaches and stays for now, each with its reason. The list only gets shorter: what is reached has to
 * leave it, and what is not must not be added without one.
 */
const awaited: Readonly<Record<string, string>> = {
    "agent/age/file.ts: openAge":
        "a whole age file is what the vectors and the fuzzer have; programs open headers",
    "agent/age/passphrase.ts: sealWithPassphrase": "the counterpart that tests make locked key files with",
}

test("every export is reached from a program or the build, or is awaited", () => {
    const entries = [
        "admin/main",
        "machine/main",
        "build/build",
        "build/prepare",
        "build/release/release",
    ].map((name) => `agent/${name}.ts`)
    expect(unreachedFrom(root, entries).toSorted()).toEqual(Object.keys(awaited).toSorted())
})

test("finds what is not reached, however it is imported", () => {
    const files = {
        "agent/main.ts": [
            `import { used, type Used } from "./a.ts"`,
            `import * as all from "./b.ts"`,
            `const late = async (): Promise<Used> => (await import("./c.ts")).one(used(all))`,
            `async function more(): Promise<void> {`,
            `    const { two } = await import("./c.ts")`,
            `    await import("./c.ts").then(({ three }) => three(two))`,
            `}`,
            `void late().then(more)`,
        ],
        "agent/a.ts": [
            `export interface Used { readonly inner: Inner }`,
            `export interface Inner { readonly text: string }`,
            `export const used = (x: object): Used => helper(x)`,
            `function helper(x: object): Used { return { inner: { text: through(x) } } }`,
            `export function through(x: object): string { return String(x) }`,
            `export function unused(): string { return onlyByUnused() }`,
            `export function onlyByUnused(): string { return "" }`,
        ],
        "agent/b.ts": [`export const any = 1`],
        "agent/c.ts": [
            `export const one = (x: object) => x`,
            `export const two = 2`,
            `export const three = (x: number) => x`,
            `export const four = 4`,
        ],
        "agent/d.ts": [`import { used } from "./a.ts"`, `export const dead = used({})`],
    }
    for (const [name, lines] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, name)), { recursive: true })
        writeFileSync(join(directory, name), `${lines.join("\n")}\n`)
    }
    expect(unreachedFrom(directory, ["agent/main.ts"])).toEqual([
        "agent/a.ts: unused",
        "agent/a.ts: onlyByUnused",
        "agent/c.ts: four",
        "agent/d.ts: dead",
    ])
})
