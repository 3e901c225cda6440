// The programs as they ship, for tests that start them. A run of the tests builds each of them once, when the first
// test asks for it: it takes seconds, and most tests need none.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { inject } from "vitest"
import type { TestProject } from "vitest/node"
import { type Program, agent, bundle, cli } from "../agent/build/build.ts"

declare module "vitest" {
    export interface ProvidedContext {
        /** Where the programs of this run lie. */
        readonly programs: string
    }
}

let directory: string

/** For `globalSetup`: a place for the programs, as long as the tests run. */
export const setup = ({ provide }: TestProject): void => {
    directory = mkdtempSync(join(tmpdir(), "hostseal-programs-"))
    // Tests run them as other users, too.
    chmodSync(directory, 0o755)
    provide("programs", directory)
}

export const teardown = (): void => rmSync(directory, { recursive: true, force: true })

/** The admin program in one file. */
export function bundledCli(): Promise<string> {
    return bundled(cli)
}

/** The agent in one file. */
export function bundledAgent(): Promise<string> {
    return bundled(agent)
}

async function bundled(program: Program): Promise<string> {
    const place = join(inject("programs"), program.name)
    const [done, failed] = [join(place, "done"), join(place, "failed")]
    if (isFirst(place)) {
        try {
            await bundle(program, place)
            writeFileSync(done, "")
        } catch (error) {
            writeFileSync(failed, "")
            throw error
        }
    }
    // Another process may be building it.
    while (!existsSync(done)) {
        if (existsSync(failed))
            throw new Error(`${program.name} cannot be built: see the test that tried first`)
        await sleep(50)
    }
    return join(place, `${program.name}.cjs`)
}

/** Makes the directory, unless somebody did before. */
function isFirst(place: string): boolean {
    try {
        mkdirSync(place)
        return true
    } catch {
        return false
    }
}
