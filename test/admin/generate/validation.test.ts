import { expect, test } from "vitest"
import { validationHash } from "../../../agent/admin/generate/validation.ts"

// By `builtins.hashString "sha256" (builtins.toJSON …)`.
test.each([
    [null, undefined],
    ["ab".repeat(32), "ab".repeat(32)],
    [
        { b: 1, a: { y: null, x: 'ä"\n\t/<' } },
        "8662744eeefd16226b97bde9fee4f573b668b45310f7725e601eb88a3605cc3d",
    ],
    ["text", "1e1d0f251d3a76fa2b1bfc81164078572623403887db02988b504b0492e9f076"],
    [true, "b5bea41b6c623f7c09f1bf24dcae58ebab3c0cdd90ad966bc43a45b44867e12b"],
    [7, "7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451"],
])("%j", (value, hash) => {
    expect(validationHash(value, "w")).toBe(hash)
})

test.each([[[]], [1.5], [{ a: { b: { c: { d: 1 } } } }], [{ a: [1] }]])("refuses %j", (value) => {
    expect(() => validationHash(value, "generator app")).toThrow("generator app: validation is made of")
})
