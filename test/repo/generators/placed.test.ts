import { describe, expect, test } from "vitest"
import type { Declared } from "../../../agent/repo/generators/generator.ts"
import { place } from "../../../agent/repo/generators/placed.ts"
import { declared, generator, random } from "./declared.ts"

const shared = generator({ share: true })

test("shared generators have one place, others one for each machine, and each comes after what it needs", () => {
    const leaf = generator({ dependencies: ["ca"] })
    const placed = place(declared({ web02: { app: leaf, ca: shared }, web01: { app: leaf, ca: shared } }))
    expect(placed.map(({ folder, machines, inputs }) => [folder, machines, [...inputs]])).toEqual([
        ["vars/shared/ca", ["web01", "web02"], []],
        ["vars/per-machine/web01/app", ["web01"], [["ca", "vars/shared/ca"]]],
        ["vars/per-machine/web02/app", ["web02"], [["ca", "vars/shared/ca"]]],
    ])
})

test("a shared generator of another machine is found by its name", () => {
    const placed = place(
        declared({ web01: { app: generator({ dependencies: ["ca"] }) }, ca01: { ca: shared } }),
    )
    expect(placed.map(({ folder }) => folder)).toEqual(["vars/shared/ca", "vars/per-machine/web01/app"])
})

test("the order of what is declared makes no difference between machines", () => {
    const one = generator({ share: true, files: { a: random, b: { kind: "manual" } } })
    const other = generator({ share: true, files: { b: { kind: "manual" }, a: random } })
    expect(place(declared({ web01: { ca: one }, web02: { ca: other } }))).toHaveLength(1)
})

describe("refuses", () => {
    const of = (make: Parameters<typeof generator>[0]): Declared =>
        declared({ web01: { app: generator(make) } })
    test.each<[string, string, Declared]>([
        [
            "shared generators that differ, with both machines and the field",
            'shared generator "ca": its files differ between machine "web01" and machine "web02"',
            declared({
                web01: { ca: shared },
                web02: { ca: generator({ share: true, files: { other: random } }) },
            }),
        ],
        [
            "other readers of a shared generator",
            "its readers differ",
            declared({
                web01: { ca: shared },
                web02: { ca: generator({ share: true, readers: { users: ["bob"], groups: [] } }) },
            }),
        ],
        [
            "generators that depend on each other, with all of them",
            "generators depend on each other: per-machine/web01/a → per-machine/web01/b → per-machine/web01/a",
            declared({
                web01: { a: generator({ dependencies: ["b"] }), b: generator({ dependencies: ["a"] }) },
            }),
        ],
        [
            "a dependency that nobody declares, before anything is made",
            'dependency of generator app of web01, "cq" does not exist',
            declared({ web01: { app: generator({ dependencies: ["cq"] }), ca: shared } }),
        ],
        [
            "a shared generator that needs one that every machine has its own of",
            'shared generator "ca" depends on "app"',
            declared({ web01: { app: generator(), ca: generator({ share: true, dependencies: ["app"] }) } }),
        ],
        [
            "files that are made of each other",
            "a → b → a",
            of({
                files: {
                    a: { kind: "hash", of: "b", scheme: "sha512crypt" },
                    b: { kind: "hash", of: "a", scheme: "sha512crypt" },
                },
            }),
        ],
        [
            "a file that is not there",
            '"passwort" does not exist',
            of({ files: { hash: { kind: "hash", of: "passwort", scheme: "sha512crypt" } } }),
        ],
        [
            "a prompt that is not there",
            '"p" does not exist',
            of({ files: { token: { kind: "prompt", prompt: "p", orElse: undefined } } }),
        ],
        [
            "an input of a generator that it does not depend on",
            '"ca" does not exist',
            of({ files: { env: { kind: "template", parts: [{ input: "ca", file: "key" }] } } }),
        ],
        [
            "the public half of what is no key",
            'is the public half of "a", which is no key (random)',
            of({ files: { a: random, b: { kind: "public-of", of: "a" } } }),
        ],
        [
            "a private key for everybody",
            'file "key" of generator app of web01 is a private key, and not secret',
            of({ files: { key: { secret: false, make: { kind: "wireguard" } } } }),
        ],
        ["a name that leads elsewhere", '"../x" cannot be a name', of({ files: { "../x": random } })],
        [
            "an answer for a script in a place that leads elsewhere",
            'prompt of generator app of web01: "../p" cannot be a name',
            of({
                prompts: ["../p"],
                script: { text: "", path: undefined, drv: undefined, runtimeInputs: [], system: undefined },
            }),
        ],
        ["a hidden name", '".generator.json" cannot be a name', of({ files: { ".generator.json": random } })],
    ])("%s", (_why, message, given) => {
        expect(() => place(given)).toThrow(message)
    })
})
