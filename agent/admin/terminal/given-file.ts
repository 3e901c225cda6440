import { createReadStream } from "node:fs"
import { resolve } from "node:path"
import { UserError } from "../../error.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"

/**
 * What a person named on the command line: a file, a link to one, a pipe of their shell (`<(…)`), or with `-` standard
 * input. Throws when it is not there, cannot be read, or has more than `limit` bytes.
 */
export async function readGiven(
    name: string,
    limit: number,
    context: Pick<Context, "cwd" | "stdin">,
): Promise<Buffer> {
    const shown = name === "-" ? "standard input" : name
    const chunks: Buffer[] = []
    let length = 0
    try {
        for await (const chunk of name === "-"
            ? context.stdin()
            : createReadStream(resolve(context.cwd, name))) {
            const bytes = Buffer.from(chunk)
            length += bytes.length
            if (length > limit) throw new Failure("refused", `${shown} has more than ${limit} bytes`)
            chunks.push(bytes)
        }
    } catch (error) {
        if (error instanceof UserError || !(error instanceof Error && "code" in error)) throw error
        if (error.code === "ENOENT") throw new Failure("not-found", `there is no file ${shown}`)
        if (error.code === "EISDIR") throw new Failure("refused", `${shown} is a folder, and not a file`)
        if (error.code === "EACCES") throw new Failure("refused", `you may not read ${shown}`)
        throw new Failure("refused", `cannot read ${shown}`, { cause: error })
    }
    return Buffer.concat(chunks)
}
