// The admin program on a large clan repository, against Node itself and against the real sops. sops is started once
// for each secret, as clan does; it is timed on a sample and multiplied.

import { execFileSync } from "node:child_process"
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { env, execPath } from "node:process"
import { generateIdentity } from "../../agent/age/identity.ts"
import { seal } from "../host.ts"
import { type Command, type Figure, compare, median, time } from "./measure.ts"

export interface CliBench {
    /** An empty directory that it may fill. */
    readonly directory: string
    readonly program: string
    /** Divides the amounts of work; 1 for real figures. */
    readonly scale: number
    readonly rounds: number
}

/** How many processes of sops stand for all, in each round. */
const sample = 8

export interface Person {
    readonly name: string
    readonly secret: string
    readonly recipient: string
}

export async function* cliFigures(bench: CliBench): AsyncGenerator<Figure> {
    const people = Array.from({ length: 11 }, (_, index) => {
        const { secret, recipient } = generateIdentity()
        return { name: `user${String(index).padStart(2, "0")}`, secret, recipient }
    })
    yield* large(bench, people.slice(0, 1))
    yield* shared(bench, people)
}

/** What only reads: 10,000 secrets of one user. */
async function* large(bench: CliBench, people: readonly Person[]): AsyncGenerator<Figure> {
    const repository = join(bench.directory, "large")
    await writeRepository(repository, people, people, Math.round(10_000 / bench.scale))
    const empty = join(bench.directory, "nothing.cjs")
    writeFileSync(empty, "")
    const list = hostseal(bench, repository, people[0], "list")
    const [listed, nothing] = compare(list, { argv: [execPath, empty] }, bench.rounds * 5)
    yield {
        work: "list, 10,000 secrets",
        ours: listed,
        other: nothing,
        against: "an empty script",
        bar: { atMost: 3 },
    }

    const reader = join(bench.directory, "read.cjs")
    writeFileSync(reader, readAll(repository))
    const verify = hostseal(bench, repository, people[0], "verify")
    const [verified, read] = compare(verify, { argv: [execPath, reader] }, bench.rounds * 4)
    yield {
        work: "verify, 10,000 secrets",
        ours: verified,
        other: read,
        against: "reading the files and links",
        bar: { atMost: 2 },
    }
}

/** What changes 1,000 secrets with 10 recipients each. */
async function* shared(bench: CliBench, people: readonly Person[]): AsyncGenerator<Figure> {
    const secrets = Math.round(1_000 / bench.scale)
    const [first, ...rest] = people
    const members = people.slice(0, 10)
    const [last, newcomer] = [members.at(-1), rest.at(-1)]
    if (first === undefined || last === undefined || newcomer === undefined) throw new Error("too few people")
    const before = join(bench.directory, "before")
    await writeRepository(before, people, members, secrets)
    const fresh = (): string => {
        const copy = join(bench.directory, `copy-${process.hrtime.bigint()}`)
        cpSync(before, copy, { recursive: true, verbatimSymlinks: true })
        // Git would take every copied file for a changed one, until it has looked.
        execFileSync("git", ["-C", copy, "status"], { stdio: "ignore" })
        settle()
        return copy
    }
    const processes = { few: 0, many: 0 }
    const recipients = [...members, newcomer].map(({ recipient }) => recipient).join(",")
    const [added, updated] = inTurns(
        bench,
        () => time(hostseal(bench, fresh(), first, "groups", "add-user", "team", newcomer.name)),
        () =>
            sops(bench, fresh(), first, secrets, (file, repository) => {
                const rules = `creation_rules:\n  - age: ${recipients}\n`
                writeFileSync(join(repository, ".sops.yaml"), rules)
                return ["--config", join(repository, ".sops.yaml"), "updatekeys", "--yes", file]
            }),
    )
    const groups = "groups add-user, 1,000 secrets of 10 recipients"
    yield {
        work: groups,
        ours: added,
        other: updated,
        against: "sops updatekeys for each",
        bar: { faster: 20 },
    }

    const [removed, rotated] = inTurns(
        bench,
        () => time(hostseal(bench, fresh(), first, "users", "remove", "--yes", last.name)),
        () =>
            sops(bench, fresh(), first, secrets, (file) => [
                "rotate",
                "--rm-age",
                last.recipient,
                "-i",
                file,
            ]),
    )
    const users = "users remove, 1,000 secrets of 10 recipients"
    yield { work: users, ours: removed, other: rotated, against: "sops rotate for each", bar: { faster: 8 } }

    processes.many = gitProcesses(bench, fresh(), first, newcomer)
    const small = join(bench.directory, "small")
    // From 100 files on, one more process hands git all objects at once: the number is constant, not the same.
    await writeRepository(small, people, members, Math.round(150 / bench.scale))
    processes.few = gitProcesses(bench, small, first, newcomer)
    const git = "groups add-user: processes of git, 1,000 secrets"
    yield {
        work: git,
        ours: processes.many,
        other: processes.few,
        against: "150 secrets",
        bar: { atMost: 1 },
    }
}

