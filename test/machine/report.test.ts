import { expect, test } from "vitest"
import { UserError } from "../../agent/error.ts"
import { parseManifest } from "../../agent/machine/manifest/parse.ts"
import { exitCodeFor, exitCodeOf, tellFailures } from "../../agent/machine/report.ts"
import { isTemporary, reasonOf } from "../../agent/os/system-error.ts"
import { scratch, testHost } from "./machine.ts"
import { asBytes, writtenManifest, writtenSecret } from "./manifest-examples.ts"

const passing = new UserError("not yet", { cause: Object.assign(new Error("x"), { code: "ENOENT" }) })
const lasting = new UserError("never")

function failures(...given: (readonly [problem: UserError, optional: boolean])[]) {
    const secrets = given.map((_, index) => writtenSecret({ name: `s${index}` }))
    const extras = Object.fromEntries(given.map(([, optional], index) => [`s${index}`, { optional }]))
    const manifest = parseManifest(
        asBytes(writtenManifest({ secrets, hostseal: { version: 1, secrets: extras } })),
        "m",
        () => "",
    )
    return given.flatMap(([problem], index) => {
        const entry = manifest.secrets[index]
        return entry === undefined
            ? []
            : [{ entry, problem, became: index % 2 === 0 ? ("missing" as const) : ("stale" as const) }]
    })
}

for (const [why, code, given] of [
    ["nothing", 0, []],
    ["something required for good", 65, [[lasting, false]]],
    ["something required for now", 75, [[passing, false]]],
    [
        "something required for good, and something for now",
        65,
        [
            [passing, false],
            [lasting, false],
        ],
    ],
    [
        "something optional",
        7,
        [
            [lasting, true],
            [passing, true],
        ],
    ],
    [
        "something required for now, and something optional",
        75,
        [
            [passing, false],
            [lasting, true],
        ],
    ],
] as const)
    test(`${code} when ${why} failed`, () => expect(exitCodeOf(failures(...given))).toBe(code))

test("an error that ends a run passes, lasts, or should not happen", () => {
    expect([passing, lasting, new Error("bug")].map(exitCodeFor)).toEqual([75, 65, 1])
    const inner = new UserError("a", { cause: new UserError("b", { cause: passing }) })
    expect(isTemporary(inner)).toBe(true)
    expect(isTemporary("text")).toBe(false)
})

test("what failed for the same reason is told together", () => {
    const host = testHost(scratch())
    tellFailures(failures([lasting, false], [lasting, false], [lasting, false], [passing, false]), host)
    expect(host.told).toEqual([
        'hostseal-agent: error: secret "s0", secret "s2": not installed; secret "s1": not renewed, the last good value stays',
        "hostseal-agent: because: never",
        'hostseal-agent: error: secret "s3": not renewed, the last good value stays',
        "hostseal-agent: because: not yet",
        "hostseal-agent: because: x",
        "hostseal-agent: error: 4 secrets and templates failed, all others are installed",
    ])
})

test("errors of the operating system are told in words", () => {
    const error = (code: string): Error => Object.assign(new Error(`${code}: raw`), { code })
    expect(reasonOf(error("ENOSPC"))).toBe("no space left on the file system")
    expect(reasonOf(error("EODD"))).toBe("EODD")
    expect([reasonOf(new Error("other")), reasonOf(1)]).toEqual(["other", "unknown error"])
})

for (const [errno, code] of Object.entries({ EROFS: 65, EPERM: 65, EIO: 75, ENOSPC: 75 })) {
    test(`${errno} ends with ${code}, alone and as the cause of something`, () => {
        const error = Object.assign(new Error(`${errno}: CANARY`), { code: errno })
        expect(exitCodeFor(error)).toBe(code)
        expect(exitCodeFor(new UserError("cannot write", { cause: error }))).toBe(code)
    })
}
