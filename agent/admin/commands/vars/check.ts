import { visibleName } from "../../../error.ts"
import type { Placed } from "../../../repo/generators/placed.ts"
import { changes } from "../../../repo/generators/work.ts"
import type { Facts } from "../../../repo/generators/work.ts"
import { mayRead } from "../../../repo/access.ts"
import { unknown } from "../../../repo/refusal.ts"
import type { Repo } from "../../../repo/repo.ts"
import { placeOfVar } from "../../../repo/var-path.ts"
import { varsOf } from "../../../repo/vars-of.ts"
import type { NamedVar } from "../../../repo/vars-of.ts"
import { verify } from "../../../repo/verify.ts"
import type { Problem, SecretFile } from "../../../repo/verify.ts"
import { mutate } from "../../change/mutation.ts"
import { note, printJson } from "../../context.ts"
import type { Context } from "../../context.ts"
import { flakeDirectory } from "../../flake.ts"
import { readDeclaration } from "../../generate/declaration.ts"
import { readFacts } from "../../generate/state-file.ts"
import { quantity } from "../../quantity.ts"
import { inspectFiles } from "../../repository/inspect.ts"
import { varsOnDisk } from "../../repository/names-on-disk.ts"
import { needsClan } from "../../repository/layout.ts"
import { loadWorktree } from "../../repository/worktree.ts"

/** Something that is wrong with a var of a machine, as clan says it. */
interface Fault {
    readonly machine: string
    readonly path: string
    readonly message: string
}

/** Prints what is wrong with the vars of machines; the exit code is 1 when something is, as in clan. */
export async function checkVars(
    { machine, manifest }: { readonly machine: readonly string[]; readonly manifest: string | undefined },
    context: Context,
): Promise<number> {
    const flake = flakeDirectory(context)
    needsClan(flake, context)
    const { repo } = loadWorktree(flake)
    const all = varsOnDisk(flake)
    const declared = manifest === undefined ? [] : (await readDeclaration({ manifest }, context)).all
    const names = machinesOf(repo, all, machine, declared)
    const secrets = new Set(names.flatMap((name) => secretsOf(repo, all, name)))
    const files = await inspectFiles(flake, [...secrets])
    const facts = readFacts(flake, declared)
    const faults = names.flatMap((name) => [
        ...faultsInTree(repo, files, name, secretsOf(repo, all, name)),
        ...declared
            .filter(({ machines }) => machines.includes(name))
            .flatMap((placed) => faultsOf(placed, name, facts, repo)),
    ])
    if (context.flags.json) printJson(context, { ok: faults.length === 0, faults })
    else for (const { message } of faults) context.out(`${visibleName(message)}\n`)
    if (faults.length === 0)
        note(
            context,
            `${quantity(secrets.size, "secret var")} of ${quantity(names.length, "machine")}: all is well`,
        )
    return faults.length === 0 ? 0 : 1
}

/** Encrypts the vars of machines for those whom their links name. */
export async function fixVars(
    { machine }: { readonly machine: readonly string[] },
    context: Context,
): Promise<void> {
    const flake = flakeDirectory(context)
    const { repo } = loadWorktree(flake)
    const all = varsOnDisk(flake)
    const names = machinesOf(repo, all, machine, [])
    const only = new Set(names.flatMap((name) => secretsOf(repo, all, name)))
    if (only.size === 0) return note(context, "there are no secret vars")
    await mutate(context, {
        message: `secrets: fix vars for ${machine.length === 0 ? "all machines" : machine.join(", ")}`,
        edit: (tree) => ({ repo: tree.repo }),
        everything: true,
        only,
    })
}

function machinesOf(
    repo: Repo,
    all: readonly NamedVar[],
    wanted: readonly string[],
    declared: readonly Placed[],
): readonly string[] {
    const owners = all.flatMap(({ path }) => {
        const place = placeOfVar(path)
        return place?.area === "per-machine" ? [place.owner ?? ""] : []
    })
    const known = new Set([
        ...repo.machines.keys(),
        ...owners,
        ...declared.flatMap(({ machines }) => machines),
    ])
    const stranger = wanted.find((name) => !known.has(name))
    if (stranger !== undefined) throw unknown("machine", stranger, known)
    return wanted.length > 0 ? wanted : [...known].toSorted()
}

function secretsOf(repo: Repo, all: readonly NamedVar[], machine: string): readonly string[] {
    return [...varsOf(repo, all, machine).values()].flatMap(({ path, isPublic }) => (isPublic ? [] : [path]))
}

/** What can be seen without a manifest. */
function faultsInTree(
    repo: Repo,
    files: ReadonlyMap<string, SecretFile>,
    machine: string,
    paths: readonly string[],
): readonly Fault[] {
    const mine = new Set(paths)
    const secrets = new Map([...repo.secrets].filter(([path]) => mine.has(path)))
    const evidence = { repo: { ...repo, secrets }, strays: [], files, badKey: () => undefined }
    return verify(evidence)
        .filter(({ path }) => secrets.has(path))
        .map(({ path, message }: Problem) => {
            const place = placeOfVar(path)
            const what = `Secret var '${place?.file}' for service '${place?.generator}' in machine ${machine}`
            return {
                machine,
                path,
                message: `${what} needs update: ${message}. Run 'hostseal vars fix ${machine}' to fix this.`,
            }
        })
}

/** What a manifest says besides. */
function faultsOf(placed: Placed, machine: string, facts: Facts, repo: Repo): readonly Fault[] {
    const { folder, name, generator } = placed
    const faults: Fault[] = []
    for (const [file, { secret, deploy }] of generator.files) {
        const path = `${folder}/${file}`
        const grants = repo.secrets.get(path)
        const kind = secret ? "Secret" : "Public"
        if (!facts.values.has(path)) {
            const message = `${kind} var '${file}' for service '${name}' in machine ${machine} is missing.`
            faults.push({ machine, path, message })
        } else if (
            secret &&
            deploy &&
            grants !== undefined &&
            !mayRead(repo, grants, { kind: "machine", name: machine })
        ) {
            const message =
                `Secret var '${name}/${file}' is marked for deployment to machine '${machine}', but the machine does not have ` +
                `access to it. Run 'hostseal machines add-secret ${machine} ${path}' to fix this.`
            faults.push({ machine, path, message })
        }
    }
    if ([...changes(placed, facts, new Set(), false)].some(({ kind }) => kind === "validation"))
        faults.push({
            machine,
            path: folder,
            message: `Generator '${name}' in machine ${machine} has outdated invalidation hash.`,
        })
    return faults
}
