// What a command about generators is given: what is declared, and the answers to prompts.

import type { Scope } from "../../repo/generators/findings.ts"
import { place } from "../../repo/generators/placed.ts"
import type { Placed } from "../../repo/generators/placed.ts"
import { withoutWaiting } from "../../repo/generators/waiting.ts"
import { visibleName } from "../../error.ts"
import { note, warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { needsClan } from "../repository/layout.ts"
import { readGiven } from "../terminal/given-file.ts"
import { parseAnswers } from "./answers.ts"
import type { Answers } from "./answers.ts"
import { parseManifest } from "./manifest.ts"
import { scriptWays } from "./script/prepare.ts"
import type { ScriptWays } from "./script/prepare.ts"

const largest = 64 * 1024 * 1024

/** The generators of a repository. */
export interface Declaration {
    readonly flake: string
    /** Each after those that it depends on. */
    readonly all: readonly Placed[]
    readonly scope: Scope
    /** The answers that a file gives. */
    readonly given: Answers
    readonly scripts: ScriptWays
}

/** What the command line says of it. */
export interface DeclarationInput {
    readonly manifest: string | undefined
    readonly answers?: string | undefined
    readonly timeout?: string | undefined
    readonly noSandbox?: boolean
}

/** Reads all of it before anything is done. Throws `Failure` or `Refusal` for what is wrong with it. */
export async function readDeclaration(
    { manifest, answers, ...ways }: DeclarationInput,
    context: Context,
): Promise<Declaration> {
    if (manifest === "-" && answers === "-")
        throw new Failure("usage", "--manifest and --answers cannot both be standard input")
    const scripts = scriptWays({ timeout: ways.timeout, noSandbox: ways.noSandbox ?? false }, context)
    const flake = flakeDirectory(context)
    needsClan(flake, context)
    const text =
        manifest === undefined
            ? await evaluated(flake, context)
            : (await readGiven(manifest, largest, context)).toString("utf8")
    const { declared, unevaluated, exports } = parseManifest(text)
    const all = place(withoutWaiting(declared, unevaluated))
    for (const { machine, name } of unevaluated)
        warn(
            context,
            `generator "${visibleName(name)}" of ${visibleName(machine)} could not be evaluated, and waits`,
        )
    for (const key of exports) note(context, `what export "${visibleName(key)}" declares is not generated`)
    const given =
        answers === undefined
            ? new Map<string, Buffer>()
            : parseAnswers((await readGiven(answers, largest, context)).toString("utf8"), all)
    const scope = { machines: new Set(declared.keys()), isWhole: unevaluated.length === 0 }
    return { flake, all, scope, given, scripts }
}

async function evaluated(flake: string, context: Context): Promise<string> {
    const { evaluateGenerators } = await import("./evaluate.ts")
    return evaluateGenerators(flake, context)
}
