// The shapes of generators that people have written, with values made up: each as a script in the sandbox, and most of
// them by kinds alone. Both have to give what the programs take that the values are for.

import { dirname } from "node:path"
import { describe, test } from "vitest"
import { makeAll } from "../../../agent/admin/generate/make.ts"
import { parseManifest } from "../../../agent/admin/generate/manifest.ts"
import { runScript } from "../../../agent/admin/generate/script/run-script.ts"
import { findProgram } from "../../../agent/os/children.ts"
import { place } from "../../../agent/repo/generators/placed.ts"
import { workOf } from "../../../agent/repo/generators/work.ts"
import { keyShapes } from "./shapes/keys.ts"
import type { Shape, Values } from "./shapes/shape.ts"
import { valueShapes } from "./shapes/values.ts"

async function made(shape: Shape, form: "script" | "kinds"): Promise<Values> {
    const { script, prompts = {}, needs = {}, programs = [] } = shape
    const runtimeInputs = programs.map(folderOf)
    const dependencies = Object.keys(needs)
    const app =
        form === "script"
            ? { files: shape.files, script, runtimeInputs, prompts, dependencies }
            : { files: shape.kinds ?? {}, prompts, dependencies }
    const text = JSON.stringify({ version: 1, machines: { web01: { app, ...needs } } })
    const all = place(parseManifest(text).declared)
    const facts = {
        values: new Set<string>(),
        validations: new Map(),
        states: new Map(),
        redefined: new Set<string>(),
    }
    const { work } = workOf(all, facts, { machines: [], only: [] })
    const { values } = await makeAll(all, work, {
        answers: new Map(
            Object.entries(shape.answers ?? {}).map(([name, value]) => [
                `web01/app/${name}`,
                Buffer.from(value),
            ]),
        ),
        open: (path) => Promise.reject(new Error(`nothing opens ${path}`)),
        run: (errand) => runScript(errand, { seconds: 60, env: process.env, confined: true }),
        now: new Date(),
    })
    return Object.fromEntries(
        [...values].map(([path, value]) => [
            path.replace("vars/per-machine/web01/", "").replace("app/", ""),
            value.toString(),
        ]),
    )
}

/** The folder above the `bin` of a program. */
function folderOf(program: string): string {
    return dirname(dirname(findProgram(program, process.env["PATH"]) ?? ""))
}

describe.each(Object.entries({ ...valueShapes, ...keyShapes }))("%s", (_name, shape) => {
    const forms = shape.kinds === undefined ? (["script"] as const) : (["script", "kinds"] as const)
    test.each(forms)("by %s", async (form) => {
        shape.check(await made(shape, form))
    })
})
