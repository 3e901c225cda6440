// The three text formats with all that people write by hand, through the real sops, old and new: what it encrypts we
// open to the bytes it prints, and what we encrypt it prints as we do.
import * as fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { rotate } from "../../agent/sops/rotate.ts"
import { sealTree } from "../../agent/sops/seal.ts"
import { ageTarget } from "../../agent/sops/target.ts"
import type { Target } from "../../agent/sops/target.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { releases, Sandbox } from "./sops-program.ts"
import type { Release } from "./sops-program.ts"

const { secret, recipient } = generateIdentity()
const keyring = { identities: [parseIdentity(secret)] }
const at = new Date("2026-07-08T09:10:11Z")
const runs = { numRuns: 40 }
let sandbox: Sandbox

beforeAll(() => {
    sandbox = new Sandbox()
})
afterAll(() => {
    sandbox.remove()
})

type TextFormat = "yaml" | "dotenv" | "ini"

function target(): Target {
    const parsed = parseRecipient(recipient)
    if (parsed.kind === "unresolved plugin") throw new Error("not a native recipient")
    return ageTarget(parsed)
}

async function opened(bytes: Buffer, format: TextFormat): Promise<string> {
    const document = await parseDocument(bytes, format)
    return openDocument(document, await unlock(document, keyring))
        .whole()
        .toString()
}

/** sops 3.13.2 refuses its own encrypted comments in lists for their MAC; what it prints is right. */
async function printed(bytes: Buffer, format: TextFormat, args: readonly string[] = []): Promise<string> {
    return (await sandbox.sops("sops", ["decrypt", ...args], bytes, { format, secret })).toString()
}

const word = fc.stringMatching(/^[a-z][a-z0-9 ]{0,8}[a-z]$/)

interface Remark {
    readonly text: string
    readonly shift: number
    readonly empty: boolean
}

type Node =
    | { readonly kind: "scalar"; readonly text: string; readonly rest: string | null }
    | {
          readonly kind: "lines"
          readonly header: string
          readonly lines: readonly string[]
          readonly rest: string | null
      }
    | { readonly kind: "mapping" | "list"; readonly entries: readonly Entry[]; readonly step: number }

interface Entry {
    readonly above: readonly Remark[]
    readonly node: Node
}

const remark = fc.record({
    // Never empty: sops takes an empty comment in a list for an element.
    text: fc.oneof(
        word.map((text) => ` ${text}`),
        word,
    ),
    // Mostly where it belongs.
    shift: fc.constantFrom(0, 0, 0, 0, 2, 4, -2),
    empty: fc.boolean(),
})

const scalarText = fc.oneof(
    word,
    word.map((text) => `'${text}: ''#'`),
    fc.string({ unit: "grapheme", maxLength: 10 }).map((text) => JSON.stringify(text).replaceAll("\x7f", "")),
    fc.constantFrom(
        "1",
        "-0x1F",
        "0o17",
        "1_000",
        "1.5",
        "1e3",
        "-0.5",
        ".inf",
        "true",
        "null",
        "~",
        "",
        "yes",
        "2020-01-02",
        "2020-01-02T03:04:05+02:00",
        "'1'",
        "!!str 1",
        "!!float 3",
        "!!binary aGk=",
        "&anchor x",
        "[]",
        "{}",
        "''",
    ),
    fc.tuple(word, word).map(([one, two]) => `[${one}, '${two}', {a: 1, "b": [${two}]}]`),
    fc.tuple(word, word).map(([one, two]) => `{${one}: [${two}], c: {d: ${one}}}`),
)

const { mapping } = fc.letrec<{ node: Node; mapping: Node; list: Node; entry: Entry }>((tie) => ({
    node: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.record({
            kind: fc.constant("scalar" as const),
            text: scalarText,
            rest: fc.option(word, { freq: 4 }),
        }),
        fc.record({
            kind: fc.constant("lines" as const),
            header: fc.constantFrom("|", "|-", "|+", ">", ">-"),
            lines: fc.array(
                fc.oneof(
                    word,
                    word.map((text) => ` ${text}`),
                    fc.constant(""),
                ),
                { maxLength: 3 },
            ),
            rest: fc.option(word, { freq: 5 }),
        }),
        tie("mapping"),
        tie("list"),
    ),
    entry: fc.record({ above: fc.array(remark, { maxLength: 2, size: "small" }), node: tie("node") }),
    mapping: fc.record({
        kind: fc.constant("mapping" as const),
        entries: fc.array(tie("entry"), { minLength: 1, maxLength: 4 }),
        step: fc.constantFrom(1, 2, 4),
    }),
    list: fc.record({
        kind: fc.constant("list" as const),
        entries: fc.array(tie("entry"), { minLength: 1, maxLength: 3 }),
        step: fc.constantFrom(0, 2, 4),
    }),
}))

