// What random commands ought to do under a `.sops.yaml`, said in the simplest way: three rules are sets of names, and every
// file belongs to the first that is for it. Nothing here is shared with the program.

import * as fc from "fast-check"

export type Names = ReadonlySet<string>
/** The rules in their order, who has a name, and the values of each file with those who could read them once. */
export interface Expected {
    readonly names: Names
    readonly rules: Readonly<Record<string, Names>>
    readonly files: ReadonlyMap<string, Readonly<Record<string, Value>>>
}
interface Value {
    readonly text: string
    readonly owed: Names
}

/** A command, of hostseal or of sops. `ALICE` and so on stand for public keys. */
export interface Step {
    readonly words: readonly string[]
    readonly stdin?: string
    /** The next state; undefined where the command is to refuse. */
    readonly next: (state: Expected) => Expected | undefined
}

export const people = ["alice", "bob", "carol"] as const
export const hosts = ["host_web", "host_db"] as const
export const everybody: readonly string[] = [...people, ...hosts]
export const patterns = ["^web/", "^shared/.*\\.json$", ""] as const
const files = ["web/a.yaml", "web/b.json", "shared/c.json", "d.yaml"] as const
const keys = ["a", "b"] as const

export const atFirst: Expected = {
    names: new Set(["alice", "bob", "host_web"]),
    rules: {
        "^web/": new Set(["alice", "host_web"]),
        "^shared/.*\\.json$": new Set(["alice", "bob"]),
        "": new Set(["alice"]),
    },
    files: new Map([
        ["web/a.yaml", { a: value("one"), b: value("two") }],
        ["shared/c.json", { a: value("three"), b: value("four") }],
    ]),
}

function value(text: string): Value {
    return { text: `CANARY ${text}`, owed: new Set() }
}

/** The rule for a file. */
export function ruleOf(path: string): string {
    return patterns.find((pattern) => new RegExp(pattern, "u").test(path)) ?? ""
}

/** Who is to open a file. */
export function readers({ rules }: Expected, path: string): Names {
    return rules[ruleOf(path)] ?? new Set()
}

function withRules(state: Expected, change: (names: Names, pattern: string) => Names): Expected | undefined {
    const rules = Object.fromEntries(
        Object.entries(state.rules).map(([pattern, names]) => [pattern, change(names, pattern)]),
    )
    // Alice gives all commands, and cannot lock herself out; nobody can be taken from a rule that would be empty.
    const isLost = [...state.files.keys()].some(
        (path) => readers(state, path).has("alice") && rules[ruleOf(path)]?.has("alice") !== true,
    )
    if (isLost || Object.values(rules).some((names) => names.size === 0)) return undefined
    const next = new Map(
        [...state.files].map(([path, values]) => {
            const [was, is] = [readers(state, path), rules[ruleOf(path)] ?? new Set()]
            return [
                path,
                mapped(values, ({ text, owed }) => ({
                    text,
                    owed: was.difference(is).union(owed).difference(is),
                })),
            ]
        }),
    )
    return { ...state, rules, files: next }
}

function mapped(
    values: Readonly<Record<string, Value>>,
    change: (value: Value) => Value,
): Readonly<Record<string, Value>> {
    return Object.fromEntries(Object.entries(values).map(([key, each]) => [key, change(each)]))
}

function set(state: Expected, path: string, key: string, text: string, makes: boolean): Expected | undefined {
    const old = state.files.get(path)
    if (old === undefined && !makes) return undefined
    if (!readers(state, path).has("alice")) return undefined
    return {
        ...state,
        files: new Map([...state.files, [path, { ...old, [key]: { text, owed: new Set() } }]]),
    }
}

const name = fc.constantFrom(...everybody)
const file = fc.constantFrom(...files)
const key = fc.constantFrom(...keys)
const kindOf = (who: string): string => (who.startsWith("host_") ? "machines" : "users")
const publicKey = (who: string): string => who.toUpperCase()
const without = (names: Names, gone: string): Names => names.difference(new Set([gone]))
const plus = (names: Names, more: string): Names => new Set([...names, more])

/** A step of anybody. */
export const step: fc.Arbitrary<Step> = fc
    .oneof(
        fc.tuple(name, fc.option(name, { nil: undefined })).map(([who, like]): Step => ({
            words: [
                kindOf(who),
                "add",
                who,
                publicKey(who),
                "--yes",
                ...(like === undefined ? [] : [`--like=${like}`]),
            ],
            next: (state) => {
                if (state.names.has(who) || (like !== undefined && !state.names.has(like))) return undefined
                const known = { ...state, names: plus(state.names, who) }
                return like === undefined
                    ? known
                    : withRules(known, (names) => (names.has(like) ? plus(names, who) : names))
            },
        })),
        name.map((who): Step => ({
            words: [kindOf(who), "remove", who],
            next: (state) =>
                state.names.has(who)
                    ? withRules({ ...state, names: without(state.names, who) }, (names) =>
                          without(names, who),
                      )
                    : undefined,
        })),
        fc.tuple(name, file, fc.boolean()).map(([who, path, adds]): Step => ({
            words: [kindOf(who), adds ? "add-secret" : "remove-secret", who, path, "--yes"],
            next: (state) => {
                if (!state.names.has(who) || !state.files.has(path)) return undefined
                if (!adds && !readers(state, path).has(who)) return undefined
                return withRules(state, (names, pattern) =>
                    pattern !== ruleOf(path) ? names : adds ? plus(names, who) : without(names, who),
                )
            },
        })),
        fc.tuple(file, key, fc.nat(99)).map(([path, at, number]): Step => ({
            words: ["set", path, at],
            stdin: `CANARY ${number}`,
            next: (state) => set(state, path, at, `CANARY ${number}`, true),
        })),
        file.map((path): Step => ({
            words: ["remove", path],
            next: (state) =>
                state.files.has(path)
                    ? { ...state, files: new Map([...state.files].filter(([other]) => other !== path)) }
                    : undefined,
        })),
        fc.constant<Step>({ words: ["key", "update"], next: (state) => state }),
        fc.tuple(file, key, fc.nat(99)).map(([path, at, number]): Step => ({
            words: ["sops", "set", path, `["${at}"]`, JSON.stringify(`CANARY ${number}`)],
            next: (state) => set(state, path, at, `CANARY ${number}`, false),
        })),
        fc.tuple(file, fc.nat(99)).map(([path, number]): Step => ({
            words: ["sops", "edit", path, `CANARY edited ${number}`],
            next: (state) =>
                state.files.get(path)?.["a"] === undefined
                    ? undefined
                    : set(state, path, "a", `CANARY edited ${number}`, false),
        })),
        fc.tuple(fc.constantFrom("rotate", "updatekeys"), file).map(([how, path]): Step => ({
            words: ["sops", how, how === "rotate" ? "-i" : "-y", path],
            next: (state) => (state.files.has(path) ? state : undefined),
        })),
    )
    .map((each) => ({ ...each, [fc.toStringMethod]: () => each.words.join(" ") }))