export function hostseal(
    bench: CliBench,
    cwd: string,
    person: Person | undefined,
    ...args: readonly string[]
): Command {
    const variables = { ...env, SOPS_AGE_KEY: person?.secret ?? "", HOME: bench.directory }
    return { argv: [execPath, bench.program, ...args], options: { cwd, env: variables } }
}

/** What is timed may wait for the disk, and has a processor less while it writes; what was made before is not its business. */
export function settle(): void {
    execFileSync("sync")
}

/** Medians of two times that are taken one after the other, so that both meet the same noise. */
function inTurns(bench: CliBench, ours: () => number, theirs: () => number): [number, number] {
    const times: [number[], number[]] = [[], []]
    for (let round = 0; round < bench.rounds * 2; round += 1) {
        times[0].push(ours())
        times[1].push(theirs())
    }
    return [median(times[0]), median(times[1])]
}

/** The time of one process of sops for each secret, from a sample. */
function sops(
    bench: CliBench,
    repository: string,
    person: Person,
    secrets: number,
    argsFor: (file: string, repository: string) => readonly string[],
): number {
    const variables = { ...env, SOPS_AGE_KEY: person.secret, HOME: bench.directory }
    const measured = Math.min(sample, secrets)
    const times = Array.from({ length: measured }, (_, index) => {
        const file = join(repository, "sops", "secrets", nameOf(index), "secret")
        return time({
            argv: ["sops", ...argsFor(file, repository)],
            options: { cwd: repository, env: variables },
        })
    })
    return median(times) * secrets
}

/** How often one command starts git: a program of that name, first on PATH, counts and hands on. */
function gitProcesses(bench: CliBench, repository: string, person: Person, newcomer: Person): number {
    const counter = join(bench.directory, `counter-${process.hrtime.bigint()}`)
    mkdirSync(counter)
    const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim()
    const log = join(counter, "log")
    writeFileSync(log, "")
    writeFileSync(join(counter, "git"), `#!/bin/sh\necho . >> '${log}'\nexec '${real}' "$@"\n`)
    chmodSync(join(counter, "git"), 0o755)
    const { argv, options } = hostseal(bench, repository, person, "groups", "add-user", "team", newcomer.name)
    const variables = { ...options?.env, PATH: `${counter}:${env["PATH"]}` }
    time({ argv, options: { ...options, env: variables } })
    return readFileSync(log, "utf8").split("\n").length - 1
}

/** A repository in clan's layout: everybody is a user, the members are the group `team`, which reads every secret. */
export async function writeRepository(
    repository: string,
    people: readonly Person[],
    members: readonly Person[],
    secrets: number,
): Promise<void> {
    const sopsDirectory = join(repository, "sops")
    for (const { name, recipient } of people) {
        mkdirSync(join(sopsDirectory, "users", name), { recursive: true })
        const key = [{ publickey: recipient, type: "age" }]
        writeFileSync(join(sopsDirectory, "users", name, "key.json"), JSON.stringify(key, undefined, 2))
    }
    mkdirSync(join(sopsDirectory, "groups", "team", "users"), { recursive: true })
    for (const { name } of members)
        symlinkSync(`../../../users/${name}`, join(sopsDirectory, "groups", "team", "users", name))
    const recipients = members.map(({ recipient }) => recipient)
    for (let index = 0; index < secrets; index += 1) {
        const secret = join(sopsDirectory, "secrets", nameOf(index))
        mkdirSync(join(secret, "groups"), { recursive: true })
        symlinkSync("../../../groups/team", join(secret, "groups", "team"))
        writeFileSync(join(secret, "secret"), await seal(`CANARY ${index}`, "binary", ...recipients))
    }
    writeFileSync(join(repository, "flake.nix"), "{ outputs = _: { }; }\n")
    const git = (...args: readonly string[]): void => {
        const identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        execFileSync("git", ["-C", repository, ...identity, ...args], { stdio: "ignore" })
    }
    git("init", "--initial-branch=main")
    git("config", "user.name", "bench")
    git("config", "user.email", "bench@localhost")
    // Packed, as everybody has it who cloned it; and now, not at some time while something else is measured.
    git("config", "gc.auto", "0")
    git("add", "--all")
    git("commit", "--message", "everything")
    git("gc")
    settle()
}

function nameOf(index: number): string {
    return `secret-${String(index).padStart(5, "0")}`
}

/** A script that reads all files of a repository's secrets, as plainly as Node can. */
function readAll(repository: string): string {
    const secrets = JSON.stringify(join(repository, "sops", "secrets"))
    return `const { readdirSync, readFileSync, readlinkSync } = require("node:fs")
for (const name of readdirSync(${secrets})) {
    const folder = ${secrets} + "/" + name
    for (const entry of readdirSync(folder)) {
        if (entry === "secret") readFileSync(folder + "/" + entry)
        else for (const link of readdirSync(folder + "/" + entry)) readlinkSync(folder + "/" + entry + "/" + link)
    }
}
`
}
