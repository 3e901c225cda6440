import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { constants } from "node:os"
import { dirname, join, resolve } from "node:path"
import { makeFolders } from "../../os/folders.ts"
import { visibleName } from "../../error.ts"
import { findProgram, handOver, typedEnvironment } from "../../os/children.ts"
import type { Environment } from "../../os/children.ts"
import { secretName } from "../../repo/edits.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { noSuchSecret, openLeaves, openSecret } from "../keys/open-secret.ts"
import { chosenSecrets } from "../repository/chosen.ts"
import { publicValue } from "../repository/public-var.ts"
import { formatAt } from "../repository/secret-file.ts"
import { checkVariables, keyVariable, named, textOf, variableOf } from "./variable.ts"
import type { Variable } from "./variable.ts"
import { guard } from "../terminal/interruption.ts"
import { memoryPlace } from "../terminal/memory.ts"

interface Input {
    readonly secret: readonly string[]
    readonly command: readonly string[]
    readonly files: boolean
}

/** Runs a command that is given the values of secrets; its exit code is the result. */
export async function runWith({ secret, command, files }: Input, context: Context): Promise<number> {
    const [name = "", ...args] = command
    const path = name.includes("/") ? resolve(context.cwd, name) : name
    const program = findProgram(path, context.env["PATH"])
    if (program === undefined)
        throw new Failure("not-found", `there is no command "${visibleName(name)}"`, { exitCode: 127 })
    const variables = await valuesOf(secret, files, context)
    checkVariables(variables, context.env)
    if (!files) {
        const values = Object.fromEntries(variables.map((one) => [one.name, textOf(one)]))
        for (const { value } of variables) value.fill(0)
        return execute(program, args, values, context)
    }
    const directory = mkdtempSync(
        join(memoryPlace([context.env["XDG_RUNTIME_DIR"], "/dev/shm"]), "hostseal-run-"),
    )
    const remove = (): void => rmSync(directory, { recursive: true, force: true })
    // Signals are the command's, which may need its files to the end.
    const release = guard(remove, [])
    try {
        const values = Object.fromEntries(variables.map((one) => [one.name, put(one, directory)]))
        return await execute(program, args, values, context)
    } finally {
        release()
        remove()
    }
}

/** The values that these words mean, with their names. */
async function valuesOf(
    words: readonly string[],
    files: boolean,
    context: Context,
): Promise<readonly Variable[]> {
    const flake = flakeDirectory(context)
    const suffix = files ? "_FILE" : ""
    const found: Variable[] = []
    for (const word of words) {
        const { name, secret } = named(word)
        const paths = await chosenSecrets([secret], flake, context)
        if (name !== undefined && paths.length > 1)
            throw new Failure(
                "usage",
                `"${visibleName(secret)}" are ${paths.length} secrets, and ${name} is one name`,
            )
        for (const path of paths) {
            const of = secretName(path)
            if (found.some((one) => one.of === of && name === undefined)) continue
            if (name === undefined && formatAt(path) !== "binary") {
                for (const { key, value } of await openLeaves(flake, path, context))
                    found.push({
                        name: `${keyVariable(key)}${suffix}`,
                        from: "key",
                        of: `${of}/${keyVariable(key)}`,
                        value,
                    })
                continue
            }
            const value = (await openSecret(flake, path, context)) ?? publicValue(flake, path)
            if (value === undefined) throw await noSuchSecret(flake, path, context)
            found.push({
                name: name ?? `${variableOf(of)}${suffix}`,
                from: name === undefined ? "secret" : "user",
                of,
                value,
            })
        }
    }
    return found
}

function put({ of, value }: Variable, directory: string): string {
    const file = join(directory, of)
    makeFolders(dirname(file), 0o700)
    writeFileSync(file, value, { flag: "wx", mode: 0o600 })
    value.fill(0)
    return file
}

/** Signals that somebody sends to this program are meant for the command. */
const passedOn = ["SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const
/** A terminal sends these to both. */
const typed = ["SIGINT", "SIGQUIT"] as const

async function execute(
    program: string,
    args: readonly string[],
    values: Environment,
    context: Context,
): Promise<number> {
    // Before the command is there: one that comes meanwhile would end this program, and leave the command alone.
    let send: ((signal: NodeJS.Signals) => void) | undefined
    const early: NodeJS.Signals[] = []
    const pass = (signal: NodeJS.Signals): void => {
        if (send === undefined) early.push(signal)
        else send(signal)
    }
    const leave = (): void => undefined
    const onTyped = context.isTerminal.stdin ? leave : pass
    for (const signal of passedOn) process.on(signal, pass)
    for (const signal of typed) process.on(signal, onTyped)
    try {
        const environment = typedEnvironment(context.env, values)
        const running = handOver({ program, args, env: environment, cwd: context.cwd, deadline: undefined })
        send = running.send
        for (const signal of early) send(signal)
        const end = await running.ended
        if (end.kind === "exit") return end.code
        return 128 + (end.kind === "signal" ? signalNumber(end.signal) : 0)
    } finally {
        for (const signal of passedOn) process.off(signal, pass)
        for (const signal of typed) process.off(signal, onTyped)
    }
}

function signalNumber(name: string): number {
    return Object.entries(constants.signals).find(([signal]) => signal === name)?.[1] ?? 0
}
