// Where a script runs: in the sandbox, or, if somebody says so, as any other program of theirs.

import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { findProgram } from "../../../os/children.ts"
import type { Environment } from "../../../os/children.ts"
import { Failure } from "../../failure.ts"
import { guard } from "../../terminal/interruption.ts"
import { memoryPlace } from "../../terminal/memory.ts"
import { noBubblewrap, sandboxArguments, sandboxRoot } from "./sandbox.ts"

export interface Place {
    /** The folder of everything that is the script's. */
    readonly root: string
    readonly home: string
    /** What to start for a command that sees these folders of programs. */
    start(
        command: readonly [string, ...string[]],
        given: {
            readonly environment: Readonly<Record<string, string>>
            readonly programs: readonly string[]
        },
    ): { readonly program: string; readonly args: readonly string[]; readonly env: Environment }
    /** To be called in any case. */
    remove(): void
}

/** Memory that is there for one script, and gone with it. Throws `Failure` where there is no bubblewrap. */
export function sandboxed(env: Environment): Place {
    const bwrap = findProgram("bwrap", env["PATH"])
    if (bwrap === undefined)
        throw new Failure("refused", `scripts of generators cannot run: ${noBubblewrap}`, {
            hint: "install bubblewrap",
        })
    return {
        root: sandboxRoot,
        home: "/tmp",
        start: (command, { environment, programs }) => ({
            program: bwrap,
            args: [...sandboxArguments(environment, programs), ...command],
            env: {},
        }),
        remove: () => undefined,
    }
}

const prefix = "hostseal-script-"

/** A folder in memory. What a run that was killed has left there is removed first. */
export function unconfined(env: Environment): Place {
    const memory = memoryPlace([env["XDG_RUNTIME_DIR"], "/dev/shm"])
    for (const name of readdirSync(memory)) {
        const pid = name.startsWith(prefix) ? name.slice(prefix.length).split("-")[0] : undefined
        if (pid !== undefined && !existsSync(`/proc/${pid}`)) remove(join(memory, name))
    }
    const root = mkdtempSync(join(memory, `${prefix}${process.pid}-`))
    const release = guard(() => remove(root))
    return {
        root,
        home: join(root, "home"),
        start: ([program, ...args], { environment }) => ({ program, args, env: environment }),
        remove: () => {
            release()
            remove(root)
        },
    }
}

/** Unless it is somebody else's. */
function remove(folder: string): void {
    try {
        rmSync(folder, { recursive: true, force: true })
    } catch {
        // Theirs to remove.
    }
}