function yamlLines(node: Node, indent: number): string[] {
    if (node.kind === "scalar" || node.kind === "lines") return []
    const start = " ".repeat(indent)
    return node.entries.flatMap(({ above, node: child }, index) => {
        const head = node.kind === "list" ? `${start}-` : `${start}k${index}:`
        const remarks = above.flatMap(({ text, shift, empty }) => [
            `${" ".repeat(Math.max(0, indent + shift))}#${text}`,
            ...(empty ? [""] : []),
        ])
        return [...remarks, ...yamlEntry(head, child, indent, node.kind === "list")]
    })
}

function yamlEntry(head: string, node: Node, indent: number, inList: boolean): string[] {
    const rest = (text: string | null): string => (text === null ? "" : ` # ${text}`)
    if (node.kind === "scalar") return [`${head} ${node.text}${rest(node.rest)}`]
    if (node.kind === "lines") {
        // What starts with a space or an empty line sops prints so that nobody can read it in a list.
        const lines = ["x", ...node.lines].map((line) =>
            line === "" ? "" : `${" ".repeat(indent + 2)}${line}`,
        )
        return [`${head} ${node.header}${rest(node.rest)}`, ...lines]
    }
    const step = inList || node.kind === "mapping" ? Math.max(2, node.step) : node.step
    return [head, ...yamlLines(node, indent + step)]
}

const yamlDocument = mapping.map((node) => `${yamlLines(node, 0).join("\n")}\n`)
const yamlStream = fc
    .array(yamlDocument, { minLength: 1, maxLength: 2 })
    .map((documents) => documents.join("---\n"))

const dotenvFile = fc
    .array(
        fc.oneof(
            fc
                .tuple(word, fc.string({ unit: "grapheme", maxLength: 12 }))
                .map(([key, value]) => `${key.toUpperCase()}=${value.replaceAll(/[\n\0]/g, "\\n")}`),
            word.map((text) => `# ${text}`),
            fc.constant(""),
        ),
        { minLength: 1, maxLength: 6 },
    )
    .map((lines) => `A=b\n${lines.join("\n")}\n`)

const iniValue = fc.oneof(
    word,
    word.map((text) => `'${text}'`),
    word.map((text) => `\`${text};#\``),
    word.map((text) => `"""${text}\n  ${text}"""`),
    word.map((text) => `${text} ; ${text}`),
    word.map((text) => `${text}\\\n  ${text}`),
    fc.constant(""),
)
const iniFile = fc
    .array(
        fc.tuple(
            word,
            fc.option(word, { freq: 3 }),
            fc.uniqueArray(fc.tuple(word, iniValue, fc.option(word, { freq: 3 })), {
                maxLength: 4,
                selector: ([key]) => key,
            }),
        ),
        { minLength: 1, maxLength: 3 },
    )
    .map((sections) =>
        sections
            .map(([name, above, keys]) => {
                const lines = keys.map(
                    ([key, value, comment]) =>
                        `${comment === null ? "" : `# ${comment}\n`}${key} = ${value}\n`,
                )
                return `${above === null ? "" : `; ${above}\n`}[${name}]\n${lines.join("")}`
            })
            .join("\n"),
    )

/** sops 3.9.4 knows no times, and merges sections of one name. */
function isFor(release: Release, source: string): boolean {
    if (release === "sops") return true
    const names = [...source.matchAll(/^\[(.*)\]$/gm)].map(([name]) => name)
    return !/2020-01/.test(source) && new Set(names).size === names.length
}

const sources = { yaml: yamlStream, dotenv: dotenvFile, ini: iniFile }

describe.each(releases)("%s", (release) => {
    test.each(["yaml", "dotenv", "ini"] as const)(
        "encrypts %s that we open to the bytes that sops prints",
        async (format) => {
            await fc.assert(
                fc.asyncProperty(sources[format], async (source) => {
                    fc.pre(isFor(release, source))
                    const written = await sandbox.encrypt(release, Buffer.from(source), format, [
                        "--age",
                        recipient,
                    ])
                    const expected = await printed(written, format, ["--ignore-mac"])
                    expect(await opened(written, format)).toBe(expected)

                    // With new keys and every ciphertext new, and comments where 3.13.2 can read them.
                    const document = await parseDocument(written, format)
                    const fresh = await rotate(document, await unlock(document, keyring), [target()], at)
                    expect(await opened(fresh, format)).toBe(await printed(fresh, format))
                }),
                runs,
            )
        },
    )

    test.each(["yaml", "dotenv", "ini"] as const)(
        "prints the %s that we encrypt as we do",
        async (format) => {
            await fc.assert(
                fc.asyncProperty(sources[format], async (source) => {
                    fc.pre(isFor(release, source))
                    const sealed = await sealTree(Buffer.from(source), format, [target()], { at })
                    const ours = await opened(sealed, format)
                    const theirs = await sandbox.decrypt(release, sealed, format, secret)
                    expect(ours).toBe(theirs.toString())
                }),
                runs,
            )
        },
    )
})
