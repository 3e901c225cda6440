// What is installed to build and test: exactly what somebody has looked at, on every platform.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { root } from "../agent/build/build.ts"

interface Locked {
    readonly version: string
    readonly integrity?: string
    readonly resolved?: string
    readonly hasInstallScript?: true
}

const text = (file: string): string => readFileSync(join(root, file), "utf8")
const { packages }: { packages: Readonly<Record<string, Locked>> } = JSON.parse(text("package-lock.json"))
const manifest: Readonly<Record<string, Readonly<Record<string, unknown>>>> = JSON.parse(text("package.json"))
const installed = Object.entries(packages).filter(([path]) => path !== "")

test("every package is fixed by its hash, those for other platforms too", () => {
    expect(installed.length).toBeGreaterThan(100)
    expect(installed.filter(([, { integrity = "" }]) => !/^sha512-[\w+/]{86}==$/u.test(integrity))).toEqual(
        [],
    )
    expect(installed.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})

test("every dependency is one version, not a range", () => {
    const wanted = { ...manifest["dependencies"], ...manifest["devDependencies"] }
    for (const [name, version] of Object.entries(wanted))
        expect([name, packages[`node_modules/${name}`]?.version]).toEqual([name, version])
})

test("no package runs a script when it is installed but those that are known", () => {
    const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true)
    const names = scripts.map(([path]) => path.replace(/^.*node_modules\//u, ""))
    expect(names.toSorted()).toEqual(Object.keys(manifest["allowScripts"] ?? {}).toSorted())
})
