import { expect, test } from "vitest"
import { definition } from "../../../agent/repo/generators/definition.ts"
import type { Script } from "../../../agent/repo/generators/generator.ts"
import { generator, random } from "./declared.ts"

const script = (text: string | undefined, path?: string): Script => ({
    text,
    path,
    drv: undefined,
    runtimeInputs: [],
    system: undefined,
})
const store = (letter: string) => `/nix/store/${letter.repeat(32)}-openssl-3/bin/openssl`
const scripted = (text: string | undefined, path?: string) =>
    definition(generator({ script: script(text, path), files: { f: { kind: "script", sources: [] } } }))

test("the order of files, and store hashes, say nothing", () => {
    expect(definition(generator({ files: { a: random, b: { kind: "manual" } } }))).toBe(
        definition(generator({ files: { b: { kind: "manual" }, a: random } })),
    )
    expect(scripted(`${store("a")} rand`)).toBe(scripted(`${store("b")} rand`))
    expect(scripted(undefined, store("a"))).toBe(scripted(undefined, store("b")))
})

test("another length, another text, another file are another definition", () => {
    const all = [
        definition(generator()),
        definition(generator({ files: { key: { kind: "random", chars: "alnum", length: 33 } } })),
        definition(generator({ files: { other: random } })),
        scripted("a"),
        scripted("b"),
    ]
    expect(new Set(all).size).toBe(all.length)
})
