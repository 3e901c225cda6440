import { visibleName } from "../../../error.ts"
import { grantEach, addSecrets } from "../../../repo/edits.ts"
import type { GranteeKind, Grantees } from "../../../repo/edits.ts"
import { mayRead } from "../../../repo/access.ts"
import { place, titleOf } from "../../../repo/generators/placed.ts"
import type { Placed } from "../../../repo/generators/placed.ts"
import { withoutWaiting } from "../../../repo/generators/waiting.ts"
import { workOf } from "../../../repo/generators/work.ts"
import type { Why, Work } from "../../../repo/generators/work.ts"
import type { Repo } from "../../../repo/repo.ts"
import { note, printJson, warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { quantity } from "../../quantity.ts"
import { mutate } from "../../change/mutation.ts"
import { withCaller } from "../../change/own-access.ts"
import type { Write } from "../../change/staging.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { collectAnswers, parseAnswers } from "../../generate/answers.ts"
import { makeAll } from "../../generate/make.ts"
import { parseManifest } from "../../generate/manifest.ts"
import { readFacts, stateFiles } from "../../generate/state-file.ts"
import { noSuchSecret, openSecret } from "../../keys/open-secret.ts"
import { needsClan } from "../../repository/layout.ts"
import { publicValue, valueFileOf } from "../../repository/public-var.ts"
import { loadWorktree } from "../../repository/worktree.ts"
import { readGiven } from "../../terminal/given-file.ts"

interface Input {
    readonly machine: readonly string[]
    readonly only: readonly string[]
    readonly manifest: string | undefined
    readonly answers: string | undefined
}

const largest = 64 * 1024 * 1024

/** Makes the values that are missing or out of date: all of them in one commit, or none. */
export async function generate(input: Input, context: Context): Promise<void> {
    const { manifest } = input
    if (manifest === undefined)
        throw new Failure("usage", "--manifest FILE is missing: it says what to generate")
    if (manifest === "-" && input.answers === "-")
        throw new Failure("usage", "--manifest and --answers cannot both be standard input")
    const flake = flakeDirectory(context)
    needsClan(flake, context)
    const { declared, unevaluated, exports } = parseManifest(
        (await readGiven(manifest, largest, context)).toString("utf8"),
    )
    const all = place(withoutWaiting(declared, unevaluated))
    for (const { machine, name } of unevaluated)
        warn(
            context,
            `generator "${visibleName(name)}" of ${visibleName(machine)} could not be evaluated, and waits`,
        )
    for (const key of exports) note(context, `what export "${visibleName(key)}" declares is not generated`)
    const choice = { machines: input.machine, only: input.only }
    const facts = readFacts(flake, all)
    const { work, byHand } = workOf(all, facts, choice)
    const { repo } = loadWorktree(flake)
    // Readers who do not exist are told before anything is asked.
    withReaders(repo, secretsOf(work))
    if (context.flags.dryRun) return printWork(work, byHand, context)
    for (const path of byHand) note(context, `${path} has no value: hostseal set ${path}`)
    for (const { kind, name, path } of unread(repo, all))
        warn(
            context,
            `${kind} ${name} is declared to read ${path} and cannot: hostseal ${kind}s add-secret ${name} ${path}`,
        )
    if (work.length === 0) {
        note(context, "nothing to generate: every value is there")
        if (context.flags.json) printJson(context, { dryRun: false, generate: [], byHand })
        return
    }

    const given =
        input.answers === undefined
            ? new Map<string, Buffer>()
            : parseAnswers((await readGiven(input.answers, largest, context)).toString("utf8"), all)
    const answers = await collectAnswers(work, given, context)
    const open = async (path: string): Promise<Buffer> => {
        const value = (await openSecret(flake, path, context)) ?? publicValue(flake, path)
        if (value === undefined) throw await noSuchSecret(flake, path, context)
        return value
    }
    const made = await makeAll(all, work, { answers, open })
    const secrets = secretsOf(work)
    const files = [...made].flatMap(([path, bytes]): readonly Write[] =>
        secrets.has(path) ? [] : [{ kind: "bytes", path: valueFileOf(path), bytes }],
    )
    await mutate(context, {
        message: messageOf(work),
        values: new Map([...made].filter(([path]) => secrets.has(path))),
        files: [...files, ...stateFiles(work, facts, context.now())],
        edit: async (tree) => {
            const now = workOf(all, readFacts(flake, all), choice)
            if (JSON.stringify(summary(now.work)) !== JSON.stringify(summary(work)))
                throw new Failure("conflict", "nothing was changed: somebody changed the values meanwhile", {
                    hint: "run it again",
                })
            // A declaration lets nobody read what is there: somebody may have taken it from them.
            const fresh = new Map([...secrets].filter(([path]) => !tree.sealed.has(path)))
            const next = await withCaller(withReaders(tree.repo, fresh), [...fresh.keys()], context)
            return { repo: next, named: { grants: fresh } }
        },
    })
    for (const value of [...made.values(), ...answers.values()]) value.fill(0)
}

/** The secrets that are made, with those who are declared to read them. */
function secretsOf(work: readonly Work[]): ReadonlyMap<string, Grantees> {
    return new Map(
        work.flatMap(({ placed: { folder, generator, machines }, files }) =>
            files.flatMap((name) => {
                const file = generator.files.get(name)
                if (file?.secret !== true) return []
                return [
                    [
                        `${folder}/${name}`,
                        { ...generator.readers, machines: file.deploy ? machines : [] },
                    ] as const,
                ]
            }),
        ),
    )
}

function withReaders(repo: Repo, secrets: ReadonlyMap<string, Grantees>): Repo {
    return grantEach(addSecrets(repo, [...secrets.keys()]), secrets)
}

/** Those who are declared to read a secret that is there, and cannot: they came later, or it was taken from them. */
function unread(
    repo: Repo,
    all: readonly Placed[],
): readonly { readonly kind: GranteeKind; readonly name: string; readonly path: string }[] {
    return all.flatMap(({ folder, generator, machines }) =>
        [...generator.files].flatMap(([file, { secret, deploy }]) => {
            const path = `${folder}/${file}`
            const grants = repo.secrets.get(path)
            if (!secret || grants === undefined) return []
            const reads = (kind: "user" | "machine", name: string) => mayRead(repo, grants, { kind, name })
            const { users, groups } = generator.readers
            return [
                ...users
                    .filter((name) => !reads("user", name))
                    .map((name) => ({ kind: "user", name, path }) as const),
                ...groups
                    .filter((name) => !grants.groups.has(name))
                    .map((name) => ({ kind: "group", name, path }) as const),
                ...(deploy ? machines : [])
                    .filter((name) => !reads("machine", name))
                    .map((name) => ({ kind: "machine", name, path }) as const),
            ]
        }),
    )
}

function messageOf(work: readonly Work[]): string {
    const count = work.reduce((sum, { files }) => sum + files.length, 0)
    const titles = work.map(({ placed }) => titleOf(placed))
    const more = titles.length > 3 ? ` and ${titles.length - 3} more` : ""
    return `vars: generate ${quantity(count, "value")} (${titles.slice(0, 3).join("; ")}${more})`
}

function summary(work: readonly Work[]) {
    return work.map(({ placed, why, files }) => ({ folder: placed.folder, why, files }))
}

function printWork(work: readonly Work[], byHand: readonly string[], context: Context): void {
    const secrets = secretsOf(work)
    if (context.flags.json) {
        const readers = Object.fromEntries(
            [...secrets].map(([path, { users = [], groups = [], machines = [] }]) => [
                path,
                { users: [...users], groups: [...groups], machines: [...machines] },
            ]),
        )
        return printJson(context, { dryRun: true, generate: summary(work), readers, byHand })
    }
    const lines = work.flatMap(({ placed, why, files }) => [
        `${titleOf(placed)}: ${why.map(reason).join(", ")}`,
        ...files.map(
            (file) => `  ${placed.folder}/${file}${readersOf(secrets.get(`${placed.folder}/${file}`))}`,
        ),
    ])
    const hand = byHand.map((path) => `${path}: by hand, hostseal set ${path}`)
    context.out(
        lines.length + hand.length === 0
            ? "nothing to do\n"
            : [...lines, ...hand].map((line) => `${line}\n`).join(""),
    )
}

function reason(why: Why): string {
    switch (why.kind) {
        case "missing":
            return `${why.files.join(", ")} missing`
        case "validation":
            return "made for something else"
        case "input":
            break
    }
    return `${why.input} has changed`
}

function readersOf(grantees: Grantees | undefined): string {
    if (grantees === undefined) return ": public"
    const { users = [], groups = [], machines = [] } = grantees
    const names = [...users, ...[...groups].map((group) => `group ${group}`), ...machines]
    return names.length === 0 ? ": you" : `: ${names.join(", ")}, and you`
}
