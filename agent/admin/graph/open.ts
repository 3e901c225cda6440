// Has a page shown: by the browser that somebody chose, or the one of their desktop.

import { mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { childEnvironment, findProgram, run } from "../../os/children.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { memoryPlace } from "../terminal/memory.ts"

/** Writes a page where only this user reads it, and where it is gone when they log out. */
export function pageFile(page: string, { env }: Context): string {
    const folder = mkdtempSync(join(memoryPlace([env["XDG_RUNTIME_DIR"], "/dev/shm"]), "hostseal-map-"))
    const file = join(folder, "access.html")
    writeFileSync(file, page, { mode: 0o600, flag: "wx" })
    return file
}

/** Opens a file or an address. Throws `Failure` that names it where nothing can. */
export async function openInBrowser(target: string, { env, cwd }: Context): Promise<void> {
    const chosen = env["BROWSER"]?.split(":").find((name) => name !== "" && !name.includes("%s"))
    const program = [chosen, "xdg-open", "wslview", "open"]
        .filter((name) => name !== undefined)
        .map((name) => findProgram(name, env["PATH"]))
        .find((path) => path !== undefined)
    const hint = `open it yourself: ${target}`
    if (program === undefined)
        throw new Failure("not-found", "there is no browser: $BROWSER is not set, and there is no xdg-open", {
            hint,
        })
    const { end } = await run({ program, args: [target], env: childEnvironment(env), cwd, deadline: 30_000 })
    // A browser that stays in the foreground has opened the page; it is not waited for.
    if (end.kind === "exit" && end.code !== 0)
        throw new Failure("refused", `${program} could not open the map`, { hint })
}
