// Scripts that Nix has still to make: all that will run, in one go.

import { existsSync } from "node:fs"
import { visibleName } from "../../../error.ts"
import { childEnvironment, findProgram, run } from "../../../os/children.ts"
import type { Environment } from "../../../os/children.ts"
import type { Generator, Script } from "../../../repo/generators/generator.ts"
import { Failure } from "../../failure.ts"

/** Generators by what people call them. */
type Titled = ReadonlyMap<string, Pick<Generator, "script">>

/**
 * Has all of these scripts, and the programs that they name, be there. Throws `Failure` that names the generators for what
 * cannot be made, and for scripts of another system.
 */
export async function realise(generators: Titled, env: Environment): Promise<void> {
    const scripts = [...generators].flatMap(([title, { script }]) =>
        script === undefined ? [] : [{ title, script }],
    )
    for (const { title, script } of scripts) mustRunHere(title, script)
    const missing = scripts.filter(({ script }) => absent(script).length > 0)
    const wanted = [...new Set(missing.flatMap(({ script }) => absent(script)))]
    if (wanted.length === 0) return
    const titles = missing.map(({ title }) => visibleName(title)).join("; ")
    const program = findProgram("nix-store", env["PATH"])
    if (program === undefined)
        throw new Failure("refused", `scripts are still to be made, and there is no nix-store: ${titles}`)
    const result = await run({
        program,
        args: ["--realise", "--", ...wanted],
        env: childEnvironment(env, ["NIX_REMOTE", "NIX_SSL_CERT_FILE", "NIX_CONFIG"]),
        deadline: undefined,
    })
    const left = missing.filter(({ script }) => [script.path, ...script.runtimeInputs].some(isMissing))
    if (result.end.kind === "exit" && result.end.code === 0 && left.length === 0) return
    throw new Failure("refused", `nothing was changed: Nix cannot make the scripts of ${titles}`, {
        cause: new Error(result.stderr.trim().split("\n").slice(-5).join("\n")),
    })
}

/** What to ask Nix for. */
function absent({ path, drv, runtimeInputs }: Script): readonly string[] {
    const script = isMissing(path) ? [drv ?? path ?? ""] : []
    return [...script, ...runtimeInputs.filter(isMissing)]
}

function isMissing(path: string | undefined): boolean {
    return path !== undefined && !existsSync(path)
}

const systems: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" }

function mustRunHere(title: string, { path, system }: Script): void {
    const here = `${systems[process.arch] ?? process.arch}-${process.platform}`
    if (path === undefined || system === undefined || system === here) return
    throw new Failure(
        "refused",
        `the script of generator ${visibleName(title)} is made for ${visibleName(system)}, and this machine is ${here}`,
        { hint: "run it on a machine of that system, or have the manifest made for this one" },
    )
}
