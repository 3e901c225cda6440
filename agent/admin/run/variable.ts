// How a value is called in the environment of a command.

import { isUtf8 } from "node:buffer"
import { visibleName } from "../../error.ts"
import { type Environment, steersPrograms } from "../../os/children.ts"
import { Failure } from "../failure.ts"

/** A value and what it is called. */
export interface Variable {
    readonly name: string
    /** Where the name comes from: the user chose it, or it follows from that of the secret, or from a key in a file. */
    readonly from: "user" | "secret" | "key"
    /** What it is the value of, for people and as the path of a file: a secret, and in a file of many its key. */
    readonly of: string
    readonly value: Buffer
}

/** `NAME=SECRET` taken apart; without `NAME=` the name is undefined. */
export function named(word: string): { readonly name: string | undefined; readonly secret: string } {
    const [, name, secret] = /^([^=/]*)=(.*)$/u.exec(word) ?? []
    if (name === undefined || secret === undefined) return { name: undefined, secret: word }
    if (/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) return { name, secret }
    throw new Failure("usage", `"${visibleName(name)}" cannot be the name of a variable`, {
        hint: "allowed are letters, digits and _, and it starts with no digit",
    })
}

/** What the value of a secret is called when nobody said: `web.token` is WEB_TOKEN. */
export function variableOf(secret: string): string {
    return keyVariable(secret).toUpperCase()
}

/** The same for the key of a value in a file: as it is, as far as a variable can be called so. */
export function keyVariable(key: string): string {
    return key.replaceAll(/[^A-Za-z0-9_]/gu, "_").replace(/^(?=\d)/u, "_")
}

/**
 * Throws when two values would have one name, or a name that nobody chose would replace a variable of the user or steer
 * programs: what secrets are called is up to everybody who may write to the repository.
 */
export function checkVariables(variables: readonly Variable[], env: Environment): void {
    const seen = new Map<string, string>()
    for (const { name, from, of } of variables) {
        const other = seen.get(name)
        const hint = from === "key" ? `unset ${name}, or rename the key` : `choose another name: NAME=${of}`
        if (other !== undefined)
            throw new Failure("usage", `${visibleName(other)} and ${visibleName(of)} are both ${name}`, {
                hint,
            })
        seen.set(name, of)
        if (from === "user") continue
        if (steersPrograms(name))
            throw new Failure("refused", `${visibleName(of)} would be ${name}, which steers programs`, {
                hint,
            })
        if (env[name] !== undefined)
            throw new Failure("refused", `${visibleName(of)} would replace ${name} of your environment`, {
                hint,
            })
    }
}

/** A value as a variable can hold it. Throws for bytes that none can. */
export function textOf({ of, value }: Variable): string {
    if (isUtf8(value) && !value.includes(0)) return value.toString("utf8")
    throw new Failure("refused", `the value of ${visibleName(of)} is not text, and no variable can hold it`, {
        hint: "--files gives it in a file",
    })
}
