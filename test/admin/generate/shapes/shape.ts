// One shape of a generator, and what its values are held against.

import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "hostseal-shapes-"))
afterAll(() => rmSync(folder, { recursive: true }))

type Files = Readonly<Record<string, unknown>>
export type Values = Readonly<Record<string, string>>

export interface Shape {
    /** Files and prompts of the one that writes them with a script. */
    readonly script: string
    readonly files: Files
    /** Programs that the script finds in runtimeInputs. */
    readonly programs?: readonly string[]
    readonly prompts?: Readonly<Record<string, unknown>>
    readonly answers?: Values
    /** Another generator that it depends on. */
    readonly needs?: Readonly<Record<string, { readonly files: Files }>>
    /** The same files by kinds. */
    readonly kinds?: Files
    readonly check: (values: Values) => void
}

/** What a program prints. */
export function run(program: string, args: readonly string[], input = ""): string {
    return execFileSync(program, args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] })
}

/** The path of a file with this content. */
export function file(content: string | undefined, name = "file"): string {
    const path = join(folder, name)
    writeFileSync(path, content ?? "", { mode: 0o600 })
    return path
}

export const hidden = { type: "hidden" }
export const is = (expected: Values) => (values: Values) => expect(values).toEqual(expected)
export const matches = (expected: Readonly<Record<string, RegExp>>) => (values: Values) => {
    for (const [name, pattern] of Object.entries(expected)) expect(values[name], name).toMatch(pattern)
}
export const crypted = (password: string, hash: string | undefined): void => {
    expect(run("perl", ["-e", "print crypt(<STDIN>, $ARGV[0])", hash ?? ""], password)).toBe(hash)
}
export const sshKey = ({ id, "id.pub": line }: Values): void => {
    expect(
        run("ssh-keygen", ["-y", "-P", "", "-f", file(id)])
            .trim()
            .split(" ")
            .slice(0, 2),
    ).toEqual(line?.trim().trim().split(" ").slice(0, 2))
}
