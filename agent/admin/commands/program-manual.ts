import { writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { makeFolders } from "../../os/folders.ts"
import { type Context, note } from "../context.ts"
import { manual } from "../cli/manual.ts"
import { version } from "../version.ts"
import type { Table } from "../cli/command.ts"

/** Writes the man pages; pages of an older version are replaced. */
export async function writeManual(
    { directory }: { directory: string },
    context: Context,
    { commands, nouns }: Table,
): Promise<void> {
    const folder = resolve(context.cwd, directory)
    const pages = manual(commands, nouns, version)
    makeFolders(folder)
    for (const { file, text } of pages) writeFileSync(join(folder, file), text)
    note(context, `${pages.length} pages written to ${directory}`)
}
