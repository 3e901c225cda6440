import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Context, note, printJson } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { findGit, type Checkout, GitError } from "../../git/git.ts"
import { attributesFor, isOurLine } from "../../git/attributes.ts"
import { readBounded } from "../../../os/regular-file.ts"

const largest = 1024 * 1024

/** Adds the drivers to .gitattributes and to the clone's configuration, or takes them away. Doing it twice is fine. */
export async function setUp(
    { values, remove }: { values: boolean; remove: boolean },
    context: Context,
): Promise<void> {
    const flake = flakeDirectory(context)
    const git = await findGit(flake, context.env)
    if (git === undefined) throw new Failure("not-found", `${flake} is in no git repository`)
    const settings: readonly (readonly [name: string, value: string])[] = [
        ["diff.hostseal.textconv", values ? "hostseal git-diff --values --" : "hostseal git-diff --"],
        // Answers depend on keys and on this program, and may be plaintext: git must not keep them.
        ["diff.hostseal.cachetextconv", "false"],
        ["merge.hostseal.name", "hostseal: values and readers of secrets"],
        ["merge.hostseal.driver", "hostseal git-merge -- %O %A %B %P"],
    ]
    if (context.flags.dryRun) {
        const steps = settings.map(([name, value]) =>
            remove ? `unset ${name}` : `set ${name} to "${value}"`,
        )
        const lines = [`${remove ? "take lines from" : "add lines to"} .gitattributes`, ...steps]
        if (context.flags.json) printJson(context, { dryRun: true, steps: lines })
        else context.out(lines.map((line) => `${line}\n`).join(""))
        return
    }
    changeAttributes(join(flake, ".gitattributes"), remove ? [] : await attributesFor(flake, context))
    for (const [name, value] of settings) await configure(git, name, remove ? undefined : value)
    note(
        context,
        remove
            ? "git shows and merges secrets as text again"
            : "git shows and merges secrets by what they mean",
    )
    if (!remove) note(context, "commit .gitattributes, and run this once in each clone")
}

function changeAttributes(path: string, attributes: readonly string[]): void {
    const text = readBounded(path, largest)?.toString("utf8") ?? ""
    const others = text.split("\n").filter((line) => !isOurLine(line))
    const kept = others.join("\n").replace(/\n*$/u, "")
    const lines = [...(kept === "" ? [] : [kept]), ...attributes]
    const next = lines.length === 0 ? "" : `${lines.join("\n")}\n`
    if (next !== text) writeFileSync(path, next)
}

async function configure(git: Checkout, name: string, value: string | undefined): Promise<void> {
    if (value !== undefined) {
        await git.run(["config", "--local", "--replace-all", name, value])
        return
    }
    try {
        await git.run(["config", "--local", "--unset-all", name])
    } catch (error) {
        // Status 5: there is nothing to unset.
        if (!(error instanceof GitError) || error.status !== 5) throw error
    }
}
