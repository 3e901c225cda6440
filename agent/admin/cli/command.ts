// What a command is: a description that help, completion, man pages and the parser are made from, and a function
// that is loaded when the command runs. Descriptions live in commands/<noun>.ts and import nothing that does work;
// implementations are imported by `load` alone. So `list`, help and completion never pay for a cipher or a schema.

import type { Context } from "../context.ts"

/** What a word on the command line names: checked as such, and completed from the repository. */
export type Kind = "user" | "machine" | "group" | "secret" | "file" | "directory"

/** A positional argument. Its name is its key in the input of `run` and, in capitals, its name in the help. */
export interface Arg {
    readonly name: string
    readonly summary: string
    readonly kind?: Kind
    /** Completed as if it were of this kind; but it need not be. A new name is completed with nothing. */
    readonly completes?: Kind | "nothing" | "key"
    /** Completed with those alone that belong to the first argument: members of a group, secrets that a user is linked to. */
    readonly within?: true
    /** The command makes this name, so the strict rules of names.ts count; without it, any name that can exist. */
    readonly fresh?: true
    readonly optional?: true
    /** Takes all that follow; the last argument only, or the last before `--`. */
    readonly repeat?: true
    /** Stands behind `--`, with all that follows, options too. It is the last one. */
    readonly behind?: true
}

/** An option that takes a value, by its long name in `Command.options`. */
export interface ValueOption {
    readonly type: "string"
    /** The name of its value in the help: `FILE`. */
    readonly value: string
    readonly summary: string
    readonly short?: string
    readonly kind?: Kind
    /** As in `Arg`; a revision is a branch or tag. */
    readonly completes?: Kind | "revision"
    /** Repeated options add up. */
    readonly multiple?: true
    /** The only values it takes. */
    readonly choices?: readonly string[]
    /** `--name` alone is the empty value; one that there is stands behind `=`. */
    readonly mayBeAlone?: true
}

/** An option without a value. */
export interface Switch {
    readonly type: "boolean"
    readonly summary: string
    readonly short?: string
}

/** An option. The same name means the same type, value and short form in every command (checked by `optionTable`). */
export type Option = ValueOption | Switch
export type Options = Readonly<Record<string, Option>>

/** A command line and what it does, for the help. */
export type Example = readonly [line: string, does: string]

/** Everything about a command but its function. */
export interface Description {
    /** As typed: `users add-secret`. */
    readonly words: string
    /** Other ways to type it: `groups add`. The other names of a noun (`user`) need not be repeated. */
    readonly aliases?: readonly string[]
    /** One line, imperative, no full stop. */
    readonly summary: string
    /** Paragraphs for the help and the man page. */
    readonly description?: readonly string[]
    readonly examples: readonly Example[]
    readonly args: readonly Arg[]
    readonly options: Options
    /** Where a value comes from, for who gives one as an argument; then no word of the line is repeated in an error. */
    readonly valueFrom?: string
    /** `writes` adds --dry-run, --no-commit and what allows the unusual, `opens` and `writes` add --identity. */
    readonly effect: "reads" | "opens" | "writes"
}

/** A command, ready to be found, explained and run. */
export interface Command extends Description {
    /** Imports the implementation and runs it. Its result is the exit code, 0 when it says nothing. */
    readonly run: (input: Values, context: Context) => Promise<number | undefined>
}

/** A first word that gathers commands. */
export interface Noun {
    readonly name: string
    readonly aliases: readonly string[]
    readonly summary: string
}

/** What the parser found, by the camel-cased names of arguments and options. */
export type Values = Readonly<Record<string, Value>>
export type Value = string | boolean | readonly string[] | undefined

/** What `run` of a command with these arguments and options is given. */
export type Input<A extends readonly Arg[], O extends Options> = {
    readonly [K in A[number] as Camel<K["name"]>]: K extends { repeat: true }
        ? readonly string[]
        : K extends { optional: true }
          ? string | undefined
          : string
} & {
    readonly [K in keyof O & string as Camel<K>]: O[K] extends { type: "boolean" }
        ? boolean
        : O[K] extends { multiple: true }
          ? readonly string[]
          : string | undefined
}

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
    ? `${Head}${Capitalize<Camel<Tail>>}`
    : S

/** A function that does what a command promises. */
export type Run<I> = (input: I, context: Context) => Promise<number | undefined> | Promise<void>

/**
 * Ties a description to the function that does it; `load` imports it when the command runs. That it takes what the
 * description declares is checked by the compiler.
 */
export function command<const A extends readonly Arg[], const O extends Options>(
    description: Description & { readonly args: A; readonly options: O },
    load: () => Promise<Run<Input<A, O>>>,
): Command {
    const run = async (input: Values, context: Context): Promise<number | undefined> => {
        const implementation = await load()
        return (await implementation(typed(description, input), context)) ?? undefined
    }
    return { ...description, run }
}

/** `age-key` as a key of the input: `ageKey`. */
export function camel(name: string): string {
    return name.replaceAll(/-([a-z0-9])/gu, (_dash, letter: string) => letter.toUpperCase())
}

function typed<A extends readonly Arg[], O extends Options>(
    _description: { readonly args: A; readonly options: O },
    input: Values,
): Input<A, O> {
    // The one place where the parser's output meets the type that was computed from the same table.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return input as unknown as Input<A, O>
}

/** Everything that can be typed. */
export interface Table {
    readonly commands: readonly Command[]
    readonly nouns: readonly Noun[]
}
