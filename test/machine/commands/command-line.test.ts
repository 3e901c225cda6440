import { expect, test } from "vitest"
import { parseCommandLine, parseLegacyCommandLine } from "../../../agent/machine/commands/command-line.ts"
import type { Request } from "../../../agent/machine/commands/command-line.ts"
import { World } from "../world.ts"

const accepted: Record<string, Request> = {
    "install m.json": { kind: "install", manifest: "m.json", ignorePasswd: false },
    "install --ignore-passwd m.json": { kind: "install", manifest: "m.json", ignorePasswd: true },
    "install m.json --ignore-passwd": { kind: "install", manifest: "m.json", ignorePasswd: true },
    "install -- --odd.json": { kind: "install", manifest: "--odd.json", ignorePasswd: false },
    "run m.json": { kind: "run", manifest: "m.json", ignorePasswd: false, interval: 60_000 },
    "run --interval=0.5 m.json": { kind: "run", manifest: "m.json", ignorePasswd: false, interval: 500 },
    "check m.json": { kind: "check", manifest: "m.json", depth: "sopsfile" },
    "check --mode manifest m.json": { kind: "check", manifest: "m.json", depth: "manifest" },
    status: { kind: "status", manifest: undefined, json: false },
    "status --json m.json": { kind: "status", manifest: "m.json", json: true },
    recipient: { kind: "recipient", files: [] },
    "recipient a b": { kind: "recipient", files: ["a", "b"] },
    version: { kind: "version" },
    "--version": { kind: "version" },
}
for (const [line, request] of Object.entries(accepted))
    test(`hostseal-agent ${line}`, () => expect(parseCommandLine(line.split(" "))).toEqual(request))

const refused: Record<string, string> = {
    nosuch: 'there is no command "nosuch"',
    install: "exactly one manifest is needed",
    "install a b": "exactly one manifest is needed",
    "install --ignore-passwdd m.json": "Unknown option '--ignore-passwdd'",
    "check --mode=off m.json": '--mode is sopsfile or manifest, not "off"',
    "run --interval=0 m.json": "--interval is a number of seconds",
    "run --interval=x m.json": "--interval is a number of seconds",
    "status a b": "exactly one manifest is needed",
    "recipient --json": "Unknown option '--json'",
}
for (const [line, message] of Object.entries(refused))
    test(`refuses hostseal-agent ${line}`, () =>
        expect(() => parseCommandLine(line.split(" "))).toThrow(message))

for (const line of ["", "--help", "-h", "help", "install --help"])
    test(`help for "${line}", examples first`, () => {
        const request = parseCommandLine(line.split(" ").filter((word) => word !== ""))
        expect(request).toMatchObject({ kind: "help", text: expect.stringMatching(/^Examples:\n/u) })
    })

const legacy: Record<string, Request> = {
    "m.json": { kind: "install", manifest: "m.json", ignorePasswd: false },
    "-ignore-passwd m.json": { kind: "install", manifest: "m.json", ignorePasswd: true },
    "--ignore-passwd=false m.json": { kind: "install", manifest: "m.json", ignorePasswd: false },
    "-check-mode=manifest m.json": { kind: "check", manifest: "m.json", depth: "manifest" },
    "-check-mode sopsfile m.json": { kind: "check", manifest: "m.json", depth: "sopsfile" },
    "--check-mode=off -ignore-passwd=T m.json": { kind: "install", manifest: "m.json", ignorePasswd: true },
    "-- -odd.json": { kind: "install", manifest: "-odd.json", ignorePasswd: false },
}
for (const [line, request] of Object.entries(legacy))
    test(`sops-install-secrets ${line}`, () =>
        expect(parseLegacyCommandLine(line.split(" "))).toEqual(request))

const legacyRefused: Record<string, string> = {
    "-check-mode=sideways m.json": "invalid value provided for -check-mode flag: sideways",
    "-check-mode": "flag needs an argument: -check-mode",
    "-ignore-passwd=maybe m.json": 'invalid boolean value "maybe" for -ignore-passwd',
    "-verbose m.json": "flag provided but not defined: -verbose",
}
for (const [line, message] of Object.entries(legacyRefused))
    test(`refuses sops-install-secrets ${line}`, () =>
        expect(() => parseLegacyCommandLine(line.split(" "))).toThrow(message))

for (const line of ["-h", "", "a b"])
    test(`usage for sops-install-secrets "${line}"`, () => {
        const request = parseLegacyCommandLine(line.split(" ").filter((word) => word !== ""))
        expect(request).toMatchObject({ kind: "help", text: expect.stringContaining("-check-mode string") })
    })

test("sops-install-secrets writes its help where the program of sops-nix does: its output is for what changes", async () => {
    const called = { program: "sops-install-secrets" }
    const { code, out, err } = await new World().runAs(called, "-help")
    expect([code, out, err.length]).toEqual([0, [], 1])
    expect(err[0]).toMatch(/^Usage: sops-install-secrets \[OPTION\] manifest\.json\n/u)
    const unknown = await new World().runAs(called, "-unknown", "x")
    expect([unknown.code, unknown.said]).toEqual([
        1,
        "hostseal-agent: error: flag provided but not defined: -unknown\nhostseal-agent: hint: sops-install-secrets -help",
    ])
    const own = await new World().run("--help")
    expect([own.code, own.err]).toEqual([0, []])
    expect(own.out[0]).toMatch(/^Examples:/u)
})
