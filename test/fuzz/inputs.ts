// What is mutated: good inputs of every parser, and how a mutant is made of one.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { encodeArmor } from "../../agent/age/armor.ts"
import { sealAge } from "../../agent/age/file.ts"
import { generateHybridIdentity, generateIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { allVectors } from "../age/cctv.ts"

/** Good inputs by the parser that reads them. */
export type Corpus = ReadonlyMap<string, readonly Buffer[]>

const vectors = join(import.meta.dirname, "../sops/vectors/enc")

/** The corpus; the same at every call but for keys, which are made anew. */
export async function corpus(): Promise<Corpus> {
    const classic = generateIdentity()
    const hybrid = generateHybridIdentity()
    const files = readdirSync(vectors)
        .filter((name) => !name.endsWith(".dec"))
        .map((name): [string, Buffer] => [parserOf(name), readFileSync(join(vectors, name))])
    const byFormat = Map.groupBy(files, ([parser]) => parser)
    const recipient = parseRecipient(classic.recipient)
    if (recipient.kind === "unresolved plugin") throw new Error("this recipient is native")
    const age = allVectors()
        .map(({ file }) => file)
        .filter(({ length }) => length <= largest)
    const armored = await sealAge(Buffer.from("CANARY"), [recipient], "armor")
    const ssh = join(import.meta.dirname, "../age/vectors/agessh")
    const keys = ["ed1", "rsa"].map((name) => readFileSync(join(ssh, name)))
    const lines = ["ed1.pub", "rsa.pub"].map((name) => readFileSync(join(ssh, name)))
    return new Map([
        ...[...byFormat].map(([name, list]): [string, Buffer[]] => [name, list.map(([, file]) => file)]),
        ["age", [...age, armored, ...age.slice(0, 20).map((file) => encodeArmor(file))]],
        ["identities", [Buffer.from(`# a\n${classic.secret}\n${hybrid.secret}\n`)]],
        ["recipient", [classic.recipient, hybrid.recipient].map((text) => Buffer.from(text))],
        ["ssh", keys],
        ["ssh line", lines],
        ["pattern", patterns.map((text) => Buffer.from(text))],
        [
            "enc",
            [Buffer.from("ENC[AES256_GCM,data:Q0FOQVJZ,iv:Q0FOQVJZ,tag:Q0FOQVJZQ0FOQVJZQ0FOQQ==,type:str]")],
        ],
        [
            "pgp",
            [
                Buffer.from(
                    "-----BEGIN PGP MESSAGE-----\n\nhF4DAAAA0hIBAA==\n=AAAA\n-----END PGP MESSAGE-----\n",
                ),
            ],
        ],
        ["key.json", [Buffer.from(JSON.stringify([{ publickey: classic.recipient, type: "age" }]))]],
        ["rules", [Buffer.from(`creation_rules:\n  - path_regex: s/.*\n    age: ${classic.recipient}\n`)]],
    ])
}

const patterns = ["^(data|stringData)$", "(?i)pass|tok.n", "[a-z]{2,5}x*", "((a|b)*c){1,3}$", "\\pL+\\b\\x41"]

function parserOf(name: string): string {
    const end = /\.(yaml|json|env|ini)$/u.exec(name)?.[1]
    return end === undefined ? "binary" : end === "env" ? "dotenv" : end
}

/** A generator of numbers that gives the same ones for the same seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
    let state = seed >>> 0
    return (below) => {
        state = (state + 0x6d2b79f5) >>> 0
        let mixed = Math.imul(state ^ (state >>> 15), state | 1)
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
        return ((mixed ^ (mixed >>> 14)) >>> 0) % below
    }
}

const tokens = [
    ..."{}[]\",:'\\\n\r\t #&*!|>-=;%@`~?".split(""),
    "\n---\n",
    "ENC[AES256_GCM,data:",
    ",type:str]",
    "sops",
    "__map_",
    "__list_0",
    "-> X25519 ",
    "-----BEGIN AGE ENCRYPTED FILE-----\n",
    "\0",
    "\xff",
    "\xef\xbb\xbf",
    "null",
    "1e999",
    "-9223372036854775808",
    "<<: *a",
    "&a ",
    "(x*)*",
    "{1000}",
    "\ud83d\ude00",
    "=",
].map((text) => Buffer.from(text, "latin1"))

/** Bytes of a mutant. */
const largest = 262_144

/** One to eight changes: bytes, tokens, cuts, repetitions, and pieces of another input of the same parser. */
export function mutant(inputs: readonly Buffer[], random: (below: number) => number): Buffer {
    const pick = <T>(list: readonly T[]): T | undefined => list[random(list.length)]
    let bytes = Buffer.from(pick(inputs) ?? "")
    for (let changes = 1 + random(8); changes > 0; changes--) {
        const at = random(bytes.length + 1)
        const length = random(2) === 0 ? random(8) : random(bytes.length - at + 1)
        const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
        const cut = bytes.subarray(Math.min(bytes.length, at + length))
        const other = pick(inputs) ?? bytes
        const from = random(other.length + 1)
        const piece = bytes.subarray(at, at + length)
        const times = Math.min(
            1 + random(random(50) === 0 ? 2000 : 5),
            Math.floor(largest / Math.max(1, piece.length)),
        )
        const parts = [
            () => [before, Buffer.of(random(256)), after.subarray(1)],
            () => [before, pick(tokens) ?? after, after],
            () => [before, cut],
            () => [before, ...Array.from({ length: times }, () => piece), after],
            () => [before, other.subarray(from, from + random(200)), cut],
            () => [before],
        ]
        bytes = Buffer.concat(pick(parts.slice(0, random(20) === 0 ? 6 : 5))?.() ?? [bytes])
        if (bytes.length > largest) bytes = bytes.subarray(0, largest)
    }
    return bytes
}
