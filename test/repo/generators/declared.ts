// Generators for tests, with everything that a test says nothing about left out.

import type { Declared, Generator, Make, OutputFile } from "../../../agent/repo/generators/generator.ts"

interface Some extends Partial<Omit<Generator, "files" | "prompts">> {
    readonly files?: Readonly<Record<string, Make | (Partial<OutputFile> & { make: Make })>>
    readonly prompts?: readonly string[]
}

export const random: Make = { kind: "random", chars: "alnum", length: 32 }

export function generator({ files = { key: random }, prompts = [], ...rest }: Some = {}): Generator {
    return {
        share: false,
        dependencies: [],
        readers: { users: [], groups: [] },
        validation: undefined,
        script: undefined,
        rotate: { maxAge: undefined, overlap: false, confirm: false, apply: false },
        ...rest,
        prompts: new Map(
            prompts.map((name) => [name, { type: "hidden", description: name, persist: false }]),
        ),
        files: new Map(
            Object.entries(files).map(([name, file]) => [
                name,
                {
                    secret: true,
                    deploy: true,
                    restartUnits: [],
                    neededFor: "services",
                    ...("kind" in file ? { make: file } : file),
                },
            ]),
        ),
    }
}

export function declared(machines: Readonly<Record<string, Readonly<Record<string, Generator>>>>): Declared {
    return new Map(Object.entries(machines).map(([name, own]) => [name, new Map(Object.entries(own))]))
}
